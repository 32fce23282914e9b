"""What else is owed, as a client reads and does it: through the services that the pages call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.door import Door
from bureaus.api.paging import cursor_after, filter_of, read_cursor
from bureaus.api.problems import BadCursor
from bureaus.models import ApiScope
from inquiries.forms.duties import CallForm
from inquiries.models import Duty
from inquiries.serializers.acting import body_of
from inquiries.serializers.duties import DutyIn, DutyOut, DutyPage, DutyQuery
from inquiries.services.calling import log_call
from inquiries.services.moving import answer_duty

CallIn = body_of(CallForm, "CallIn")


def _seen() -> QuerySet[Duty]:
    return Duty.objects.select_related("place")


class Duties(Door):
    """What is owed beside answers, by when it is due; or what was done."""

    scope = ApiScope.INQUIRIES
    tag = "duties"
    query = DutyQuery
    answers = {"GET": (200, DutyPage)}

    def get(self, request: Request) -> Response:
        """One page, the earliest due first."""
        asked, limit = self.asked, self.asked.get("limit", 50)
        rows = _seen().filter(done_at__isnull=asked.get("open", True))
        if self.seen.district is None:
            rows = rows.filter(place__in=self.seen.places)
        for name in ("kind", "place", "inquiry"):
            if name in asked:
                rows = rows.filter(**{name: asked[name]})
        bound = filter_of("duties", asked, self.reader)
        if "cursor" in asked:
            due, pk = read_cursor(asked["cursor"], bound, 2)
            try:
                at = datetime.fromisoformat(due)
            except (TypeError, ValueError) as wrong:
                raise BadCursor from wrong
            rows = rows.filter(Q(due_at__gte=at) & (Q(due_at__gt=at) | Q(pk__gt=pk)))
        shown = list(rows.order_by("due_at", "pk")[: limit + 1])
        following = None
        if len(shown) > limit:
            last = shown[limit - 1]
            following = cursor_after([last.due_at.isoformat(), last.pk], bound)
        return Response(DutyPage({"items": shown[:limit], "next": following}).data)


class OneDuty(Door):
    """One duty."""

    scope = ApiScope.INQUIRIES
    tag = "duties"
    answers = {"GET": (200, DutyOut)}

    def get(self, request: Request, pk: int) -> Response:
        """As it stands."""
        return Response(DutyOut(get_object_or_404(_seen(), pk=pk)).data)


class DoneDuty(Door):
    """An assist, investigation, acknowledgement, promise, circular or brought duty is done, in words."""

    scope = ApiScope.ACT
    tag = "duties"
    body = DutyIn
    answers = {"POST": (200, DutyOut)}

    def post(self, request: Request, pk: int) -> Response:
        """Done; what has an act of its own is refused."""
        get_object_or_404(Duty, pk=pk)
        given: dict[str, Any] = self.taken(request)
        answer_duty(
            pk,
            reply=given["reply"],
            decision=given.get("decision", "done"),
            planned_on=given.get("planned_on"),
            by=self.officer,
            now=timezone.now(),
        )
        return Response(DutyOut(get_object_or_404(_seen(), pk=pk)).data)


class LoggedCall(Door):
    """A call to the citizen who is to be told, with its result."""

    scope = ApiScope.ACT
    tag = "duties"
    body = CallIn
    answers = {"POST": (200, DutyOut)}

    def post(self, request: Request, pk: int) -> Response:
        """On record; the duty ends once the citizen was told, or after three attempts."""
        get_object_or_404(Duty, pk=pk)
        given = self.taken(request)
        log_call(
            pk,
            result=given["result"],
            at=given.get("at"),
            words=given.get("reply") or "",
            by=self.officer,
            now=timezone.now(),
        )
        return Response(DutyOut(get_object_or_404(_seen(), pk=pk)).data)
