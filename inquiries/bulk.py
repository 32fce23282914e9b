"""Which acts are done to many inquiries at once, and how each row's own form is filled.

Never one that ends a chase: an answer, a draft approved and a withdrawal are given one by one, for each citizen is
owed an answer of her own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, Holding, acts_of
from bureaus.models import Officer
from inquiries.acts import BY_CODE, Deed
from inquiries.figures.suggesting import suggest_bureaus
from inquiries.forms.acts import ActForm
from inquiries.forms.bulk import AcknowledgeForm
from inquiries.models import Inquiry
from inquiries.services import bulk
from inquiries.states import OPEN


@dataclass(frozen=True)
class Many:
    """An act on a selection: what is typed once for all rows, and among which places it goes."""

    deed: Deed
    names: tuple[str, ...] = ()
    among: str = ""


ACKNOWLEDGE = Deed(
    "acknowledge",
    _("Acknowledge"),
    _("You have read the supervision and say what you will do. The inquiry is owed and chased as before."),
    Act.ACKNOWLEDGE,
    tuple(OPEN),
    AcknowledgeForm,
    lambda i, g, by, now: bulk.acknowledge(i.pk, reply=g["reply"], by=by, now=now),
)

# In the order in which they are offered.
ACTS: tuple[Many, ...] = (
    Many(BY_CODE["sign"]),
    Many(BY_CODE["dispatch"], ("to",), "suggested"),
    Many(BY_CODE["designate"], ("to", "reason"), "all"),
    Many(BY_CODE["reassign"], ("to", "post"), "mine"),
    Many(BY_CODE["extend"], ("reason",)),
    Many(BY_CODE["decide-extension"], ("yes", "reason")),
    Many(ACKNOWLEDGE, ("reply",)),
    Many(BY_CODE["return"], ("reason",)),
    Many(BY_CODE["offer"], ("to", "reason"), "bureaus"),
    Many(BY_CODE["assist"], ("to", "request", "until_on"), "all"),
    Many(BY_CODE["chase-by-hand"], ("whom", "promised")),
    Many(BY_CODE["merge"], ("reference",)),
    Many(BY_CODE["open-callback"]),
    Many(BY_CODE["file"]),
)
BY_ACT = {many.deed.code: many for many in ACTS}


def acts_offered(held: list[Holding]) -> list[Many]:
    """The acts that some post of the officer allows somewhere; each row is told its own."""
    allowed = acts_of(held)
    return [many for many in ACTS if many.deed.act in allowed]


def row_forms(
    many: Many,
    inquiries: list[Inquiry],
    typed: Mapping[str, str],
    *,
    seen: Mapping[int, int],
    officer: Officer,
    district: int,
) -> dict[int, ActForm]:
    """The act's own form of each row, filled with what was typed for all, and where that is nothing with its own.

    An extension is by what the rule of each allows, a dispatch to the bureau suggested for each. `seen` are the
    versions that the officer saw, by inquiry.
    """
    deed, suggested = many.deed, {}
    if many.among == "suggested" and not typed.get("to"):
        suggested = suggest_bureaus(inquiries, district_id=district)
    filled = {}
    for inquiry in inquiries:
        own = deed.form(inquiry=inquiry, officer=officer, prefix=deed.code)
        given = {name: own.get_initial_for_field(field, name) for name, field in own.fields.items()}
        if inquiry.pk in suggested:
            given["to"] = suggested[inquiry.pk].place_id
        given |= {name: typed[name] for name in many.names if typed.get(name)}
        given["seen"] = seen.get(inquiry.pk, inquiry.version)
        data = {
            own.add_prefix(name): str(value) for name, value in given.items() if value not in (None, False)
        }
        filled[inquiry.pk] = deed.form(data, inquiry=inquiry, officer=officer, prefix=deed.code)
    return filled


def run_of(many: Many, form: ActForm, *, by: Officer, now: datetime) -> bulk.Run:
    """The act on the form's inquiry, to be tried or done. Refused in the form's words where the form refuses."""

    def run() -> object:
        if not form.is_valid():
            words = (
                f"{form.fields[name].label}: {why}" if name in form.fields else str(why)
                for name, errors in form.errors.items()
                for why in errors
            )
            raise bulk.RowRefused(" ".join(words))
        return many.deed.run(form.inquiry, form.cleaned_data, by, now)

    return run
