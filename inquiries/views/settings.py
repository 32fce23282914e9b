"""What a post may set up: the doors to the rarely changed tables."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from bureaus.access import Act, acts_of
from bureaus.views.keeping import held_by
from inquiries.views.reader import officer_of

DOORS: tuple[tuple[Act, str, str | Promise, str | Promise], ...] = (
    (
        Act.EDIT_RULES,
        "rules",
        _("Answer rules and ladders"),
        _("By when an answer is owed, and how it is chased; previewed before it is saved."),
    ),
    (
        Act.EDIT_CALENDAR,
        "calendars",
        _("Calendar and office hours"),
        _("Which days are worked, by the year; holidays, make-up days, files, announcements."),
    ),
    (
        Act.KEEP_PLACES,
        "posts",
        _("Posts and who holds them"),
        _("Put officers in, end tenures with a hand-over slip, deputies, absences, accounts."),
    ),
    (Act.KEEP_PLACES, "roster", _("Duty roster"), _("Who is reached at any hour, day by day.")),
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
