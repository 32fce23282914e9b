"""The answer rules and ladders of a district: what a change would do is shown before it is saved as an edition."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import Act
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import district_kept
from bureaus.views.previewed import was_previewed, with_stamp
from inquiries.forms.rules import RULE_FIELDS, EditionForm, LadderForm, RuleForm
from inquiries.models import Ladder, RuleBook
from inquiries.models.rules import Kind, Urgency
from inquiries.services.measuring import ladder_for, rule_for, steps_of
from inquiries.services.previewing import Preview, preview_ladder, preview_rule
from inquiries.services.refusals import EditionChanged
from inquiries.services.rules import book_in_force, change_rule, issue_ladder
from inquiries.views.reader import officer_of

EDITIONS = 10


@login_required
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule and ladder in force, and the editions before."""
    officer_of(request)
    district = district_kept(request, Act.EDIT_RULES)
    book = book_in_force(district)
    in_force = {(rule.kind, rule.urgency): rule for rule in book.rules.all()} if book else {}
    ladders: dict[str, Ladder] = {}
    for ladder in Ladder.objects.filter(district=district).select_related("by").order_by("number"):
        ladders[ladder.meant_for] = ladder
    context = {
        "book": book,
        "kinds": [
            (kind.label, [in_force[kind, urgency] for urgency in Urgency if (kind, urgency) in in_force])
            for kind in Kind
        ],
        "ladders": [
            (Ladder.For(meant_for), ladders[meant_for], steps_of(ladders[meant_for].pk).steps)
            for meant_for in Ladder.For.values
            if meant_for in ladders
        ],
        "editions": RuleBook.objects.filter(district=district)
        .select_related("by")
        .order_by("-number")[:EDITIONS],
    }
    return render(request, "inquiries/rules.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, kind: str, urgency: str) -> HttpResponse:
    """One rule is changed: previewed first, then saved as a new edition. What was typed is kept on an error."""
    officer, now = officer_of(request), timezone.now()
    district = district_kept(request, Act.EDIT_RULES)
    book = book_in_force(district)
    if kind not in Kind.values or urgency not in Urgency.values or book is None:
        raise Http404
    standing = rule_for(district.pk, kind, urgency)
    shown: dict[str, Any] = {
        "title": _("%(kind)s, %(urgency)s") % {"kind": Kind(kind).label, "urgency": Urgency(urgency).label},
        "standing": standing,
        "edition": book.number,
    }
    if request.method == "GET":
        first = {name: getattr(standing, name) for name in RULE_FIELDS} | {"seen": book.number}
        form = RuleForm(initial=first, kind=kind, urgency=urgency)
        return render(request, "inquiries/rule.html", shown | {"form": form})
    form = RuleForm(request.POST, kind=kind, urgency=urgency)
    if not form.is_valid():
        return render(request, "inquiries/rule.html", shown | {"form": form}, status=422)
    if was_previewed(request.POST):
        try:
            with transaction.atomic():
                made = change_rule(
                    district=district,
                    rule=form.rule(),
                    by=officer,
                    now=now,
                    note=form.cleaned_data["note"],
                    seen=form.cleaned_data["seen"],
                )
        except EditionChanged as refused:
            return _meanwhile(request, "inquiries/rule.html", form, shown, refused, book.number)
        return _saved(request, made.number)
    preview = preview_rule(district=district, rule=form.rule(), now=now)
    return _previewed(request, "inquiries/rule.html", form, shown, preview)


@login_required
@require_http_methods(["GET", "POST"])
def ladder(request: HttpRequest, meant_for: str) -> HttpResponse:
    """One ladder is changed: previewed first, then saved as a new edition. What was typed is kept on an error."""
    officer, now = officer_of(request), timezone.now()
    district = district_kept(request, Act.EDIT_RULES)
    if meant_for not in Ladder.For.values:
        raise Http404
    standing = ladder_for(district.pk, meant_for)
    climb = steps_of(standing.pk)
    shown: dict[str, Any] = {"title": Ladder.For(meant_for).label, "edition": standing.number}
    if request.method == "GET":
        form = LadderForm(initial={"seen": standing.number}, ladder=climb, edition=standing.number + 1)
        return render(request, "inquiries/ladder.html", shown | {"form": form})
    form = LadderForm(request.POST, ladder=climb, edition=standing.number + 1)
    if not form.is_valid() or form.given is None:
        return render(request, "inquiries/ladder.html", shown | {"form": form, "wrong": True}, status=422)
    if was_previewed(request.POST):
        try:
            with transaction.atomic():
                made = issue_ladder(
                    district=district,
                    meant_for=meant_for,
                    ladder=form.given,
                    by=officer,
                    now=now,
                    seen=form.cleaned_data["seen"],
                )
        except EditionChanged as refused:
            return _meanwhile(request, "inquiries/ladder.html", form, shown, refused, standing.number)
        return _saved(request, made.number)
    preview = preview_ladder(district=district, meant_for=meant_for, ladder=form.given, now=now)
    return _previewed(request, "inquiries/ladder.html", form, shown, preview)


def _previewed(
    request: HttpRequest, template: str, form: EditionForm, shown: dict[str, Any], preview: Preview
) -> HttpResponse:
    with_stamp(form, request.POST)
    again = request.POST.get("do") == "save"
    return render(request, template, shown | {"form": form, "preview": preview, "again": again})


def _meanwhile(
    request: HttpRequest,
    template: str,
    form: EditionForm,
    shown: dict[str, Any],
    refused: Refusal,
    newest: int,
) -> HttpResponse:
    form.add_error(None, str(refused))
    # The next look is at the edition that stands now.
    with_stamp(form, request.POST, seen=str(newest))
    return render(request, template, shown | {"form": form}, status=409)


def _saved(request: HttpRequest, edition: int) -> HttpResponse:
    messages.success(
        request,
        _("Edition %(n)s is in force. What is open is measured again within the next minutes.")
        % {"n": edition},
    )
    return redirect("rules")
