"""An open day is planned: by the district, and by each bureau that is asked for a plan and chased until it is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.access import MAY, Act, holdings
from bureaus.models import Hotline, Officer, Place, Post
from bureaus.models.written import check_text
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date, midnight
from disclosure.documents.plan import SHORT, line_of_business, lines_of, needed_of, parts_for, title_of_plan
from disclosure.models import Booth, DayPlan, Material, Measure, OpenDay, PlannedMaterial, PlanTask, Supply
from disclosure.services.desk import MOST_BROUGHT, DayOfHistory, NotACount, Stamp, bring
from disclosure.services.open_days import NotAUnitOfTheBureau, OfAnotherDistrict, name_material, open_booth
from inquiries.access import covers
from inquiries.models import Duty
from inquiries.services.duties import finish_duty, lock_duty, open_duty
from inquiries.services.refusals import DutyDone, NeedsWords

MOST_OF_PART = 5_000
HAND_IN_PLAN = "day_plan"
PLAN_TASK = "plan_task"


class NotYourPlan(Refusal):
    sentence = _(
        "An open day is planned by the head, vice head or liaison of the bureau, or by the district's office."
    )


class PlanChanged(Refusal):
    sentence = _("This plan has changed since you opened it. Look at it again; what you typed is kept.")


class OpenDayOver(Refusal):
    sentence = _("The open day is over. Its plan stays as it was.")


class PlanIncomplete(NeedsWords):
    sentence = _("Nobody can work by a plan that does not say this. Write it, one on each line.")


class PlanNotIssued(Refusal):
    sentence = _("Issue the district's plan first: what the bureaus give back rests on it.")


class NobodyAsked(Refusal):
    sentence = _("Choose at least one bureau whose plan was not asked for yet.")
    field = "places"


class NotUntilTheDay(Refusal):
    sentence = _("Give a day from today to the open day itself.")
    field = "due_on"


class NotAPostThere(Refusal):
    sentence = _("A task goes to an open post of the place whose plan it is, or below it.")
    field = "post"


class NotALineThere(Refusal):
    sentence = _("Only hotlines of the bureau itself, or below it, are open for it that day.")
    field = "hotlines"


class EndsBeforeTheDay(Refusal):
    sentence = _("The last day is after the first. Leave it empty for an open day of one day.")
    field = "until_on"


@dataclass(frozen=True)
class PlanGiven:
    """What is typed of a plan; theme, aim and last day are the district's alone."""

    parts: dict[str, str]
    units: Sequence[Place] = ()
    hotlines: Sequence[Hotline] = ()
    theme: str = ""
    aim: str = ""
    until_on: date | None = field(default=None)


def may_plan(by: Officer, place: Place, *, now: datetime) -> bool:
    """Whether a post of the officer plans for this place."""
    return any(Act.PLAN_DAY in MAY[h.post.role] and covers(h, place) for h in holdings(by, now=now))


def _check(day: OpenDay, place: Place, by: Officer, *, now: datetime) -> None:
    """Raises NotYourPlan, OfAnotherDistrict, DayOfHistory, OpenDayOver."""
    if not may_plan(by, place, now=now):
        raise NotYourPlan
    if place.root_id != day.district_id:
        raise OfAnotherDistrict
    if day.is_history:
        raise DayOfHistory
    if local_date(now) > day.last_on:
        raise OpenDayOver


def _locked(plan_id: int, by: Officer, *, now: datetime, seen: int | None = None) -> DayPlan:
    plan = (
        DayPlan.objects.select_for_update(of=("self",))
        .select_related("open_day__district", "place")
        .get(pk=plan_id)
    )
    _check(plan.open_day, plan.place, by, now=now)
    if seen is not None and plan.version != seen:
        raise PlanChanged
    return plan


