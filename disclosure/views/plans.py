"""The plan of an open day, as page and .docx: the district's with its bureaus rolled in, or that of one bureau."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bureaus.access import MAY, Act
from bureaus.models import Place
from bureaus.services.calendar import calendar_for
from bureaus.views.keeping import done, word_file
from bureaus.workdays import local_date
from disclosure.documents.plan import Planned, paper_of_plan
from disclosure.forms.plans import NoticeForm, PlanForm, PrintForm, TaskForm
from disclosure.forms.summaries import SeenForm
from disclosure.models import DayPlan, Material, Measure, OpenDay, PlanTask
from disclosure.services.plans import (
    PlanGiven,
    ask_for_plans,
    assign_task,
    drop_material,
    drop_task,
    excuse_bureau,
    hand_in_plan,
    posts_for,
    print_material,
    write_plan,
)
from disclosure.services.reading_plans import earlier_editions, handed_in, read_plans
from disclosure.views.reader import day_or_404
from inquiries.access import covers
from inquiries.views.reader import held_by, officer_of

# A bureau has as long to answer a notice, unless the district says otherwise.
ASKED_WITHIN = 10


def may_plan(request: HttpRequest, place: Place) -> bool:
    """Whether a post of the reader plans for this place."""
    return any(
        Act.PLAN_DAY in MAY[holding.post.role] and covers(holding, place) for holding in held_by(request)
    )


def _found(request: HttpRequest, pk: int, place: int) -> tuple[OpenDay, Place, DayPlan | None]:
    """The day, whose plan, and the plan; 404 for who may not read it, and for who may not begin one."""
    day = day_or_404(request, pk)
    of = get_object_or_404(
        Place,
        pk=place,
        kind__in=(Place.Kind.DISTRICT, Place.Kind.BUREAU),
        path__startswith=f"{day.district_id}/",
    )
    plan = (
        DayPlan.objects.filter(open_day=day, place=of)
        .select_related("open_day", "place", "asked", "edited_by", "handed_in_by")
        .first()
    )
    plans = may_plan(request, of)
    if plan is None and (not plans or day.is_history):
        raise Http404
    if plan is not None and plan.handed_in_at is None and not plans:
        raise Http404
    return day, of, plan


def plans_of(request: HttpRequest, day: OpenDay) -> list[DayPlan]:
    """The plans of the day that the reader may read, the district's first, and those that the reader may begin."""
    plans = DayPlan.objects.filter(open_day=day).select_related("place", "asked").order_by("place__path")
    there = {
        plan.place_id: plan
        for plan in plans
        if plan.handed_in_at is not None or may_plan(request, plan.place)
    }
    begins = [day.district, *(holding.post.place for holding in held_by(request))]
    for place in [] if day.is_history else begins:
        if place.kind in (Place.Kind.DISTRICT, Place.Kind.BUREAU) and may_plan(request, place):
            there.setdefault(place.pk, DayPlan(open_day=day, place=place))
    return sorted(there.values(), key=lambda plan: plan.place.path)


def _open_until(day: OpenDay, *, now: datetime) -> bool:
    return not day.is_history and local_date(now) <= day.last_on


@login_required
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """The paper as it reads now, with what belongs to it and the boxes of who plans."""
    day, of, found = _found(request, pk, place)
    if request.method == "GET":
        return _show(request, day, of, found)
    form = PlanForm(request.POST, place=of)

    def act() -> None:
        given = form.cleaned_data
        write_plan(
            day=day,
            place=of,
            given=PlanGiven(
                {code: given.get(code, "") for code in form.fields},
                units=list(given.get("units", ())),
                hotlines=list(given.get("hotlines", ())),
                theme=given.get("theme", ""),
                aim=given.get("aim", ""),
                until_on=given.get("until_on"),
            ),
            seen=given["seen"],
            by=officer_of(request),
            now=timezone.now(),
        )

    if done(form, act):
        messages.success(request, _("Saved."))
        return redirect("open_day_plan", pk=day.pk, place=of.pk)
    return _show(request, day, of, found, status=422, form=form)


