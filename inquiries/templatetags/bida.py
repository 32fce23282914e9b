"""Words and shapes for instants, dues and people."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from inquiries.models.chase import Level
from inquiries.services.wording import act_name

register = template.Library()

SHAPES = {"overdue": "■", "today": "▲", "soon": "●", "later": "○"}


@register.filter
def shape(urgency: str) -> str:
    """The shape that says the same as the colour."""
    return SHAPES.get(urgency, "·")


@register.filter
def act(code: str) -> str:
    """An event's code in the reader's language."""
    return act_name(code)


@register.filter
def level(code: str) -> str:
    """A chase's level in the reader's language."""
    return str(Level(code).label) if code in Level.values else ""


@register.filter
def when(at: datetime | None) -> str:
    """An instant in China, to the minute; 24:00 belongs to the day that ends there."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    return local.strftime("%Y-%m-%d %H:%M")


@register.simple_tag
def held_for(from_at: datetime, until_at: datetime | None, now: datetime) -> str:
    """How long a hand held the pen."""
    hours = int(((until_at or now) - from_at).total_seconds() // 3600)
    if hours < 1:
        return _("less than an hour")
    if hours < 48:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(days)d days") % {"days": hours // 24}