def write_plan(
    *, day: OpenDay, place: Place, given: PlanGiven, seen: int, by: Officer, now: datetime
) -> DayPlan:
    """The plan says this; `seen` is 0 where nobody had begun it. The booth follows a plan that was handed in.

    1. The plan is locked, or begun. 2. The district's theme, aim and last day are the open day's own. 3. The booth.
    Raises NotYourPlan, OfAnotherDistrict, DayOfHistory, OpenDayOver, PlanChanged, NeedsWords, TooLong, NotPlainText,
    NotAUnitOfTheBureau, NotALineThere, EndsBeforeTheDay.
    """
    _check(day, place, by, now=now)
    parts = {code: given.parts.get(code, "").strip().replace("\r\n", "\n") for code in parts_for(place)}
    for code, text in parts.items():
        check_text(text, field=code, most=SHORT.get(code, MOST_OF_PART))
    if any(not unit.path.startswith(place.path) or unit.pk == place.pk for unit in given.units):
        raise NotAUnitOfTheBureau
    if any(not line.place.path.startswith(place.path) for line in given.hotlines):
        raise NotALineThere
    standing = DayPlan.objects.filter(open_day=day, place=place).first()
    if standing is None and seen:
        raise PlanChanged
    if standing is None:
        try:
            with transaction.atomic():
                standing = DayPlan.objects.create(district_id=day.district_id, open_day=day, place=place)
        except IntegrityError as begun:
            # Two began it at one moment.
            raise PlanChanged from begun
    plan = _locked(standing.pk, by, now=now, seen=seen)
    if place.kind == Place.Kind.DISTRICT:
        _restate(plan.open_day, given)
    plan.parts = parts
    plan.units = [unit.pk for unit in given.units]
    plan.hotlines = [line.pk for line in given.hotlines]
    plan.edited_by, plan.edited_at = by, now
    plan.version += 1
    if plan.handed_in_at is not None:
        _check_whole(plan)
        _put_up_booth(plan, by=by, now=now)
    plan.save(update_fields=["parts", "units", "hotlines", "edited_by", "edited_at", "version"])
    return plan


def _restate(day: OpenDay, given: PlanGiven) -> None:
    if not given.theme.strip():
        raise NeedsWords(field="theme")
    check_text(given.theme, field="theme", most=200)
    check_text(given.aim, field="aim", most=300)
    if given.until_on is not None and given.until_on <= day.on:
        raise EndsBeforeTheDay
    day.theme, day.aim, day.until_on = given.theme.strip(), given.aim.strip(), given.until_on
    day.save(update_fields=["theme", "aim", "until_on"])


def _check_whole(plan: DayPlan) -> None:
    """Raises PlanIncomplete, naming the first part that is wanting."""
    for code in needed_of(plan.place):
        if not lines_of(plan.parts.get(code, "")):
            said = _(
                "“%(part)s” is empty, and nobody can work by the plan without it. Write it, one on each line."
            )
            raise PlanIncomplete(said % {"part": parts_for(plan.place)[code]}, field=code)


def hand_in_plan(plan_id: int, *, seen: int, by: Officer, now: datetime) -> DayPlan:
    """The plan is handed in, or of the district issued; what was owed is done, and the bureau's booth stands.

    1. The plan is locked. 2. Its duty ends, and is chased no more. 3. The booth has its venue, units and lines of
    business, and lies under what is printed. Handing in again changes nothing but the booth.
    Raises NotYourPlan, DayOfHistory, OpenDayOver, PlanChanged, PlanIncomplete.
    """
    plan = _locked(plan_id, by, now=now, seen=seen)
    _check_whole(plan)
    _settle(plan, by=by, now=now)
    if plan.handed_in_at is None:
        plan.handed_in_at, plan.handed_in_by = now, by
    plan.version += 1
    _put_up_booth(plan, by=by, now=now)
    plan.save(update_fields=["handed_in_at", "handed_in_by", "version"])
    return plan


def _settle(plan: DayPlan, *, by: Officer, now: datetime) -> None:
    """What was asked of the bureau is done, and what it inherited of a bureau that was abolished into it."""
    owed = Duty.objects.filter(
        Q(pk=plan.asked_id) | Q(place=plan.place_id, subject=str(plan.open_day_id), inquiry=None),
        district=plan.district_id,
        kind=HAND_IN_PLAN,
        done_at=None,
    )
    for duty_id in owed.values_list("pk", flat=True):
        finish_duty(lock_duty(duty_id, by=by, now=now), by=by, now=now, decision="handed_in")