@login_required
@require_POST
def act_on_plan(request: HttpRequest, pk: int, place: int, act: str) -> HttpResponse:
    """Hand in, print, assign, drop, ask, excuse; or the page again with what was refused at its field."""
    day, of, found = _found(request, pk, place)
    if act not in _ACTS or found is None:
        raise Http404
    name, run = _ACTS[act]
    form = _form(request, name, day, of)
    said: list[str] = []
    if done(form, lambda: said.append(run(request, day, found, form.cleaned_data))):
        messages.success(request, said[0])
        return redirect("open_day_plan", pk=day.pk, place=of.pk)
    return _show(request, day, of, found, status=422, **{name: form})


def _form(request: HttpRequest, name: str, day: OpenDay, of: Place) -> Form:
    if name == "printing":
        return PrintForm(request.POST)
    if name == "task":
        return TaskForm(request.POST, posts=posts_for(of))
    if name == "notice":
        return NoticeForm(request.POST, places=_unasked(day))
    return SeenForm(request.POST)


def _hand_in(request: HttpRequest, day: OpenDay, found: DayPlan, given: dict[str, Any]) -> str:
    hand_in_plan(found.pk, seen=given["seen"], by=officer_of(request), now=timezone.now())
    if found.place_id == day.district_id:
        return _("Issued: every officer of the district reads it.")
    return _("Handed in. The booth follows the plan.")


def _print(request: HttpRequest, day: OpenDay, found: DayPlan, given: dict[str, Any]) -> str:
    print_material(
        found.pk,
        kind=given["kind"],
        name=given["name"],
        measure=Measure(given["measure"]),
        printed=given["printed"],
        by=officer_of(request),
        now=timezone.now(),
    )
    return _("Saved.")


def _drop_material(request: HttpRequest, day: OpenDay, found: DayPlan, given: dict[str, Any]) -> str:
    material = get_object_or_404(Material, pk=given["seen"], district=day.district_id)
    drop_material(found.pk, material=material, by=officer_of(request), now=timezone.now())
    return _("Taken out.")


def _assign(request: HttpRequest, day: OpenDay, found: DayPlan, given: dict[str, Any]) -> str:
    posts = {post.pk: post for post in posts_for(found.place)}
    task = assign_task(
        found.pk,
        what=given["what"],
        post=posts[given["post"]],
        due_on=given["due_on"],
        by=officer_of(request),
        now=timezone.now(),
    )
    return _("%(post)s owes it, and is chased until it is done.") % {"post": task.post}


def _drop_task(request: HttpRequest, day: OpenDay, found: DayPlan, given: dict[str, Any]) -> str:
    task = get_object_or_404(PlanTask, pk=given["seen"], plan=found)
    drop_task(task.pk, by=officer_of(request), now=timezone.now())
    return _("The task is owed no more.")


def _ask(request: HttpRequest, day: OpenDay, found: DayPlan, given: dict[str, Any]) -> str:
    asked = ask_for_plans(
        day=day,
        places=list(given["places"]),
        due_on=given["due_on"],
        request=given["request"],
        by=officer_of(request),
        now=timezone.now(),
    )
    return ngettext(
        "%(n)d bureau owes its plan, and is chased until it hands it in.",
        "%(n)d bureaus owe their plan, and are chased until they hand it in.",
        asked,
    ) % {"n": asked}


def _excuse(request: HttpRequest, day: OpenDay, found: DayPlan, given: dict[str, Any]) -> str:
    excused = get_object_or_404(DayPlan, pk=given["seen"], open_day=day)
    excuse_bureau(excused.pk, by=officer_of(request), now=timezone.now())
    return _("The bureau owes no plan.")


