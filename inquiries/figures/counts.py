"""Counts: what was asked and what became of it, what was done, and what is open now."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inquiries.figures.figure import Definition, Figure, Share
from inquiries.models.answer import OUTCOME_LABELS
from inquiries.states import NEED_OUTSIDE_APPROVAL, Outcome

HOLDER = _(
    "cohort: the place that holds it, after the answer the one that answered; happened: where it was done"
)
DATED = _("cohort: the day it was asked; happened: the day it was done, in Asia/Shanghai")
NOTHING = _("nothing; digest lines are no chases, a merged matter counts once for each citizen who asked")
NOW = _("now, whatever the period")


def count(
    code: str,
    label: Promise | str,
    what: Promise | str,
    *,
    cohort: tuple[str, ...] | Share = (),
    happened: tuple[str, ...] = (),
    now: str = "",
    place: Promise | str = HOLDER,
    excludes: Promise | str = NOTHING,
    group: str = "counts",
) -> Figure:
    """A figure that counts these measures."""
    shares: dict[str, Share] = {}
    if cohort:
        shares["cohort"] = cohort if isinstance(cohort, Share) else Share(cohort)
    if happened:
        shares["happened"] = Share(happened)
    if now:
        shares["now"] = Share((now,))
    dated: Promise | str = NOW if list(shares) == ["now"] else DATED
    return Figure(code, label, shares, Definition(what, "", place, dated, excludes), group)


COUNTS: tuple[Figure, ...] = (
    count(
        "recorded",
        pgettext_lazy("figure", "recorded"),
        _("inquiries"),
        cohort=("asked",),
        happened=("recorded",),
        place=_("cohort: the place that holds it; happened: the place that recorded it"),
    ),
    count(
        "at_once",
        _("answered at once"),
        _("inquiries recorded and answered in one act"),
        cohort=("asked_at_once",),
        happened=("answered_at_once",),
    ),
    count(
        "dispatched",
        _("dispatched"),
        _("dispatches"),
        happened=("dispatched", "designated"),
        place=_("the place that received it"),
    ),
    count("signed_for", _("signed for"), _("times signed for"), happened=("signed_for",)),
    count(
        "answered",
        _("answered"),
        _("cohort: inquiries answered; happened: answers"),
        cohort=("asked_answered",),
        happened=("answered",),
    ),
    *(
        count(
            f"answered_{outcome}",
            label,
            _("inquiries or answers with this outcome"),
            cohort=(f"asked_{outcome}",),
            happened=(f"answered_{outcome}",),
            group="outcomes",
        )
        for outcome, label in OUTCOME_LABELS
    ),
    count(
        "substantive",
        _("answered in substance"),
        _(
            "answers that settle the matter for the citizen: none of not accepted, handed over, withdrawn, ended, "
            "citizen not reached, invalid"
        ),
        cohort=tuple(f"asked_{o}" for o in Outcome if o not in NEED_OUTSIDE_APPROVAL),
        happened=tuple(f"answered_{o}" for o in Outcome if o not in NEED_OUTSIDE_APPROVAL),
    ),
    count(
        "answered_late",
        _("answered late"),
        _("answers on or past the due instant"),
        cohort=Share(("asked_owed_answered",), ("asked_in_time",)),
        happened=("answered_late",),
        excludes=_("answers at once; of a split matter the children"),
    ),
    count("filed", _("filed"), _("inquiries filed"), cohort=("asked_filed",), happened=("filed",)),
    count("open", _("open"), _("inquiries without an answer"), cohort=("asked_open",)),
    count("open_now", _("open now"), _("inquiries without an answer now, riders too"), now="open"),
    count("overdue_now", _("overdue now"), _("open past the due instant"), now="overdue"),
    count(
        "due_within_1",
        _("due within 1 working day"),
        _("open, due by the end of the next working day"),
        now="due_1",
    ),
    count(
        "due_within_3",
        _("due within 3 working days"),
        _("open, due by the end of the third working day from now"),
        now="due_3",
    ),
    count(
        "due_within_5",
        _("due within 5 working days"),
        _("open, due by the end of the fifth working day from now"),
        now="due_5",
    ),
    count(
        "awaiting_citizen",
        _("waiting for the citizen"),
        _("open, the citizen was asked for more"),
        now="awaiting",
    ),
    count(
        "returned",
        _("returned"),
        _("cohort: inquiries ever returned; happened: returns, upheld disputes too"),
        cohort=("asked_returned",),
        happened=("returned", "dispute_upheld"),
        place=_("cohort: the place that holds it; happened: the place that gave it back"),
    ),
    count("disputed", _("disputed"), _("disputes of a dispatch"), happened=("disputed",)),
    count(
        "designated",
        _("designated"),
        _("cohort: inquiries designated; happened: designations, and disputes refused"),
        cohort=("asked_designated",),
        happened=("designated", "dispute_refused"),
    ),
    count("reassigned", _("reassigned"), _("reassignments within a bureau"), happened=("reassigned",)),
    count(
        "handed_over_between",
        _("handed over between bureaus"),
        _("cohort: inquiries ever handed over; happened: hand-overs accepted"),
        cohort=("asked_handed_over_between",),
        happened=("handed_over",),
        place=_("cohort: the place that holds it; happened: the place that accepted it"),
    ),
    count(
        "extended",
        _("extended"),
        _("cohort: inquiries ever extended; happened: extensions granted"),
        cohort=("asked_extended",),
        happened=("extended",),
    ),
    count(
        "merged",
        _("merged"),
        _("cohort: inquiries that ride on another; happened: mergers"),
        cohort=("asked_merged",),
        happened=("merged",),
    ),
    count(
        "split",
        _("split"),
        _("cohort: inquiries split off; happened: acts of splitting"),
        cohort=("asked_child",),
        happened=("split",),
    ),
    count(
        "reopened",
        _("reopened"),
        _("cohort: inquiries ever reopened; happened: reopenings"),
        cohort=("asked_reopened",),
        happened=("reopened",),
    ),
    count(
        "asked_again",
        _("asked again"),
        _("cohort: inquiries asked about again; happened: times"),
        cohort=("asked_again_later",),
        happened=("asked_again",),
    ),
    count("reclassified", _("reclassified"), _("corrections of kind or urgency"), happened=("reclassified",)),
    count("contacted", _("contacted"), _("contacts and interim replies"), happened=("contacted", "interim")),
    *(
        count(
            f"chased_{level}",
            label,
            _("chases of inquiries at this level, each once"),
            happened=(f"chased_{level}",),
            group="chasing",
            excludes=_("lines in the digest; chases of duties; of merged matters those of the rider"),
        )
        for level, label in (
            ("reminder", _("reminders")),
            ("urge", _("urges")),
            ("supervise", _("supervisions")),
            ("circular", _("circulars proposed")),
        )
    ),
    count(
        "chased_by_hand",
        _("chased by telephone"),
        _("telephone chases"),
        happened=("chased_by_hand",),
        group="chasing",
    ),
    *(
        count(
            f"answered_after_{level}",
            label,
            _("answers while this was the highest level reached"),
            happened=(f"answered_after_{level}",),
            group="chasing",
            excludes=_("answers at once"),
        )
        for level, label in (
            ("none", _("answered before any chase")),
            ("reminder", _("answered after a reminder")),
            ("urge", _("answered after an urge")),
            ("supervise", _("answered after a supervision")),
            ("circular", _("answered after a circular")),
        )
    ),
)
