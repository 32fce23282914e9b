"""What every page needs: who is reading, how days and hours are written, how a field looks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, ModelChoiceField, RadioSelect, Select
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from bureaus.access import MAY, Act, Holding, Role
from bureaus.figures import MANY, Reader, waiting_for
from bureaus.models import Officer, Place
from bureaus.models.scope import NOTHING
from bureaus.workdays import SHANGHAI

register = template.Library()
NAMED = {-1: gettext_lazy("yesterday"), 0: gettext_lazy("today"), 1: gettext_lazy("tomorrow")}
# A word and a shape beside the colour, so that nobody needs to see red.
SHAPES = {"overdue": "■", "today": "▲", "soon": "●", "later": "○", "citizen": "◇", "approver": "◇"}
# Whoever may do one of these has something to set up.
LEADING = frozenset(
    {Role.SECTION_HEAD, Role.VICE_HEAD, Role.BUREAU_HEAD, Role.CLERK, Role.DIRECTOR, Role.AUDITOR}
)
# Of the district's office and the auditor, who watch all of it.
WATCHING = frozenset({Role.CLERK, Role.DIRECTOR, Role.AUDITOR})
SETTING_UP = frozenset({Act.EDIT_RULES, Act.EDIT_CALENDAR, Act.KEEP_PLACES, Act.KEEP_TEXTS, Act.IMPORT})
# Whoever writes what is published, reviews it or watches it.
PUBLISHING = frozenset({Act.WRITE_ITEM, Act.REVIEW_ITEM, Act.PUBLISH_ITEM, Act.READ_AUDIT})


@dataclass(frozen=True)
class Frame:
    """What the frame of the page shows of its reader."""

    held: list[Holding]
    district: Place | None
    # The example that its pages may show something of.
    example: Place | None
    waits: dict[str, str]
    # Of the district's office, whose three lists are one entry of the menu.
    decides: str
    may_record: bool
    may_set_up: bool
    leads: bool
    dispatches: bool
    watches: bool
    approves: bool
    publishes: bool
    post: Holding | None


@register.filter
def among(name: str | None, names: str) -> bool:
    """Whether the name is one of these, with blanks between them."""
    return name in names.split()


@register.simple_tag
def example_here() -> Place | None:
    """The example district of this installation, for who belongs to none and sees tables of all."""
    return Place.objects.filter(kind=Place.Kind.DISTRICT, is_example=True).order_by("pk").first()


@register.simple_tag(takes_context=True)
def frame(context: dict[str, Any]) -> Frame | None:
    """The reader's posts, district and what waits for her, in one query; None for a stranger or a broken page."""
    request = context.get("request")
    officer = getattr(request, "user", None)
    if not isinstance(officer, Officer):
        return None
    held: list[Holding] = getattr(request, "held", [])
    reader = Reader(officer.pk, held, getattr(request, "seen", NOTHING), timezone.now())
    waits = waiting_for(reader)
    lists = sum(waits.get(name, 0) for name in ("dispatch", "approvals", "callbacks"))
    # Of the posts, read with them; only who holds none asks for it.
    district = (held[0].post.place.district or held[0].post.place) if held else officer.district
    return Frame(
        held=held,
        district=district,
        example=example_here() if district is None else district if district.is_example else None,
        waits={name: _counted(n) for name, n in waits.items()},
        decides=_counted(lists),
        may_record=any(Act.RECORD in MAY[holding.post.role] for holding in held),
        may_set_up=any(SETTING_UP & MAY[holding.post.role] for holding in held),
        leads=any(holding.post.role in LEADING for holding in held),
        dispatches=any(Act.DISPATCH in MAY[holding.post.role] for holding in held),
        watches=any(
            holding.post.role in WATCHING and holding.post.place.kind == Place.Kind.DISTRICT
            for holding in held
        ),
        approves=any(Act.APPROVE in MAY[holding.post.role] for holding in held),
        publishes=any(PUBLISHING & MAY[holding.post.role] for holding in held),
        post=held[0] if held else None,
    )


def _counted(n: int) -> str:
    return f"{MANY}+" if n > MANY else str(n or "")


@register.filter
def shape(urgency: str) -> str:
    """The shape that stands for an urgency of due."""
    return SHAPES.get(urgency, "")


@register.filter
def day(value: date | datetime | None) -> str:
    """A day with its weekday; the year only when it is another one."""
    if value is None:
        return ""
    on = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
    return _written(on, on.year == timezone.localdate().year, get_language())


# A page of rows writes the same few days again and again.
@lru_cache(maxsize=2048)
def _written(on: date, this_year: bool, _language: str) -> str:
    if this_year:
        # Chinese writes 周四 where Django says 星期四.
        return date_format(on, pgettext("a day of this year", "D j M")).replace("星期", "周")
    return date_format(on, pgettext("a day of another year", "j M Y"))


@lru_cache(maxsize=2048)
def _gone_by(on: date, _language: str) -> str:
    return date_format(on, pgettext("a day gone by", "j M"))


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
def second(value: datetime) -> str:
    """Day and hour to the second, where a page refreshes itself and may have stopped to."""
    local = value.astimezone(SHANGHAI)
    return f"{date_format(local, pgettext('a day gone by', 'j M'))} {local:%H:%M:%S}"


@register.filter
def moment(value: datetime | None) -> str:
    """Day and hour; today, yesterday and tomorrow by their names."""
    if value is None:
        return ""
    local, today = value.astimezone(SHANGHAI), timezone.localdate()
    named = NAMED.get((local.date() - today).days)
    if named is not None:
        word = str(named)
    elif local.year == today.year and local < timezone.now() - timedelta(days=2):
        word = _gone_by(local.date(), get_language())
    else:
        word = day(local)
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
def number_first(text: str) -> SafeString:
    """A count for a screen across the room: its digits large, and the words around them small."""
    parts = [part.strip() for part in re.split(r"(\d+)", text)]
    said = (part if part.isdigit() else format_html("<small>{}</small>", part) for part in parts if part)
    return format_html_join(" ", "{}", ((part,) for part in said))


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
def hours(minutes: int) -> str:
    """Minutes as hours with one decimal."""
    return f"{minutes / 60:.1f}"


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
