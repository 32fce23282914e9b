"""Is the chaser alive? Red past two sweep periods, and where a row is set aside for an hour."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from inquiries.figures.health import take_pulse


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Ages only, no content: open to the monitoring of the house."""
    pulse = take_pulse(now=timezone.now())
    well = pulse.is_well(timedelta(seconds=settings.CHASE_EVERY_SECONDS))
    return JsonResponse(
        {
            "well": well,
            "oldest_due_chase_seconds": pulse.chase_late_seconds,
            "oldest_unsent_message_seconds": pulse.message_late_seconds,
            "set_aside": pulse.set_aside,
            "oldest_set_aside_seconds": pulse.set_aside_seconds,
        },
        status=200 if well else 503,
    )
