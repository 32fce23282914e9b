"""A client's own subscriptions to what happens, and the log of what it was sent."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.directory import district_of, items_of
from bureaus.api.door import Door
from bureaus.models import ApiKey, ApiScope, Officer
from bureaus.serializers import PlaceRef, Query, Strict, Text
from inquiries.models import Delivery, Subscription
from inquiries.services.webhooks import end_subscription, replay_delivery, subscribe
from inquiries.services.wording import EVENTS


class WebhookIn(Strict):
    name = Text(max_length=80)
    url = Text(max_length=300, help_text="https, or http inside a range that the district allows")
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(EVENTS)), min_length=1, max_length=60
    )


class WebhookOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    host = serializers.CharField(help_text="of its address; the rest is kept encrypted")
    events = serializers.ListField(child=serializers.CharField())
    bureau = PlaceRef(allow_null=True)
    made_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class NewWebhookOut(WebhookOut):
    secret = serializers.CharField(source="shown", help_text="shown this once: deliveries are signed with it")


class LogQuery(Query):
    limit = serializers.IntegerField(required=False, min_value=1, max_value=200, help_text="50 when left out")


class DeliveryOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    body = serializers.DictField()
    made_at = serializers.DateTimeField()
    attempts = serializers.IntegerField()
    sent_at = serializers.DateTimeField(allow_null=True)
    next_try_at = serializers.DateTimeField(allow_null=True, help_text="null: taken, or given up")
    said = serializers.CharField(help_text="why the last attempt failed")


class Webhooks(Door):
    """Who is told what; a POST subscribes."""

    scope = ApiScope.WEBHOOKS
    tag = "webhooks"
    body = WebhookIn
    answers = {"GET": (200, items_of(WebhookOut, "WebhooksOut")), "POST": (201, NewWebhookOut)}

    def get(self, request: Request) -> Response:
        """Of this reader's district or bureau, newest first."""
        found = Subscription.objects.select_related("bureau").order_by("-made_at", "pk")
        return Response({"items": WebhookOut(found, many=True).data})

    def post(self, request: Request) -> Response:
        """Told from now on; the secret is shown once, here."""
        given, key = self.taken(request), request.auth
        made = subscribe(
            **given,
            district_id=district_of(request),
            bureau=key.bureau if isinstance(key, ApiKey) else None,
            seen=self.seen,
            by=None if isinstance(key, ApiKey) or not isinstance(request.user, Officer) else request.user,
            now=timezone.now(),
        )
        return Response(NewWebhookOut(made).data, status=201)


class OneWebhook(Door):
    """One subscription; DELETE ends it."""

    scope = ApiScope.WEBHOOKS
    tag = "webhooks"
    answers = {"GET": (200, WebhookOut), "DELETE": (204, None)}

    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """As it stands."""
        return Response(WebhookOut(get_object_or_404(Subscription, pk=pk)).data)

    def delete(self, request: Request, pk: uuid.UUID) -> Response:
        """Nothing more is sent; its log stays."""
        end_subscription(get_object_or_404(Subscription, pk=pk).pk, now=timezone.now())
        return Response(status=204)


class DeliveryLog(Door):
    """What was sent and what came of it, newest first."""

    scope = ApiScope.WEBHOOKS
    tag = "webhooks"
    query = LogQuery
    answers = {"GET": (200, items_of(DeliveryOut, "DeliveriesOut"))}

    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """The newest."""
        found = get_object_or_404(Subscription, pk=pk).deliveries.order_by("-made_at", "-id")
        return Response({"items": DeliveryOut(found[: self.asked.get("limit", 50)], many=True).data})


class Replay(Door):
    """Sends a delivery again, the same body under the same id."""

    scope = ApiScope.WEBHOOKS
    tag = "webhooks"
    answers = {"POST": (200, DeliveryOut)}

    def post(self, request: Request, pk: uuid.UUID, delivery: uuid.UUID) -> Response:
        """It is due now."""
        found = get_object_or_404(Delivery, pk=delivery, subscription=pk, subscription__ended_at=None)
        return Response(DeliveryOut(replay_delivery(found.pk, now=timezone.now())).data)
