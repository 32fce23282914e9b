"""The inquiries behind each figure, or behind one cell of it: together they count the same."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.paging import cursor_after, filter_of, read_cursor
from bureaus.models import ApiScope
from bureaus.services.calendar import calendar_for
from inquiries.api.credibility import signal_called
from inquiries.api.statistics import Statistic, asking, figure_called, today
from inquiries.figures import FIGURES, PARTS, CannotAsk, Query
from inquiries.figures.asking import DIMENSIONS
from inquiries.figures.chasing import overdue_inquiries, unacknowledged_inquiries
from inquiries.figures.credibility import EDITED, SIGNALS, edited_inquiries, signalled_inquiries
from inquiries.figures.lists import newest_of
from inquiries.figures.reading import no_longer_than, waited_for
from inquiries.figures.times import LABELS, held_inquiries, timed_inquiries
from inquiries.figures.topics import worded_inquiries
from inquiries.models import Inquiry
from inquiries.serializers.reading import CountedPage
from inquiries.serializers.statistics import (
    BAND_CODES,
    AcknowledgementInquiriesQuery,
    AgeingInquiriesQuery,
    FigureInquiriesQuery,
    HeldInquiriesQuery,
    RuleEditInquiriesQuery,
    SignalInquiriesQuery,
    TimesInquiriesQuery,
    WordInquiriesQuery,
)


class _Behind(Statistic):
    scope = ApiScope.INQUIRIES
    conditional = False
    renderer_classes = (JSONRenderer,)
    media = {}
    answers = {"GET": (200, CountedPage)}
    # What `key` names where the figure is always told by the same.
    told_by: ClassVar[tuple[str, ...]] = ()

    def get(self, request: Request, **named: str) -> Response:
        """One page, newest first."""
        bound = filter_of(request.path, self.asked, self.reader)
        limit = self.asked.get("limit", 50)
        with asking():
            rows = self.behind(**named)
            before = None
            if "cursor" in self.asked:
                [before] = read_cursor(self.asked["cursor"], bound, 1)
            with no_longer_than(waited_for(periods=3)):
                shown, more = newest_of(rows, before=before, limit=limit)
        following = cursor_after([shown[-1].pk], bound) if more else None
        return Response(CountedPage({"items": shown, "next": following}).data)

    def behind(self, **named: str) -> QuerySet[Inquiry]:
        """Each with `times`. Raises CannotAsk, TooWide, NotFound."""
        raise NotImplementedError

    def keys(self, question: Query) -> tuple[Any, ...]:
        """The cell asked for, none for all of them. Raises CannotAsk."""
        if "key" not in self.asked:
            return ()
        names = (*(question.group_by or self.told_by), *(("interval",) if question.interval else ()))
        given = self.asked["key"]
        if len(given) != len(names):
            raise CannotAsk("key", _("Give the key of each dimension and of the interval, in their order."))
        return tuple(_key(name, code) for name, code in zip(names, given, strict=True))


def _key(name: str, code: str) -> int | str | None:
    if not DIMENSIONS.get(name, "").endswith("_id"):
        return code
    if code and not (code.isascii() and code.isdigit() and len(code) < 19):
        raise CannotAsk("key", _("There is no such key."))
    return int(code) if code else None


class FigureInquiries(_Behind):
    """The inquiries behind a count or rate, of a rate its numerator or what it is of, as far as this reader sees."""

    words = {"figure": FIGURES.keys}
    query = FigureInquiriesQuery

    def behind(self, **named: str) -> QuerySet[Inquiry]:
        """By any of the figure's parameters."""
        found, question = figure_called(named["figure"]), self.question()
        calendar = calendar_for(question.district_id)
        return found.inquiries(
            question,
            now=timezone.now(),
            calendar=calendar,
            keys=self.keys(question),
            counted=self.asked.get("counted", PARTS[0]),
        )


class TimedInquiries(_Behind):
    """The inquiries whose acts took the time; by channel, those behind the recording lag."""

    words = {"time": LABELS.keys}
    query = TimesInquiriesQuery

    def behind(self, **named: str) -> QuerySet[Inquiry]:
        """One of recording, contact, answer, filing."""
        if named["time"] not in LABELS:
            raise NotFound
        question = self.question()
        return timed_inquiries(named["time"], question, now=timezone.now(), keys=self.keys(question))


class HeldInquiries(_Behind):
    """The inquiries that lay with somebody."""

    query = HeldInquiriesQuery
    told_by = ("place",)

    def behind(self, **named: str) -> QuerySet[Inquiry]:
        """Of all, or of one place or part."""
        question = self.question()
        part = self.asked.get("part", "")
        return held_inquiries(question, now=timezone.now(), keys=self.keys(question), part=part)


class AgeingInquiries(_Behind):
    """The inquiries that are overdue now."""

    query = AgeingInquiriesQuery
    told_by = ("bureau",)

    def behind(self, **named: str) -> QuerySet[Inquiry]:
        """Of all, or of one bureau, band or level."""
        question = self.question(period=today())
        days, level = self.asked.get("days_late"), self.asked.get("level")
        return overdue_inquiries(
            question,
            now=timezone.now(),
            calendar=calendar_for(question.district_id),
            keys=self.keys(question),
            band=None if days is None else BAND_CODES.index(days),
            level="" if level == "none" else level,
        )


class UnacknowledgedInquiries(_Behind):
    """The inquiries on which a word is owed."""

    query = AcknowledgementInquiriesQuery
    told_by = ("place",)

    def behind(self, **named: str) -> QuerySet[Inquiry]:
        """Of all, or of one place."""
        question = self.question(period=today())
        return unacknowledged_inquiries(question, now=timezone.now(), keys=self.keys(question))


class SignalInquiries(_Behind):
    """The inquiries that show the sign, or all that were looked at, as far as this reader sees them."""

    words = {"signal": SIGNALS.keys}
    query = SignalInquiriesQuery
    told_by = ("place",)

    def behind(self, **named: str) -> QuerySet[Inquiry]:
        """Of all, or of one place."""
        code, question = signal_called(named["signal"]).code, self.question()
        return signalled_inquiries(
            code,
            question,
            now=timezone.now(),
            keys=self.keys(question),
            counted=self.asked.get("counted", PARTS[0]),
        )


class WordInquiries(_Behind):
    """The inquiries whose question holds a word that is told."""

    query = WordInquiriesQuery

    def behind(self, **named: str) -> QuerySet[Inquiry]:
        """Of one word."""
        return worded_inquiries(self.asked["word"], self.question(), now=timezone.now())


class RuleEditInquiries(_Behind):
    """The inquiries answered since an edit of the answer rules, or those of them in time by one of the two."""

    query = RuleEditInquiriesQuery

    def behind(self, **named: str) -> QuerySet[Inquiry]:
        """Of one edition."""
        question = self.question()
        return edited_inquiries(
            self.asked["edition"],
            self.asked.get("counted", EDITED[0]),
            question,
            now=timezone.now(),
            calendar=calendar_for(question.district_id),
        )
