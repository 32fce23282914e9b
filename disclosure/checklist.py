"""What must be published, as data: 政府信息公开条例 art. 20, by whom, in which parts, looked at how often."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Published or brought up to date within 20 working days of being made or changed (art. 26).
WORKING_DAYS_TO_PUBLISH = 20
# On the first day what is missing is planned, one entry after the other, so many working days apart.
WORKING_DAYS_BETWEEN = 5


@dataclass(frozen=True)
class Part:
    """One part of a structured item. A `listing` is written one entry a line and shown as a list."""

    code: str
    label: str | Promise
    needed: bool = False
    listing: bool = False


@dataclass(frozen=True)
class Entry:
    """One kind of item. `of` are the kinds of place that must have one; `paragraph` is that of art. 20."""

    code: str
    paragraph: int
    label: str | Promise
    parts: tuple[Part, ...] = ()
    of: tuple[str, ...] = ()
    review_months: int = 12


_BASIS = Part("basis", _("Basis"), needed=True, listing=True)
_POLICY = (
    Part("number", _("Number of the document")),
    Part("interpretation", _("What it means for you")),
)
DISTRICT, BUREAU, UNIT = "district", "bureau", "unit"

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "agency",
        2,
        _("Duties, organisation and contacts"),
        (
            Part("duties", _("Duties"), needed=True, listing=True),
            Part("sections", _("Sections and units"), listing=True),
            Part("address", _("Office address"), needed=True),
            Part("hours", _("Office hours"), needed=True),
            Part("contact", _("Contact"), needed=True),
            Part("head", _("Person in charge"), needed=True),
        ),
        of=(DISTRICT, BUREAU, UNIT),
        review_months=6,
    ),
    Entry(
        "service",
        5,
        _("Approvals and services"),
        (
            Part("whom", _("Who can apply"), needed=True),
            _BASIS,
            Part("conditions", _("Conditions"), listing=True),
            Part("materials", _("Materials"), needed=True, listing=True),
            Part("steps", _("Steps"), needed=True, listing=True),
            Part("limit", _("Time limit"), needed=True),
            Part("fee", _("Fee"), needed=True),
            Part("result", _("Result")),
            Part("hotline", _("Hotline"), needed=True),
            Part("place", _("Where"), needed=True),
            Part("hours", _("Office hours")),
        ),
        of=(BUREAU,),
    ),
    Entry("rules", 1, _("Normative documents"), _POLICY, of=(DISTRICT,)),
    Entry("plan", 3, _("Plans and related policies"), _POLICY, of=(DISTRICT,)),
    Entry("statistics", 4, _("Statistics"), of=(DISTRICT,)),
    Entry(
        "penalty",
        6,
        _("Penalties and coercive measures"),
        (
            _BASIS,
            Part("conditions", _("Conditions"), listing=True),
            Part("steps", _("Steps"), needed=True, listing=True),
        ),
    ),
    Entry(
        "budget",
        7,
        _("Budget and final accounts"),
        (Part("year", _("Year"), needed=True),),
        of=(DISTRICT, BUREAU),
    ),
    Entry(
        "fee",
        8,
        _("Fees"),
        (_BASIS, Part("standard", _("Standard of the fee"), needed=True, listing=True)),
    ),
    Entry("procurement", 9, _("Government procurement")),
    Entry("project", 10, _("Major construction projects")),
    Entry("welfare", 11, _("Poverty relief, schools, health, social security, jobs"), _POLICY),
    Entry("emergency", 12, _("Emergencies"), of=(DISTRICT,)),
    Entry("inspection", 13, _("Inspection of environment, health, safety, food and drugs")),
    Entry("recruitment", 14, _("Recruitment of civil servants"), review_months=6),
    Entry("other", 15, _("Other matters to be published")),
)
BY_CODE = {entry.code: entry for entry in ENTRIES}
CHOICES = [(entry.code, entry.label) for entry in ENTRIES]
# What a citizen looks for under “policies”.
POLICIES = ("rules", "plan", "welfare")
SERVICES = ("service", "fee")


def owed_at(kind: str) -> tuple[Entry, ...]:
    """What a place of that kind must publish, the most looked for first."""
    return tuple(entry for entry in ENTRIES if kind in entry.of)
