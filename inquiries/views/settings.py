"""What a post may set up: the doors to the rarely changed tables."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import Act, acts_of
from bureaus.forms.district import DistrictForm
from bureaus.models import DistrictSettings
from bureaus.services.districts import set_district
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import district_kept, held_by, refuse
from inquiries.views.reader import officer_of

DOORS: tuple[tuple[Act, str, str | Promise, str | Promise], ...] = (
    (
        Act.EDIT_RULES,
        "rules",
        _("Answer rules and ladders"),
        _("By when an answer is owed, and how it is chased; previewed before it is saved."),
    ),
    (
        Act.EDIT_RULES,
        "district",
        _("The district's own settings"),
        _("Callbacks, the hour of the morning digest, the gateway for text messages."),
    ),
    (
        Act.EDIT_RULES,
        "weights",
        _("Weights of the score"),
        _("Which rates a bureau's score weighs, and from how many inquiries it is ranked."),
    ),
    (
        Act.EDIT_CALENDAR,
        "calendars",
        _("Calendar and office hours"),
        _("Which days are worked, by the year; holidays, make-up days, files, announcements."),
    ),
    (
        Act.KEEP_PLACES,
        "topics",
        _("Topics"),
        _("What questions are about, and which bureau usually answers; added, moved, retired."),
    ),
    (
        Act.KEEP_TEXTS,
        "texts",
        _("Standard texts"),
        _("Words an answer may begin from, by place and topic, with blanks that fill themselves in."),
    ),
    (
        Act.KEEP_PLACES,
        "posts",
        _("Posts and who holds them"),
        _("Put officers in, end tenures with a hand-over slip, deputies, absences, accounts."),
    ),
    (
        Act.IMPORT,
        "ledger",
        _("Bring in a ledger"),
        _("Matters of before, with their dates and answers; tried line by line first."),
    ),
    (
        Act.IMPORT,
        "work_orders",
        _("12345 work orders"),
        _("In by their number: new ones recorded, known ones brought up to date, none twice."),
    ),
    (
        Act.KEEP_PLACES,
        "places",
        _("Reorganisation"),
        _("Places abolished, merged, split and moved; the successor takes what is owed. Previewed first."),
    ),
    (Act.KEEP_PLACES, "roster", _("Duty roster"), _("Who is reached at any hour, day by day.")),
    (
        Act.KEEP_PLACES,
        "set_up",
        _("What was set up"),
        _("Each edit of places, posts, roster and topics, by whom."),
    ),
)


@login_required
@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    """The tables that the reader's posts keep. Raises PermissionDenied for whoever keeps none."""
    officer = officer_of(request)
    acts = acts_of(held_by(request))
    doors = [(reverse(name), words, tells) for act, name, words, tells in DOORS if act in acts]
    if officer.is_superuser:
        doors.append(
            (
                reverse("calendars"),
                _("National calendar"),
                _("For every district without an entry of its own."),
            )
        )
    if officer.is_staff:
        doors.append(
            (reverse("admin:index"), _("Administration"), _("Every rarely changed table, to be read."))
        )
    if not doors:
        raise PermissionDenied
    return render(request, "inquiries/settings.html", {"doors": doors})


@login_required
@require_http_methods(["GET", "POST"])
def district(request: HttpRequest) -> HttpResponse:
    """What the district decides for itself. What was typed is kept on an error."""
    officer = officer_of(request)
    kept = DistrictSettings.objects.get(district=district_kept(request, Act.EDIT_RULES))
    if request.method == "GET":
        first = {
            name: getattr(kept, name)
            for name in (
                *("callbacks", "digest_hour", "sms_url", "sms_body", "public_list_from_on"),
                *("site_code", "icp_number", "police_number"),
            )
        }
        lines = {name: "\n".join(getattr(kept, name)) for name in ("inside_ranges", "embed_hosts")}
        form = DistrictForm(initial=first | lines)
        return render(request, "inquiries/district.html", {"form": form})
    form = DistrictForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                set_district(district=kept.district, by=officer, now=timezone.now(), **form.settings())
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The district's settings are saved."))
            return redirect("settings")
    return render(request, "inquiries/district.html", {"form": form}, status=422)
