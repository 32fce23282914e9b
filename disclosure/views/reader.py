"""Which open day, booth or issue a request asks for, among those of the reader's district."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from disclosure.access import districts_of
from disclosure.models import Booth, HotIssue, OpenDay
from inquiries.views.reader import held_by


def day_or_404(request: HttpRequest, pk: int) -> OpenDay:
    """An open day of a district in which the reader holds a post."""
    return get_object_or_404(
        OpenDay.objects.select_related("district"), pk=pk, district__in=districts_of(held_by(request))
    )


def booth_or_404(request: HttpRequest, pk: int) -> Booth:
    """A booth of such a day."""
    return get_object_or_404(
        Booth.objects.select_related("open_day", "place", "district"),
        pk=pk,
        district__in=districts_of(held_by(request)),
    )


def issue_or_404(request: HttpRequest, pk: int) -> HotIssue:
    """An issue collected at such a booth, unless it was taken back."""
    return get_object_or_404(
        HotIssue.objects.select_related("booth__open_day", "booth__place", "recorded_by"),
        pk=pk,
        district__in=districts_of(held_by(request)),
        taken_back_at=None,
    )
