"""What happened, in the reader's language: a name for every code of the history, and for every kind of notice."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inquiries.models.answer import Contact
from inquiries.models.duty import DutyKind

_ACTS: dict[str, str | Promise] = {
    "recorded": _("recorded"),
    "assigned": _("assigned"),
    "dispatched": _("dispatched"),
    "designated": _("designated"),
    "returned": _("returned"),
    "disputed": _("disputed"),
    "dispute_upheld": _("dispute upheld"),
    "dispute_refused": _("dispute refused"),
    "signed_for": _("signed for"),
    "reassigned": _("reassigned"),
    "offered": _("offered to another bureau"),
    "hand_over_declined": _("hand-over declined"),
    "handed_over": _("handed over"),
    "extension_asked": _("extension asked"),
    "extended": _("extended"),
    "extension_refused": _("extension refused"),
    "asked_citizen": _("citizen asked"),
    "citizen_replied": _("citizen replied"),
    "asked_again": _("asked again"),
    "chased": _("chased"),
    "chase": _("chase"),
    "chased_by_hand": _("chased by telephone"),
    "reclassified": _("reclassified"),
    "merged": _("merged"),
    "leads": _("leads another"),
    "unmerged": _("taken out of a merger"),
    "split": _("split"),
    "assist_asked": _("assistance asked"),
    "drafted": _("drafted"),
    "draft_refused": _("draft refused"),
    "answered": _("answered"),
    "reopened": _("reopened"),
    "rated": _("rated"),
    "filed": _("filed"),
    "due_moved": _("due moved with the calendar"),
    "attached": _("file added"),
    "imported": _("imported"),
    "opened": _("opened"),
    "done": _("done"),
}


def act_name(code: str) -> str:
    """The name of an event's or a notice's code; duties are named with what happened to them."""
    if code in _ACTS:
        return str(_ACTS[code])
    if code in DutyKind.values:
        return str(DutyKind(code).label)
    if code in Contact.What.values:
        return str(Contact.What(code).label)
    kind, _sep, what = code.rpartition("_")
    if kind in DutyKind.values and what in ("opened", "done"):
        owed = str(DutyKind(kind).label)
        return f"{owed}: {act_name(what)}"
    return code


def notice_kinds() -> dict[str, str | Promise]:
    """Every kind of notice this app writes, for the registry of the messages."""
    return {**_ACTS, **{kind.value: kind.label for kind in DutyKind}}