def _put_up_booth(plan: DayPlan, *, by: Officer, now: datetime) -> None:
    """What the bureau plans is what its booth has, so that nobody enters it twice."""
    if plan.place.kind == Place.Kind.DISTRICT:
        return
    units = list(Place.objects.filter(pk__in=plan.units))
    booth = Booth.objects.filter(open_day=plan.open_day_id, place=plan.place_id).first()
    if booth is None:
        booth = open_booth(open_day=plan.open_day, place=plan.place, by=by, now=now)
    booth.open_day, booth.place = plan.open_day, plan.place
    booth.venue, booth.aim = plan.parts.get("venue", ""), plan.parts.get("aim", "")
    booth.plan_title = title_of_plan(plan).replace("\n", "")
    booth.topics = [line_of_business(line)[0] for line in lines_of(plan.parts.get("answering", ""))]
    booth.published = lines_of(plan.parts.get("published", ""))
    booth.save(update_fields=["venue", "aim", "plan_title", "topics", "published"])
    booth.units.set(units)
    _lay_out(plan, booth, by=by, now=now)


def _lay_out(plan: DayPlan, booth: Booth, *, by: Officer, now: datetime) -> None:
    """What is printed lies at the booth; what the plan said before is taken back, and other stock is let lie."""
    lying = {
        supply.material_id: supply
        for supply in Supply.objects.select_for_update(of=("self",)).filter(
            booth=booth, taken_back_at=None, key__startswith=f"plan.{plan.pk}."
        )
    }
    for row in plan.materials.select_related("material").order_by("pk"):
        there = lying.get(row.material_id)
        if there is not None and there.value == row.printed:
            continue
        if there is not None:
            there.taken_back_at, there.taken_back_by = now, by
            there.save(update_fields=["taken_back_at", "taken_back_by"])
        if row.printed:
            key = f"plan.{plan.pk}.{row.material_id}.{plan.version}"
            bring(booth=booth, material=row.material, n=row.printed, stamp=Stamp(key), by=by, now=now)


def print_material(
    plan_id: int, *, kind: str, name: str, measure: Measure, printed: int, by: Officer, now: datetime
) -> PlannedMaterial:
    """So much of the material is printed for the bureau's booth; said again, it is the new number.

    Raises NotYourPlan, DayOfHistory, OpenDayOver, NeedsWords, NotACount, WrongMeasure.
    """
    plan = _locked(plan_id, by, now=now)
    if not name.strip():
        raise NeedsWords(field="name")
    check_text(name, field="name", most=120)
    if not 1 <= printed <= MOST_BROUGHT:
        raise NotACount(
            _("Give a whole number from 1 to %(most)d.") % {"most": MOST_BROUGHT}, field="printed"
        )
    material = name_material(district=plan.open_day.district, kind=kind, name=name, measure=measure)
    return _print(plan, material, printed, by=by, now=now)


def drop_material(plan_id: int, *, material: Material, by: Officer, now: datetime) -> PlannedMaterial:
    """Nothing of it is printed after all. Raises NotYourPlan, DayOfHistory, OpenDayOver."""
    return _print(_locked(plan_id, by, now=now), material, 0, by=by, now=now)


def _print(plan: DayPlan, material: Material, printed: int, *, by: Officer, now: datetime) -> PlannedMaterial:
    row, _fresh = PlannedMaterial.objects.update_or_create(
        plan=plan, material=material, defaults={"printed": printed, "district_id": plan.district_id}
    )
    plan.version += 1
    if plan.handed_in_at is not None:
        _put_up_booth(plan, by=by, now=now)
    plan.save(update_fields=["version"])
    return row


def posts_for(place: Place) -> list[Post]:
    """The posts to which a task of this plan may go: of the place and below; of the district's office, its own."""
    posts = Post.objects.filter(closed_on=None).exclude(role=Post.Role.AUDITOR).select_related("place")
    if place.kind == Place.Kind.DISTRICT:
        posts = posts.filter(place=place)
    return list(posts.filter(place__path__startswith=place.path).order_by("place__path", "pk"))


