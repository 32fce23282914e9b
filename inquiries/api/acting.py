"""Inquiries recorded and acted on by a client, through the services that the pages call."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.door import Door
from bureaus.api.problems import CannotStand
from bureaus.models import ApiScope, Place
from bureaus.models.fields import NotAPhone
from bureaus.serializers import Strict, shared
from inquiries.acts import DEEDS, Deed
from inquiries.api.reading import Inquiries, whole
from inquiries.models import Inquiry, Topic
from inquiries.serializers.acting import ActOut, ClearIn, ClearOut, RecordIn, body_of
from inquiries.serializers.reading import InquiryPage, UnansweredOut, WholeInquiryOut
from inquiries.services.answering import AnswerGiven
from inquiries.services.reading import read_clear
from inquiries.services.recording import CitizenGiven, record_inquiry

KEY = "Idempotency-Key"


# Recording has a savepoint of its own, for the key that comes twice at once, and the list only reads.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class RecordAndList(Inquiries):
    """The inquiries that this reader sees; a POST records one."""

    body = RecordIn
    answers = {"GET": (200, InquiryPage), "POST": (201, WholeInquiryOut)}
    scopes = {"POST": ApiScope.RECORD}
    headers_read: ClassVar[dict[str, tuple[tuple[str, str, bool], ...]]] = {
        "POST": ((KEY, "up to 64 characters; the same key and body give the same inquiry", True),)
    }
    also: ClassVar[dict[str, tuple[tuple[int, type[Any]], ...]]] = {"POST": ((200, WholeInquiryOut),)}
    located: ClassVar[dict[str, tuple[int, ...]]] = {"POST": (200, 201)}

    def post(self, request: Request) -> Response:
        """Recorded, answered at once or owed an answer; 200 where the same key recorded it before."""
        key = request.headers.get(KEY, "").strip()
        if not key or len(key) > 64 or not key.isprintable():
            wanted = _("Send a key of your own, up to 64 characters, with each new inquiry.")
            raise ValidationError({KEY: [ErrorDetail(wanted, code="required")]})
        given, now = self.taken(request, RecordIn), timezone.now()
        recorded = self._record(given, key, now)
        first = recorded.recorded_at == now
        if first and not given.get("answer"):
            # All of it is at hand, and nobody has answered.
            told = shared(UnansweredOut).to_representation(recorded) | {"answers": []}
        else:
            told = shared(WholeInquiryOut).to_representation(whole(recorded.pk) or recorded)
        response = Response(told, status=201 if first else 200)
        response["Location"] = f"/api/v1/inquiries/{recorded.pk}"
        return response

    def _record(self, given: dict[str, Any], key: str, now: datetime) -> Inquiry:
        try:
            with transaction.atomic():
                return self._record_once(given, key, now)
        except IntegrityError as wrong:
            if "submission_once" not in str(wrong):
                raise
        # The same key came twice at once, and the other was first: now it is there to be given back.
        with transaction.atomic():
            return self._record_once(given, key, now)

    def _record_once(self, given: dict[str, Any], key: str, now: datetime) -> Inquiry:
        place = self._place(given["place"], "place", inside=self.seen.places)
        about = given.get("about_place")
        topic = given.get("topic")
        citizen, answer = given.get("citizen"), given.get("answer")
        try:
            return record_inquiry(
                by=self.officer,
                now=now,
                place=place,
                kind=given["kind"],
                channel=given["channel"],
                question=given["question"],
                asked_at=given.get("asked_at"),
                received_on=given.get("received_on"),
                urgency=given.get("urgency", "ordinary"),
                topic=self._topic(topic, place) if topic else None,
                source=given.get("source_system", ""),
                external_number=given.get("external_number", ""),
                external_due_at=given.get("external_due_at"),
                about_place=self._place(about, "about_place", district=place.root_id) if about else None,
                citizen=CitizenGiven(**citizen) if citizen else None,
                answer=AnswerGiven(**answer) if answer else None,
                key=key,
                held=self.held,
            )
        except NotAPhone as wrong:
            raise CannotStand({"citizen": {"phone": [ErrorDetail(str(wrong), code="invalid")]}}) from wrong

    def _place(
        self, pk: int, field: str, *, inside: frozenset[int] | None = None, district: int | None = None
    ) -> Place:
        found = next((held.post.place for held in self.held if held.post.place_id == pk), None)
        if found is None:
            found = Place.objects.filter(pk=pk).first()
        if (
            found is None
            or found.abolished_on is not None
            or (inside is not None and pk not in inside)
            or (district is not None and found.root_id != district)
        ):
            told = _("There is no standing place of this number here.")
            raise CannotStand({field: [ErrorDetail(told, code="invalid_choice")]})
        return found

    def _topic(self, pk: int, place: Place) -> Topic:
        found = Topic.objects.filter(pk=pk, district=place.root_id).first()
        if found is None:
            raise CannotStand(
                {"topic": [ErrorDetail(_("There is no topic of this number."), code="invalid_choice")]}
            )
        return found


class ActDoor(Door):
    """One act of the life cycle, as the table of acts says it."""

    scope = ApiScope.ACT
    tag = "acts"
    deed: ClassVar[Deed]
    answers = {"POST": (200, ActOut)}

    def post(self, request: Request, pk: int) -> Response:
        """Done, or refused with the reason."""
        deed, officer, now = self.deed, self.officer, timezone.now()
        inquiry = get_object_or_404(Inquiry.objects.select_related("holder", "rule", "topic"), pk=pk)
        given = {name: value for name, value in self.taken(request).items() if value is not None}
        form = deed.form(given, inquiry=inquiry, officer=officer)
        if not form.is_valid():
            raise CannotStand(_errors_of(form))
        deed.run(inquiry, form.cleaned_data, officer, now)
        return Response(ActOut({"done": deed.code, "inquiry": whole(pk)}).data)


def _errors_of(form: forms.Form) -> dict[str, list[ErrorDetail]]:
    return {
        "non_field_errors" if name == "__all__" else name: [
            ErrorDetail(str(message), code=error.code or "invalid")
            for error in errors
            for message in error.messages
        ]
        for name, errors in form.errors.as_data().items()
    }


class Clear(Door):
    """Who asked, in clear: an act with a reason, on record before it is answered."""

    scope = ApiScope.PERSONAL
    tag = "inquiries"
    body = ClearIn
    answers = {"POST": (200, ClearOut)}

    def post(self, request: Request, pk: int) -> Response:
        """What is known of the citizen."""
        get_object_or_404(Inquiry, pk=pk)
        given = self.taken(request)
        clear = read_clear(pk, reason=given["reason"], by=self.officer, now=timezone.now())
        return Response(ClearOut(clear).data)


def doors_of_acts() -> list[tuple[str, type[ActDoor]]]:
    """One door for each row of the table of acts, with the body its form describes."""
    made = []
    for deed in DEEDS:
        name = "".join(part.capitalize() for part in deed.code.split("-"))
        body: type[Strict] = body_of(deed.form, f"{name}ActIn")
        door = type(
            f"{name}Door", (ActDoor,), {"deed": deed, "body": body, "told": deed.label, "tells": deed.tells}
        )
        made.append((deed.code, door))
    return made
