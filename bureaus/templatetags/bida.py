"""What every page needs: who is reading, how days and hours are written, how a field looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, ModelChoiceField, RadioSelect, Select
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bureaus.access import MAY, Act, Holding
from bureaus.models import Officer, Place
from bureaus.models.notices import Notice
from bureaus.workdays import SHANGHAI

register = template.Library()
# More unread notices than this are not counted.
MANY = 99
# Whoever may do one of these has something to set up.
SETTING_UP = frozenset({Act.EDIT_RULES, Act.EDIT_CALENDAR, Act.KEEP_PLACES})


@dataclass(frozen=True)
class Frame:
    """What the frame of the page shows of its reader."""

    held: list[Holding]
    district: Place | None
    unread: str
    may_record: bool
    may_set_up: bool
    post: Holding | None


@register.simple_tag(takes_context=True)
def frame(context: dict[str, Any]) -> Frame | None:
    """The reader's posts, district and unread notices, in one query; None for a stranger or a broken page."""
    request = context.get("request")
    officer = getattr(request, "user", None)
    if not isinstance(officer, Officer):
        return None
    held: list[Holding] = getattr(request, "held", [])
    unread = Notice.objects.unread().filter(recipient=officer)[: MANY + 1].count()
    return Frame(
        held=held,
        # Of the posts, read with them; only who holds none asks for it.
        district=(held[0].post.place.district or held[0].post.place) if held else officer.district,
        unread=f"{MANY}+" if unread > MANY else str(unread or ""),
        may_record=any(Act.RECORD in MAY[holding.post.role] for holding in held),
        may_set_up=any(SETTING_UP & MAY[holding.post.role] for holding in held),
        post=held[0] if held else None,
    )


@register.filter
def day(value: date | datetime | None) -> str:
    """A day with its weekday; the year only when it is another one."""
    if value is None:
        return ""
    on = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
    if on.year == timezone.localdate().year:
        return date_format(on, pgettext("a day of this year", "D j M"))
    return date_format(on, pgettext("a day of another year", "j M Y"))


@register.filter
def weekday_name(number: int) -> str:
    """The weekday of a number, Monday is 0."""
    return str(WEEKDAYS[number])


@register.filter
def weekday_letter(on: date) -> str:
    """The weekday as a column of a small month names it: 一 for 星期一, Mo for Monday."""
    name = str(WEEKDAYS[on.weekday()])
    return name[-1] if name.startswith("星期") else name[:2]


@register.filter
def clock(value: datetime | None) -> str:
    """The hour in Asia/Shanghai."""
    return value.astimezone(SHANGHAI).strftime("%H:%M") if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """Day and hour; today, yesterday and tomorrow by their names."""
    if value is None:
        return ""
    local = value.astimezone(SHANGHAI)
    named = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    word = named.get((local.date() - timezone.localdate()).days) or day(local)
    if local.year == timezone.localdate().year and local < timezone.now() - timedelta(days=2):
        word = date_format(local, pgettext("a day gone by", "j M"))
    return f"{word} {local:%H:%M}"


@register.filter
def until(value: datetime | None) -> str:
    """An exclusive instant as people say it: midnight is 24:00 of the day that ends there."""
    if value is None:
        return ""
    local = value.astimezone(SHANGHAI)
    if local.hour == local.minute == 0:
        return f"{day(local - timedelta(days=1))} 24:00"
    return f"{day(local)} {local:%H:%M}"


@register.filter
def span(value: timedelta | None) -> str:
    """A length of time in its largest fitting unit."""
    if value is None:
        return ""
    minutes = int(value.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return _("%(n)d days") % {"n": minutes // (24 * 60)}
    if minutes >= 60:
        return _("%(n)d hours") % {"n": minutes // 60}
    return _("%(n)d minutes") % {"n": max(minutes, 1)}


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's control, dressed for the style sheet and marked when it was refused."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect):
        return field.as_widget()
    if isinstance(widget, CheckboxInput):
        dress = "form-check-input"
    elif isinstance(widget, Select):
        dress = "form-select"
        if isinstance(field.field, ModelChoiceField) and field.field.empty_label == "---------":
            # Django's row of dashes looks like an error.
            field.field.empty_label = _("please choose") if field.field.required else "—"
    else:
        dress = "form-control"
    return field.as_widget(attrs={"class": f"{dress} is-invalid" if field.errors else dress})


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether the control is one box to tick."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_radio(field: BoundField) -> bool:
    """Whether the control is a group of choices."""
    return isinstance(field.field.widget, RadioSelect)
