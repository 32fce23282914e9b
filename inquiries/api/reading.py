"""Inquiries as a client reads them: a list, one, its time line, what changed since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.directory import district_of, items_of
from bureaus.api.door import Door
from bureaus.api.paging import cursor_after, filter_of, read_cursor
from bureaus.api.problems import BadCursor, StartAgain
from bureaus.models import ApiScope
from bureaus.models.prepared import prepared
from bureaus.models.scope import WEB, Scope, scope
from bureaus.serializers import shared
from inquiries.figures.lists import (
    SHOWN,
    ChangesLost,
    NothingToFind,
    answers_first,
    changes_since,
    filtered,
    page_of,
    visible_inquiries,
)
from inquiries.models import Inquiry
from inquiries.serializers.reading import (
    AnsweredInquiryOut,
    ChallengeOut,
    InquiryFilter,
    InquiryPage,
    InquiryQuery,
    LineOut,
    LineQuery,
    SyncOut,
    SyncQuery,
    WholeInquiryOut,
)

PAGE = 50


class Reading(Door):
    """What a key with inquiries:read may ask for."""

    scope = ApiScope.INQUIRIES
    tag = "inquiries"

    def chosen(self, seen: Scope, asked: dict[str, Any], now: datetime) -> Any:
        """The visible inquiries that fit. Raises ValidationError for words that cannot be looked for."""
        try:
            return filtered(visible_inquiries(seen), asked, now=now)
        except NothingToFind as wrong:
            told = _("Look for two Chinese characters or more, or for a word or number of another script.")
            raise ValidationError({"q": [ErrorDetail(told, code="too_short")]}) from wrong


def whole(pk: int) -> Inquiry | None:
    """The inquiry with all that its page shows; None where this reader does not see it."""
    found = Inquiry.objects.select_related(*SHOWN).prefetch_related(answers_first()).filter(pk=pk).order_by()
    with prepared():
        return next(iter(found), None)


class OneInquiry(Reading):
    """One inquiry with its answers."""

    answers = {"GET": (200, WholeInquiryOut)}

    def get(self, request: Request, pk: int) -> Response:
        """As it stands."""
        found = whole(pk)
        if found is None:
            return Response(WholeInquiryOut(get_object_or_404(Inquiry, pk=pk)).data)
        return Response(shared(WholeInquiryOut).to_representation(found))


class Challenges(Reading):
    """The reconsiderations and lawsuits about a disclosure application."""

    answers = {"GET": (200, items_of(ChallengeOut, "ChallengesOut"))}

    def get(self, request: Request, pk: int) -> Response:
        """As they came; none for a matter of another kind."""
        inquiry = get_object_or_404(Inquiry, pk=pk)
        rows = inquiry.challenges.order_by("received_on", "pk")
        return Response({"items": ChallengeOut(rows, many=True).data})


class Line(Reading):
    """The time line of an inquiry: every act, oldest first, and what was said on the way."""

    query = LineQuery
    answers = {"GET": (200, LineOut)}

    def get(self, request: Request, pk: int) -> Response:
        """One page."""
        inquiry = get_object_or_404(Inquiry, pk=pk)
        after, limit = self.asked.get("after", 0), self.asked.get("limit", PAGE)
        events = list(
            inquiry.events.filter(seq__gt=after).select_related("by", "place").order_by("seq")[: limit + 1]
        )
        contacts = inquiry.contacts.select_related("place").order_by("at", "pk") if not after else []
        following = events[limit - 1].seq if len(events) > limit else None
        return Response(LineOut({"items": events[:limit], "next": following, "contacts": contacts}).data)


class Changes(Reading):
    """What changed since the cursor was given; without one, everything from the beginning."""

    query = SyncQuery
    answers = {"GET": (200, SyncOut)}

    def get(self, request: Request) -> Response:
        """In the order of the transactions; nothing that commits late is missed."""
        bound = f"changes|{self.reader}|{sorted(self.seen.places)}|{self.seen.district}"
        after = (0, 0, 0, 0)
        if "cursor" in self.asked:
            first, second, third, fourth = read_cursor(self.asked["cursor"], bound, 4)
            after = (first, second, third, fourth)
        try:
            found = changes_since(self.seen, district_of(request), after, limit=self.asked.get("limit", 200))
        except ChangesLost as lost:
            raise StartAgain from lost
        return Response(
            SyncOut(
                {
                    "items": found.inquiries,
                    "gone": found.gone,
                    "next": cursor_after(list(found.after), bound),
                    "more": found.more,
                }
            ).data
        )


class NdjsonRenderer(BaseRenderer):
    """Only named, so that a client may ask for it; the rows are written as they come."""

    media_type = "application/x-ndjson"
    format = "ndjson"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        """One line."""
        return json.dumps(data, ensure_ascii=False).encode() + b"\n"


class Export(Reading):
    """Every inquiry that fits, one JSON object a line, as one snapshot, however many there are."""

    query = InquiryFilter
    renderer_classes = (NdjsonRenderer,)
    media = {"GET": ("application/x-ndjson",)}
    answers = {"GET": (200, AnsweredInquiryOut)}

    def get(self, request: Request) -> Any:
        """Streamed: a cursor of the database stays open, and memory stays as it is."""
        # Asked once here, so that what is wrong is refused before the first line.
        now = timezone.now()
        self.chosen(self.seen, self.asked, now)
        lines = self._lines(self.seen, self.asked, now)
        response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
        response["Content-Disposition"] = 'attachment; filename="inquiries.ndjson"'
        return response

    def _lines(self, seen: Scope, asked: dict[str, Any], now: datetime) -> Iterator[bytes]:
        # The scope of the request is closed by the time the first line is read: this is one of its own.
        with scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer):
            found = self.chosen(seen, asked, now).select_related(*SHOWN)
            rows = found.prefetch_related(answers_first()).order_by("pk")
            out = AnsweredInquiryOut()
            for inquiry in rows.iterator(chunk_size=1000):
                yield json.dumps(out.to_representation(inquiry), ensure_ascii=False).encode() + b"\n"


class Inquiries(Reading):
    """The inquiries that this reader sees."""

    query = InquiryQuery
    answers = {"GET": (200, InquiryPage)}

    def get(self, request: Request) -> Response:
        """One page; `next` goes on where it ended, however much was recorded meanwhile."""
        asked = self.asked
        sort = asked.get("sort", "-recorded_at")
        bound = filter_of("inquiries", asked | {"sort": sort}, self.reader)
        after = None
        if "cursor" in asked:
            at, pk = read_cursor(asked["cursor"], bound, 2)
            try:
                after = (datetime.fromisoformat(at), int(pk))
            except (TypeError, ValueError) as wrong:
                raise BadCursor from wrong
        rows, more = page_of(
            self.chosen(self.seen, asked, timezone.now()),
            sort=sort,
            after=after,
            limit=asked.get("limit", PAGE),
        )
        following = None
        if more:
            last = rows[-1]
            at = getattr(last, sort.removeprefix("-")).isoformat()
            following = cursor_after([at, last.pk], bound)
        return Response(InquiryPage({"items": rows, "next": following}).data)