# The word in the address: the form on the page, and what is done with it.
_ACTS: dict[str, tuple[str, Callable[[HttpRequest, OpenDay, DayPlan, dict[str, Any]], str]]] = {
    "hand-in": ("handing", _hand_in),
    "print": ("printing", _print),
    "drop-material": ("dropping", _drop_material),
    "assign": ("task", _assign),
    "drop-task": ("dropping", _drop_task),
    "ask": ("notice", _ask),
    "excuse": ("dropping", _excuse),
}


def _unasked(day: OpenDay) -> QuerySet[Place]:
    """The bureaus that stand, owe no plan and have handed in none."""
    settled = DayPlan.objects.filter(open_day=day).exclude(asked=None, handed_in_at=None)
    settled = settled.exclude(asked__decision="excused", handed_in_at=None)
    bureaus = Place.objects.standing().filter(district=day.district_id, kind=Place.Kind.BUREAU)
    return bureaus.exclude(pk__in=settled.values("place")).order_by("path")


def _first(found: DayPlan | None, day: OpenDay, place: Place) -> dict[str, Any]:
    """What stands in the boxes."""
    of_day = {"theme": day.theme, "aim": day.aim, "until_on": day.until_on}
    of_day = of_day if place.kind == Place.Kind.DISTRICT else {}
    if found is None:
        return {"seen": 0, **of_day}
    return {
        "seen": found.version,
        **found.parts,
        **of_day,
        "units": found.units,
        "hotlines": found.hotlines,
    }


def _show(
    request: HttpRequest,
    day: OpenDay,
    place: Place,
    found: DayPlan | None,
    *,
    status: int = 200,
    **forms: Form,
) -> HttpResponse:
    now = timezone.now()
    mine = may_plan(request, place) and _open_until(day, now=now)
    of_district = place.kind == Place.Kind.DISTRICT
    planned = _read(found)
    context = {
        "day": day,
        "place": place,
        "plan": found,
        "planned": planned,
        "official": _paper(day, planned) if planned else None,
        "of_district": of_district,
        "mine": mine,
        "editions": earlier_editions(day, place) if mine else [],
        "now": now,
        # At no field of the page: what has no box here, or none any more.
        "refused": [
            words
            for name, form in forms.items()
            if not mine or name in ("dropping", "handing")
            for errors in form.errors.values()
            for words in errors
        ],
    }
    if mine:
        context["form"] = forms.get("form") or PlanForm(place=place, initial=_first(found, day, place))
    if mine and found:
        context["printing"] = forms.get("printing") or PrintForm()
        context["task"] = forms.get("task") or TaskForm(posts=posts_for(place))
    if mine and found and of_district:
        context |= _notice(day, forms, now=now)
    return render(request, "disclosure/plan.html", context, status=status)


def _notice(day: OpenDay, forms: dict[str, Form], *, now: datetime) -> dict[str, Any]:
    unasked = _unasked(day)
    due_on = min(calendar_for(day.district_id).shift(local_date(now), ASKED_WITHIN), day.on)
    first = {"places": [place.pk for place in unasked], "due_on": due_on}
    asked = DayPlan.objects.filter(open_day=day).exclude(place=day.district_id).exclude(asked=None)
    return {
        "asked": asked.select_related("place", "asked").order_by("place__path"),
        "notice": forms.get("notice") or (NoticeForm(places=unasked, initial=first) if unasked else None),
    }


def _read(found: DayPlan | None) -> Planned | None:
    """The plan as it reads; None where nobody has written at it."""
    return read_plans([found])[0] if found is not None and found.edited_at is not None else None


def _paper(day: OpenDay, planned: Planned) -> Any:
    bureaus = read_plans(handed_in(day)) if planned.plan.place_id == day.district_id else []
    return paper_of_plan(planned, bureaus)


@login_required
@require_GET
def docx(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """The paper as a .docx in the form of GB/T 9704-2012."""
    day, _of, found = _found(request, pk, place)
    planned = _read(found)
    if planned is None:
        raise Http404
    paper = _paper(day, planned)
    return word_file(paper)