def assign_task(plan_id: int, *, what: str, post: Post, due_on: date, by: Officer, now: datetime) -> PlanTask:
    """The post owes the task by the end of that day, is told, and is chased until it is done.

    Raises NotYourPlan, DayOfHistory, OpenDayOver, NeedsWords, TooLong, NotAPostThere, NotUntilTheDay.
    """
    plan = _locked(plan_id, by, now=now)
    what = what.strip()
    if not what:
        raise NeedsWords(field="what")
    check_text(what, field="what", most=200)
    if post.pk not in {each.pk for each in posts_for(plan.place)}:
        raise NotAPostThere
    _check_by_when(plan.open_day, due_on, now=now)
    duty = open_duty(
        kind=PLAN_TASK,
        place=post.place,
        post=post,
        due_at=midnight(due_on + timedelta(days=1)),
        now=now,
        by=by,
        subject=f"{plan.pk}.{PlanTask.objects.filter(plan=plan).count() + 1}",
        request=what,
    )
    return PlanTask.objects.create(
        district_id=plan.district_id, plan=plan, what=what, post=post, due_on=due_on, duty=duty
    )


def drop_task(task_id: int, *, by: Officer, now: datetime) -> None:
    """The task is owed no more. Raises NotYourPlan, DayOfHistory, OpenDayOver, DutyDone."""
    task = PlanTask.objects.get(pk=task_id)
    _locked(task.plan_id, by, now=now)
    finish_duty(lock_duty(task.duty_id, by=by, now=now), by=by, now=now, decision="withdrawn")


def _check_by_when(day: OpenDay, due_on: date, *, now: datetime) -> None:
    if not local_date(now) <= due_on <= day.last_on:
        raise NotUntilTheDay


def ask_for_plans(
    *, day: OpenDay, places: Iterable[Place], due_on: date, request: str, by: Officer, now: datetime
) -> int:
    """Each of these bureaus owes its plan by the end of that day, is told, and is chased until it hands it in.

    Gives how many were asked; one that was asked before, or has handed in, is left alone.
    Raises NotYourPlan, DayOfHistory, OpenDayOver, PlanNotIssued, NotUntilTheDay, OfAnotherDistrict, NobodyAsked.
    """
    _check(day, day.district, by, now=now)
    check_text(request, field="request", most=MOST_OF_PART)
    if not DayPlan.objects.filter(open_day=day, place=day.district_id, handed_in_at__isnull=False).exists():
        raise PlanNotIssued
    _check_by_when(day, due_on, now=now)
    asked = 0
    for place in places:
        if place.root_id != day.district_id or place.kind != Place.Kind.BUREAU:
            raise OfAnotherDistrict
        DayPlan.objects.get_or_create(open_day=day, place=place, defaults={"district_id": day.district_id})
        plan = DayPlan.objects.select_for_update(of=("self",)).get(open_day=day, place=place)
        owes = plan.asked_id is not None and Duty.objects.filter(pk=plan.asked_id, done_at=None).exists()
        if owes or plan.handed_in_at is not None:
            continue
        plan.asked = open_duty(
            kind=HAND_IN_PLAN,
            place=place,
            due_at=midnight(due_on + timedelta(days=1)),
            now=now,
            by=by,
            subject=str(day.pk),
            request=request.strip(),
        )
        plan.save(update_fields=["asked"])
        asked += 1
    if not asked:
        raise NobodyAsked
    return asked


def excuse_bureau(plan_id: int, *, by: Officer, now: datetime) -> None:
    """The bureau owes no plan after all, and may be asked again.

    Raises NotYourPlan for everybody but the district's office, DayOfHistory, OpenDayOver, DutyDone.
    """
    plan = _locked(plan_id, by, now=now)
    _check(plan.open_day, plan.open_day.district, by, now=now)
    if plan.asked_id is None:
        raise DutyDone
    finish_duty(lock_duty(plan.asked_id, by=by, now=now), by=by, now=now, decision="excused")
