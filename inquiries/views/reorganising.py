"""Places are merged, split and moved: shown what passes where, then done. What was chosen is kept on an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import Act
from bureaus.forms.reorganising import MergeForm, MoveForm, SplitForm
from bureaus.models import Officer, Place
from bureaus.services.edits import edits_of
from bureaus.services.refusals import Refusal
from bureaus.services.reorganising import passing_of
from bureaus.services.restructuring import NewPlace, merge_places, move_place
from bureaus.views.keeping import district_kept, refuse
from bureaus.views.previewed import was_previewed, with_stamp
from bureaus.workdays import local_date
from inquiries.models import Topic
from inquiries.services.reorganising import owed_at, split_with_topics
from inquiries.views.reader import officer_of


def _effect(places: Sequence[Place]) -> dict[str, Any]:
    """What is open at the places and below them, and what passes with them."""
    now = timezone.now()
    left = [passing_of(place, now=now) for place in places]
    owed = [owed_at(place) for place in places]
    return {
        "counts": [
            (_("open inquiries"), sum(each.inquiries for each in owed)),
            (_("open duties"), sum(each.duties for each in owed)),
            (_("posts that go along"), sum(len(each.posts) for each in left)),
            (_("hotlines"), sum(each.hotlines for each in left)),
            (_("lines of the duty roster"), sum(each.turns for each in left)),
            (_("topics"), sum(each.topics for each in owed)),
            (_("API keys"), sum(each.keys for each in left)),
        ],
        "below": [place for each in left for place in each.places[1:]],
        "people": {officer.pk: officer for each in left for officer in each.leaving}.values(),
    }


def _name(place: Place | NewPlace) -> str:
    return _("%(name)s (new)") % {"name": place.name} if isinstance(place, NewPlace) else str(place)


def _page(
    request: HttpRequest,
    form: Form,
    shown: dict[str, Any],
    *,
    affected: Callable[[], Sequence[Place]],
    where_to: Callable[[], list[tuple[str, str]]],
    act: Callable[[], Any],
    done: str,
) -> HttpResponse:
    """The form; under it, once it was looked at, what the act would do, and then the act."""
    template = "inquiries/reorganise.html"
    if not form.is_bound:
        return render(request, template, shown | {"form": form})
    if not form.is_valid():
        return render(request, template, shown | {"form": form}, status=422)
    try:
        if was_previewed(request.POST):
            with transaction.atomic():
                act()
            messages.success(request, done)
            return redirect("places")
        with transaction.atomic():
            # Undone: what would be refused is refused before anybody means it.
            act()
            transaction.set_rollback(True)
    except (Refusal, ValidationError) as refused:
        refuse(form, refused)
        return render(request, template, shown | {"form": form}, status=422)
    with_stamp(form, request.POST)
    looked = {"preview": True, "again": request.POST.get("do") == "save", "where_to": where_to()}
    return render(request, template, shown | _effect(affected()) | looked | {"form": form})


def _asked(request: HttpRequest) -> tuple[Officer, Place, dict[str, Any]]:
    district = district_kept(request, Act.KEEP_PLACES)
    given: dict[str, Any] = {"initial": {"on": local_date(timezone.now())}}
    if request.method == "POST":
        given["data"] = request.POST
    return officer_of(request), district, given


@login_required
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit or section stands under another bureau, with its people."""
    officer, district, given = _asked(request)
    movable = Place.objects.standing().filter(kind__in=[Place.Kind.UNIT, Place.Kind.SECTION])
    place = get_object_or_404(movable.select_related("parent"), pk=pk, district=district)
    form = MoveForm(place=place, **given)
    return _page(
        request,
        form,
        {
            "title": _("Move %(place)s") % {"place": place},
            "says": _(
                "It stands anew where it goes, with its posts, people and what is below it, and signs there for what "
                "it owes. What it answered stays with %(bureau)s, and both may read it."
            )
            % {"bureau": place.parent},
            "save_word": _("Move it"),
        },
        affected=lambda: [place],
        where_to=lambda: [(f"{place} → {_name(form.into)}", "")],
        act=lambda: move_place(
            place=place,
            to=form.into,
            on=form.cleaned_data["on"],
            basis=form.cleaned_data["basis"],
            by=officer,
            now=timezone.now(),
        ),
        done=_("%(place)s is moved. What it owes passes within the next minutes.") % {"place": place},
    )


@login_required
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest) -> HttpResponse:
    """Several places are one, with the sections, posts and people of each."""
    officer, district, given = _asked(request)
    form = MergeForm(district=district, **given)
    return _page(
        request,
        form,
        {
            "title": _("Merge places"),
            "says": _(
                "Their sections, posts and people go along; sections of the same name become one. Of two posts of one "
                "title the second says where it comes from."
            ),
            "save_word": _("Merge them"),
        },
        affected=lambda: [place for place in form.cleaned_data["places"] if place != form.into],
        where_to=lambda: [
            (f"{place} → {_name(form.into)}", "")
            for place in form.cleaned_data["places"]
            if place != form.into
        ],
        act=lambda: merge_places(
            places=list(form.cleaned_data["places"]),
            into=form.into,
            on=form.cleaned_data["on"],
            basis=form.cleaned_data["basis"],
            by=officer,
            now=timezone.now(),
        ),
        done=_("The places are merged. What they owe passes within the next minutes."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """One place is several: each section, post, line, topic and key at one of them."""
    officer, district, given = _asked(request)
    place = get_object_or_404(Place.objects.standing(), pk=pk, district=district)
    usual = Topic.objects.filter(default_bureau=place).order_by("pk")
    form = SplitForm(place=place, topics=[(topic.pk, topic.name) for topic in usual], **given)

    def where_to() -> list[tuple[str, str]]:
        words = []
        for number, part in enumerate(form.parts):
            things = [
                str(field.label)
                for _heading, fields in form.groups()
                for field in fields
                if form.cleaned_data[field.name] == number + 1
            ]
            words.append((_name(part), "、".join(things) or _("nothing")))
        return words

    return _page(
        request,
        form,
        {
            "title": _("Split %(place)s") % {"place": place},
            "says": _(
                "Each section and post goes to a part with its people and what it owes; what no post had goes by its "
                "topic, else to part 1. Each part has the standard texts. Where one bureau stays as it is and gives a "
                "section away, move the section."
            ),
            "save_word": _("Split it"),
            "splits": True,
        },
        affected=lambda: [place],
        where_to=where_to,
        act=lambda: split_with_topics(
            place=place,
            parts=form.parts,
            goes=form.goes(),
            topics=form.chosen("topic"),
            on=form.cleaned_data["on"],
            basis=form.cleaned_data["basis"],
            by=officer,
            now=timezone.now(),
        ),
        done=_("%(place)s is split. What it owes passes within the next minutes.") % {"place": place},
    )


@login_required
@require_GET
def edits(request: HttpRequest) -> HttpResponse:
    """What was set up, changed and reorganised in the district, the newest first, and by whom."""
    officer_of(request)
    district = district_kept(request, Act.KEEP_PLACES)
    return render(request, "inquiries/set_up.html", {"edits": edits_of(district)})
