"""What happened, in the reader's language: a name for every code of the history, and for every kind of notice."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from inquiries.models.answer import Contact
from inquiries.models.duty import DutyKind

_ACTS: dict[str, str | Promise] = {
    "recorded": pgettext_lazy("act", "recorded"),
    "assigned": pgettext_lazy("act", "assigned"),
    "dispatched": pgettext_lazy("act", "dispatched"),
    "designated": pgettext_lazy("act", "designated"),
    "returned": pgettext_lazy("act", "returned"),
    "disputed": pgettext_lazy("act", "disputed"),
    "dispute_upheld": pgettext_lazy("act", "dispute upheld"),
    "dispute_refused": pgettext_lazy("act", "dispute refused"),
    "signed_for": pgettext_lazy("act", "signed for"),
    "reassigned": pgettext_lazy("act", "reassigned"),
    "offered": pgettext_lazy("act", "offered to another bureau"),
    "hand_over_declined": pgettext_lazy("act", "hand-over declined"),
    "handed_over": pgettext_lazy("act", "handed over"),
    "passed": pgettext_lazy("act", "passed to the successor of a place"),
    "extension_asked": pgettext_lazy("act", "extension asked"),
    "extended": pgettext_lazy("act", "extended"),
    "extension_refused": pgettext_lazy("act", "extension refused"),
    "asked_citizen": pgettext_lazy("act", "citizen asked"),
    "citizen_replied": pgettext_lazy("act", "citizen replied"),
    "correction_asked": pgettext_lazy("act", "correction asked"),
    "correction_received": pgettext_lazy("act", "correction received"),
    "fee_asked": pgettext_lazy("act", "fee asked"),
    "fee_paid": pgettext_lazy("act", "fee paid"),
    "consulted": pgettext_lazy("act", "others consulted, the clock stands still"),
    "consultation_over": pgettext_lazy("act", "consultation over, the clock runs on"),
    "challenged": pgettext_lazy("act", "reconsideration or lawsuit received"),
    "challenge_closed": pgettext_lazy("act", "reconsideration or lawsuit closed"),
    "asked_again": pgettext_lazy("act", "asked again"),
    "chased": pgettext_lazy("act", "chased"),
    "chase": pgettext_lazy("act", "chase"),
    "chased_by_hand": pgettext_lazy("act", "chased by telephone"),
    "reclassified": pgettext_lazy("act", "reclassified"),
    "merged": pgettext_lazy("act", "merged"),
    "leads": pgettext_lazy("act", "leads another"),
    "unmerged": pgettext_lazy("act", "taken out of a merger"),
    "rider_left": pgettext_lazy("act", "another was taken out"),
    "split": pgettext_lazy("act", "split"),
    "assist_asked": pgettext_lazy("act", "assistance asked"),
    "coordination_asked": pgettext_lazy("act", "coordination asked"),
    "coordinated": pgettext_lazy("act", "coordinated"),
    "callback_asked": pgettext_lazy("act", "callback asked"),
    "copy_sent": pgettext_lazy("act", "redacted copy sent"),
    "findings": pgettext_lazy("act", "findings have come"),
    "drafted": pgettext_lazy("act", "drafted"),
    "draft_refused": pgettext_lazy("act", "draft refused"),
    "answered": pgettext_lazy("act", "answered"),
    "reopened": pgettext_lazy("act", "reopened"),
    "rated": pgettext_lazy("act", "rated"),
    "filed": pgettext_lazy("act", "filed"),
    "erased": pgettext_lazy("act", "who asked was erased"),
    "code_given": pgettext_lazy("act", "new code to follow it given"),
    "due_moved": pgettext_lazy("act", "due moved with the calendar"),
    "due_moved_by_rule": pgettext_lazy("act", "due moved with the answer rules"),
    "contact_renewed": pgettext_lazy("act", "contact data brought up to date"),
    "source_due_set": pgettext_lazy("act", "due of the source set"),
    "steps_moved": pgettext_lazy("act", "next chase moved with ladder or calendar"),
    "attached": pgettext_lazy("act", "file added"),
    "signed_on_paper": pgettext_lazy("act", "signed on paper"),
    "paper_issued": pgettext_lazy("act", "paper given its number"),
    "bulletin_published": pgettext_lazy("act", "bulletin published"),
    "imported": pgettext_lazy("act", "imported"),
    "answer_imported": pgettext_lazy("act", "earlier answer imported"),
    "filing_imported": pgettext_lazy("act", "filed as imported"),
    "opened": pgettext_lazy("act", "opened"),
    "done": pgettext_lazy("act", "done"),
}


_FILES: dict[str, str | Promise] = {
    "export_ready": gettext_lazy("The export is ready"),
    "export_failed": gettext_lazy("The export could not be written"),
}

# What a subscriber may be told of: what happens to an inquiry or a duty.
EVENTS = frozenset(_ACTS) - {"bulletin_published"}


def act_name(code: str) -> str:
    """The name of an event's or a notice's code; duties are named with what happened to them."""
    if code in _ACTS:
        return str(_ACTS[code])
    if code in DutyKind.values:
        return str(DutyKind(code).label)
    if code in Contact.What.values:
        return str(Contact.What(code).label)
    kind, _sep, what = code.rpartition("_")
    if kind in DutyKind.values and what in ("opened", "done", "passed"):
        owed = str(DutyKind(kind).label)
        return _("%(kind)s: %(name)s") % {"kind": owed, "name": act_name(what)}
    return code


def notice_kinds() -> dict[str, str | Promise]:
    """Every kind of notice this app writes, for the registry of the messages."""
    return {**_ACTS, **{kind.value: kind.label for kind in DutyKind}, **_FILES}
