"""The tree of topics: each with what is open about it, changed or retired once it was shown what that touches."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import Act
from bureaus.models import Place
from bureaus.services.edits import edits_of
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import district_kept, refuse
from bureaus.views.previewed import was_previewed, with_stamp
from inquiries.forms.topics import TopicForm
from inquiries.models import Inquiry, Topic
from inquiries.services.topics import (
    TopicChanged,
    change_topic,
    effect_on,
    open_topic,
    restore_topic,
    retire_topic,
)
from inquiries.views.reader import officer_of

EDITED = ("topic_opened", "topic_changed", "topic_retired", "topic_restored")


@login_required
@require_GET
def topics(request: HttpRequest) -> HttpResponse:
    """Every topic below the one it is part of, with what is open about it and about those below, as far as the reader
    sees it."""
    officer_of(request)
    district = district_kept(request, Act.KEEP_PLACES)
    rows = list(
        Topic.objects.filter(district=district).select_related("default_bureau").order_by("name", "pk")
    )
    about = Inquiry.objects.unanswered().filter(district=district, topic__isnull=False)
    counted = Counter(dict(about.values_list("topic").annotate(Count("pk"))))
    below: dict[int | None, list[Topic]] = {}
    for topic in rows:
        below.setdefault(topic.parent_id, []).append(topic)
    tree: list[dict[str, Any]] = []

    def hang(parent: int | None, depth: int) -> int:
        added = 0
        for topic in below.get(parent, []):
            row: dict[str, Any] = {"topic": topic, "depth": depth}
            tree.append(row)
            row["open"] = counted[topic.pk] + hang(topic.pk, depth + 1)
            added += row["open"]
        return added

    hang(None, 0)
    context = {
        "tree": [row for row in tree if row["topic"].retired_at is None],
        "retired": [row for row in tree if row["topic"].retired_at is not None],
        "edits": edits_of(district, codes=EDITED, limit=10),
    }
    return render(request, "inquiries/topic_tree.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_topic(request: HttpRequest) -> HttpResponse:
    """The district has one topic more. What was typed is kept on an error."""
    officer = officer_of(request)
    district = district_kept(request, Act.KEEP_PLACES)
    if request.method == "GET":
        form = TopicForm(initial={"parent": request.GET.get("under")}, district=district, besides=[])
        return render(request, "inquiries/topic.html", {"form": form})
    form = TopicForm(request.POST, district=district, besides=[])
    if form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                open_topic(
                    district=district,
                    name=given["name"],
                    parent=given["parent"],
                    default_bureau=given["default_bureau"],
                    by=officer,
                    now=timezone.now(),
                )
        except (Refusal, ValidationError) as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The topic is added, and offered from now on."))
            return redirect("topics")
    return render(request, "inquiries/topic.html", {"form": form}, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def topic(request: HttpRequest, pk: int) -> HttpResponse:
    """One topic is changed, or retires, previewed first; a retired one is taken up again."""
    officer, now = officer_of(request), timezone.now()
    district = district_kept(request, Act.KEEP_PLACES)
    found = get_object_or_404(
        Topic.objects.select_related("parent", "default_bureau"), pk=pk, district=district
    )
    effect = effect_on(found)
    shown: dict[str, Any] = {"topic": found, "effect": effect}
    # Nothing is part of itself, nor of what is part of it.
    given: dict[str, Any] = {"district": district, "besides": [found, *effect.below]}
    first = {
        "name": found.name,
        "parent": found.parent_id,
        "default_bureau": found.default_bureau_id,
        "seen": found.version,
    }
    act = request.POST.get("do", "")
    if request.method == "GET":
        return render(request, "inquiries/topic.html", shown | {"form": TopicForm(initial=first, **given)})
    form = TopicForm(request.POST, **given)
    if act in ("retire", "restore"):
        # Its name and place stay: only the button counts.
        form = TopicForm(first, **given)
        seen = int(request.POST["seen"]) if request.POST.get("seen", "").isdecimal() else None
        try:
            with transaction.atomic():
                if act == "retire":
                    retire_topic(row=found, by=officer, now=now, seen=seen)
                else:
                    restore_topic(row=found, by=officer, now=now, seen=seen)
        except Refusal as refused:
            form.add_error(None, str(refused))
            return render(request, "inquiries/topic.html", shown | {"form": form}, status=422)
        said = _("Nothing new is about it from now on.") if act == "retire" else _("The topic is used again.")
        messages.success(request, said)
        return redirect("topics")
    if form.is_valid():
        wanted = form.cleaned_data
        try:
            with transaction.atomic():
                change_topic(
                    row=Topic.objects.get(pk=found.pk),
                    district=district,
                    name=wanted["name"],
                    parent=wanted["parent"],
                    default_bureau=wanted["default_bureau"],
                    by=officer,
                    now=now,
                    seen=wanted["seen"],
                )
                if not was_previewed(request.POST):
                    transaction.set_rollback(True)
        except (Refusal, ValidationError) as refused:
            refuse(form, refused)
            if isinstance(refused, TopicChanged):
                # What was typed stays, now beside the topic as it stands: to be previewed against that.
                kept = request.POST.copy()
                kept["seen"], kept["previewed"] = str(found.version), ""
                form.data = kept
                shown["changed"] = True
        else:
            if was_previewed(request.POST):
                messages.success(request, _("The topic is saved."))
                return redirect("topics")
            with_stamp(form, request.POST)
            looked = {"preview": _preview(found, wanted), "again": act == "save"}
            return render(request, "inquiries/topic.html", shown | looked | {"form": form})
    return render(request, "inquiries/topic.html", shown | {"form": form}, status=422)


def _preview(was: Topic, wanted: dict[str, Any]) -> dict[str, bool | Place | Topic | str | None]:
    """What would be another: the name, what it is part of, the bureau; with the new value of each."""
    return {
        "name": wanted["name"].strip() if wanted["name"].strip() != was.name else None,
        "moves": (wanted["parent"].pk if wanted["parent"] else None) != was.parent_id,
        "parent": wanted["parent"],
        "answers": (wanted["default_bureau"].pk if wanted["default_bureau"] else None)
        != was.default_bureau_id,
        "bureau": wanted["default_bureau"],
    }
