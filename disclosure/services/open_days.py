"""Open days are planned, booths opened, and what was received and handed out is written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from bureaus.access import MAY, Act, holdings
from bureaus.models import Officer, Place
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date
from disclosure.models import Booth, Count, Handout, Material, Measure, OpenDay, Reception
from disclosure.models.open_days import LIAONING_BASE_YEAR
from inquiries.models import Inquiry


class NotYourOpenDay(Refusal):
    sentence = _("The district's office plans its open days; a bureau keeps its own booth.")


class OpenDayPlannedAlready(Refusal):
    sentence = _("This district has an open day on that day already.")
    field = "on"


class NotAfterItsBaseYear(Refusal):
    sentence = _("The day is after the year before the first.")
    field = "base_year"


class OfAnEarlierYear(Refusal):
    sentence = _("That day is of an earlier year: check the year. Earlier editions are loaded as history.")
    field = "on"


class BoothOpenAlready(Refusal):
    sentence = _("This bureau has a booth at this open day already.")
    field = "place"


class OfAnotherDistrict(Refusal):
    sentence = _("That belongs to another district.")


class NotAUnitOfTheBureau(Refusal):
    sentence = _("Only units of the bureau itself stand at its booth.")
    field = "units"


class HandedOutAlready(Refusal):
    sentence = _("How much of this material the booth handed out is on record.")
    field = "material"


class WrongMeasure(Refusal):
    sentence = _("This is counted in another measure.")
    field = "measure"


def _check_may(by: Officer | None, place: Place, *, now: datetime) -> None:
    # Who records what citizens ask at a place also writes down its booth; None is the installation itself.
    if by is not None and not any(
        Act.RECORD in MAY[held.post.role] and place.path.startswith(held.post.place.path)
        for held in holdings(by, now=now)
    ):
        raise NotYourOpenDay


def plan_open_day(
    *,
    district: Place,
    on: date,
    theme: str,
    by: Officer | None,
    now: datetime,
    aim: str = "",
    base_year: int = LIAONING_BASE_YEAR,
    ordinal_stated: int | None = None,
    is_history: bool = False,
) -> OpenDay:
    """The district holds an open day on that day; which one it is follows from its year.

    A day just over can still be opened, for what was written down on paper.

    Raises NotYourOpenDay, OfAnEarlierYear, NotAfterItsBaseYear, OpenDayPlannedAlready.
    """
    _check_may(by, district, now=now)
    if by is not None and on.year < local_date(now).year:
        raise OfAnEarlierYear
    if on.year <= base_year:
        raise NotAfterItsBaseYear
    if OpenDay.objects.filter(district=district, on=on).exists():
        raise OpenDayPlannedAlready
    return OpenDay.objects.create(
        district=district,
        on=on,
        theme=theme.strip(),
        aim=aim.strip(),
        base_year=base_year,
        ordinal_stated=ordinal_stated,
        is_history=is_history,
        is_example=district.is_example,
    )


def open_booth(
    *,
    open_day: OpenDay,
    place: Place,
    by: Officer | None,
    now: datetime,
    units: Sequence[Place] = (),
    venue: str = "",
    plan_title: str = "",
    aim: str = "",
    team_heads: Sequence[str] = (),
    topics: Sequence[str] = (),
    published: Sequence[str] = (),
    preparation: Sequence[str] = (),
    leaders_acts: Sequence[str] = (),
) -> Booth:
    """The bureau has a booth at the open day, with these of its units.

    Raises NotYourOpenDay, OfAnotherDistrict, NotAUnitOfTheBureau, BoothOpenAlready.
    """
    _check_may(by, place, now=now)
    if place.root_id != open_day.district_id:
        raise OfAnotherDistrict
    if any(not unit.path.startswith(place.path) or unit.pk == place.pk for unit in units):
        raise NotAUnitOfTheBureau
    if Booth.objects.filter(open_day=open_day, place=place).exists():
        raise BoothOpenAlready
    booth = Booth.objects.create(
        district_id=open_day.district_id,
        open_day=open_day,
        place=place,
        venue=venue.strip(),
        plan_title=plan_title.strip(),
        aim=aim.strip(),
        team_heads=list(team_heads),
        topics=list(topics),
        published=list(published),
        preparation=list(preparation),
        leaders_acts=list(leaders_acts),
    )
    booth.units.set(units)
    return booth


def record_reception(
    *,
    booth: Booth,
    people: Count,
    questions: Count,
    issues: Count,
    by: Officer | None,
    now: datetime,
    inquiry: Inquiry | None = None,
) -> Reception:
    """Who was received at the booth is on record, each figure known, exceeded or unknown.

    Raises NotYourOpenDay, WrongMeasure, OfAnotherDistrict for another district's inquiry.
    """
    _check_may(by, booth.place, now=now)
    if people.measure not in (Measure.PERSON, Measure.VISIT) or {questions.measure, issues.measure} != {
        Measure.CASE
    }:
        raise WrongMeasure
    if inquiry is not None and inquiry.district_id != booth.district_id:
        raise OfAnotherDistrict
    return Reception.objects.create(
        district_id=booth.district_id,
        booth=booth,
        people_value=people.value,
        people_at_least=people.at_least,
        people_measure=people.measure,
        questions_value=questions.value,
        questions_at_least=questions.at_least,
        issues_value=issues.value,
        issues_at_least=issues.at_least,
        inquiry=inquiry,
    )


def name_material(*, district: Place, kind: str, name: str, measure: Measure) -> Material:
    """The district prints this, counted in this measure. Raises WrongMeasure where it is counted otherwise already."""
    material, _fresh = Material.objects.get_or_create(
        district=district, name=name.strip(), defaults={"kind": kind, "measure": measure}
    )
    if material.measure != measure:
        raise WrongMeasure
    return material


def hand_out(*, booth: Booth, material: Material, count: Count, by: Officer | None, now: datetime) -> Handout:
    """How much of the material the booth gave away is on record.

    Raises NotYourOpenDay, OfAnotherDistrict, WrongMeasure, HandedOutAlready.
    """
    _check_may(by, booth.place, now=now)
    if material.district_id != booth.district_id:
        raise OfAnotherDistrict
    if count.measure != material.measure:
        raise WrongMeasure
    if Handout.objects.filter(booth=booth, material=material).exists():
        raise HandedOutAlready
    return Handout.objects.create(
        district_id=booth.district_id,
        booth=booth,
        material=material,
        value=count.value,
        at_least=count.at_least,
    )


def misstated_open_days(*, district: Place) -> list[OpenDay]:
    """The open days whose documents count them wrongly, newest first."""
    return [day for day in OpenDay.objects.filter(district=district) if day.is_misstated]
