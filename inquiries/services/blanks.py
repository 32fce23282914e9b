"""The blanks of a standard text, {办理期限} and the like, and what fills them for one inquiry."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils import translation
from django.utils.formats import date_format

from bureaus.models import Hotline, Place
from bureaus.services.wording import say_until
from bureaus.workdays import SHANGHAI
from inquiries.models import Inquiry

# Each blank by its name in the code and in the words of the field; a text may use either.
BLANKS = {
    "reference": "办件编号",
    "number": "工单编号",
    "place": "承办单位",
    "bureau": "承办局",
    "hotline": "咨询热线",
    "topic": "主题",
    "asked": "提出日期",
    "due": "办理期限",
    "today": "今天",
}
_KNOWN = {chinese: code for code, chinese in BLANKS.items()} | {code: code for code in BLANKS}
# An input method for Chinese types wide braces.
_BLANK = re.compile(r"[{｛]\s*([^{}｛｝\s][^{}｛｝\n]{0,39}?)\s*[}｝]")


def blanks_in(text: str) -> list[str]:
    """The blanks that stand in a text, each once, without its braces."""
    return list(dict.fromkeys(found[1] for found in _BLANK.finditer(text)))


def fill(text: str, values: dict[str, str]) -> str:
    """The text with each blank filled that has a value; the others stand as they were, to be filled in by hand."""

    def filled(found: re.Match[str]) -> str:
        return values.get(_KNOWN.get(found[1], ""), "") or found[0]

    return _BLANK.sub(filled, text)


def values_of(inquiry: Inquiry, *, now: datetime) -> dict[str, str]:
    """What fills the blanks for this inquiry, in Chinese, as its citizen reads it; empty for what it does not have.

    The hotline is the nearest of routine matters, at the holder or above it. Two queries.
    """
    above = inquiry.holder.above_ids
    lines = sorted(
        Hotline.objects.filter(place__in=above, purpose=Hotline.Purpose.ROUTINE).exclude(number=""),
        key=lambda line: (-above.index(line.place_id), line.pk),
    )
    bureau = inquiry.holder
    if bureau.pk != bureau.bureau_id:
        bureau = Place.objects.get(pk=bureau.bureau_id)
    with translation.override("zh-hans"):
        return {
            "reference": inquiry.reference,
            "number": inquiry.external_number,
            # A section means nothing to a citizen without its bureau.
            "place": bureau.name if bureau.pk == inquiry.holder_id else f"{bureau.name}{inquiry.holder.name}",
            "bureau": bureau.name,
            "hotline": _line(lines[0]) if lines else "",
            "topic": inquiry.topic.name if inquiry.topic else "",
            "asked": date_format(inquiry.asked_at.astimezone(SHANGHAI), "Y年n月j日"),
            "due": say_until(inquiry.due_at),
            "today": date_format(now.astimezone(SHANGHAI), "Y年n月j日"),
        }


def _line(hotline: Hotline) -> str:
    return f"{hotline.number}转{hotline.extension}" if hotline.extension else hotline.number
