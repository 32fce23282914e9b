"""Rates, each with its numerator and what it is of. Silence is not satisfaction, and no answer at once was in time."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inquiries.figures.counts import DATED, HOLDER
from inquiries.figures.figure import Definition, Figure, Share

NOT_OWED = _("answers at once; of a split matter the children: the parent stands for all")


def rate(
    code: str,
    label: Promise | str,
    numerator: Promise | str,
    denominator: Promise | str,
    *,
    cohort: Share | None = None,
    happened: Share | None = None,
    excludes: Promise | str = NOT_OWED,
) -> Figure:
    """A figure that is a share."""
    shares = {basis: share for basis, share in (("cohort", cohort), ("happened", happened)) if share}
    return Figure(code, label, shares, Definition(numerator, denominator, HOLDER, DATED, excludes), "rates")


_SILENT = _("whoever was not reached or did not say")


def _satisfaction(source: str, label: Promise | str) -> Figure:
    said = f"rated_{source}_"
    content = (f"{said}satisfied", f"{said}basically")
    return rate(
        f"satisfaction_{source}",
        label,
        _("satisfied or basically satisfied"),
        _("ratings that say how satisfied"),
        happened=Share(content, of=(*content, f"{said}dissatisfied")),
        excludes=_SILENT,
    )


def _resolution(source: str, label: Promise | str) -> Figure:
    said = f"rated_{source}_"
    return rate(
        f"resolution_{source}",
        label,
        _("ratings that call the matter solved"),
        _("ratings that say whether it was solved"),
        happened=Share((f"{said}solved",), of=(f"{said}solved", f"{said}unsolved")),
        excludes=_SILENT,
    )


RATES: tuple[Figure, ...] = (
    rate(
        "settled",
        _("share answered"),
        _("inquiries answered, in time or not"),
        _("inquiries"),
        cohort=Share(("asked_owed_answered",), of=("asked_owed",)),
    ),
    rate(
        "in_time",
        _("answered in time"),
        _("answered before the due instant as it stands"),
        _("cohort: answered, or open past due; happened: answers"),
        cohort=Share(("asked_in_time",), of=("asked_owed_answered", "overdue_owed")),
        happened=Share(("answered_owed",), ("answered_late",), of=("answered_owed",)),
    ),
    rate(
        "in_time_first",
        _("answered in time, against the first due"),
        _("answered before the first due instant, whatever was extended"),
        _("cohort: answered, or open past the first due; happened: answers"),
        cohort=Share(("asked_in_time_first",), of=("asked_owed_answered", "overdue_owed_first")),
        happened=Share(("answered_owed",), ("answered_late_first",), of=("answered_owed",)),
    ),
    rate(
        "at_once_rate",
        _("share answered at once"),
        _("inquiries recorded and answered in one act"),
        _("cohort: inquiries; happened: answers"),
        cohort=Share(("asked_at_once",), of=("asked",)),
        happened=Share(("answered_at_once",), of=("answered",)),
        excludes=_("nothing"),
    ),
    rate(
        "response",
        _("response rate"),
        _(
            "first contact logged by the end of the working day after recording, and before the due instant; "
            "an answer is a contact"
        ),
        _("cohort: inquiries, those not contacted yet too; happened: first contacts"),
        cohort=Share(("asked_contacted_in_time",), of=("asked_owed",)),
        happened=Share(("first_contact",), ("first_contact_late",), of=("first_contact",)),
    ),
    rate(
        "response_said",
        _("response rate as citizens say"),
        _("callbacks that say the office was in touch in time"),
        _("callbacks that say whether it was"),
        happened=Share(
            ("rated_callback_contacted",), of=("rated_callback_contacted", "rated_callback_not_contacted")
        ),
        excludes=_SILENT,
    ),
    rate(
        "reached",
        _("reached by callback"),
        _("callbacks that reached the citizen"),
        _("callbacks"),
        happened=Share(("rated_callback_reached",), of=("rated_callback",)),
        excludes=_("nothing"),
    ),
    _resolution("callback", _("resolution rate, by callback")),
    _resolution("citizen", _("resolution rate, by citizens themselves")),
    _satisfaction("callback", _("satisfaction rate, by callback")),
    _satisfaction("citizen", _("satisfaction rate, by citizens themselves")),
    rate(
        "return_rate",
        _("share returned"),
        _("inquiries ever returned"),
        _("inquiries"),
        cohort=Share(("asked_returned",), of=("asked",)),
        excludes=_("nothing"),
    ),
    rate(
        "reopen_rate",
        _("share reopened"),
        _("inquiries ever reopened"),
        _("inquiries"),
        cohort=Share(("asked_reopened",), of=("asked",)),
        happened=Share(("reopened",), of=("answered",)),
        excludes=_("nothing"),
    ),
    rate(
        "first_time",
        _("settled the first time"),
        _("answered, never reopened and never asked about again"),
        _("inquiries answered"),
        cohort=Share(("asked_settled_first",), of=("asked_owed_answered",)),
    ),
    rate(
        "extension_rate",
        _("share extended"),
        _("inquiries ever extended"),
        _("inquiries"),
        cohort=Share(("asked_extended",), of=("asked",)),
        excludes=_("nothing"),
    ),
)
