"""The plans of an open day as they read now, and what is remembered of the editions before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import translation

from bureaus.models import Hotline, Place
from disclosure.documents.plan import Planned
from disclosure.documents.summary import read_text
from disclosure.models import DayPlan, OpenDay, PlannedMaterial, PlanTask, Summary
from inquiries.models import Duty

EDITIONS = 3


@dataclass(frozen=True)
class Edition:
    """What an approved summary says of an earlier open day: what went well, and what did not."""

    summary: Summary
    well: Sequence[str]
    badly: Sequence[str]


def read_plans(plans: Sequence[DayPlan]) -> list[Planned]:
    """The plans with their units, hotlines, materials and tasks, in five statements however many there are."""
    keys = [plan.pk for plan in plans]
    units = Place.objects.in_bulk({key for plan in plans for key in plan.units})
    with translation.override("zh-hans"):
        lines = {
            line.pk: f"{line.place.name}（{line.get_purpose_display()}）{line.number}"
            for line in Hotline.objects.filter(
                pk__in={key for plan in plans for key in plan.hotlines}
            ).select_related("place")
        }
    materials: dict[int, list[PlannedMaterial]] = defaultdict(list)
    for row in (
        PlannedMaterial.objects.filter(plan__in=keys, printed__gt=0).select_related("material").order_by("pk")
    ):
        materials[row.plan_id].append(row)
    tasks: dict[int, list[PlanTask]] = defaultdict(list)
    for task in PlanTask.objects.filter(plan__in=keys).select_related("post__place").order_by("due_on", "pk"):
        tasks[task.plan_id].append(task)
    # Apart from the tasks: who reads another bureau's plan does not read what its posts owe.
    duties = Duty.objects.in_bulk([task.duty_id for each in tasks.values() for task in each])
    return [
        Planned(
            plan,
            [units[key].name for key in plan.units if key in units],
            [lines[key] for key in plan.hotlines if key in lines],
            materials[plan.pk],
            [(task, duties.get(task.duty_id)) for task in tasks[plan.pk]],
        )
        for plan in plans
    ]


def handed_in(day: OpenDay) -> list[DayPlan]:
    """What the bureaus have handed in, in the order of the bureaus."""
    plans = DayPlan.objects.filter(open_day=day, handed_in_at__isnull=False).exclude(place=day.district_id)
    return list(plans.select_related("place", "open_day").order_by("place__path"))


def earlier_editions(day: OpenDay, place: Place) -> list[Edition]:
    """What the last approved summaries of this place, and of the district, say of the days before, newest first."""
    found = (
        Summary.objects.filter(
            Q(place=place) | Q(place=day.district_id),
            district=day.district_id,
            approved_at__isnull=False,
            open_day__on__lt=day.on,
        )
        .select_related("open_day", "place")
        .order_by("-open_day__on", "-place__path")
    )
    return [
        Edition(summary, _said(summary, "insights"), _said(summary, "next")) for summary in found[:EDITIONS]
    ]


def _said(summary: Summary, code: str) -> list[str]:
    return read_text(summary.parts.get(code, ""), summary.frozen or {}).splitlines()
