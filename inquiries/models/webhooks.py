"""Who outside is told what happens, and each telling on its way."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import DataKey, Place
from bureaus.models.guards import undeletable


class Subscription(models.Model):
    """A system that is told of events, at an address and under a secret that are both encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    bureau = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("bureau"))
    name = models.CharField(_("name"), max_length=80)
    events = ArrayField(models.CharField(max_length=30), verbose_name=_("events"))
    key = models.ForeignKey(DataKey, models.PROTECT, related_name="+")
    url = models.TextField()
    secret = models.TextField()
    host = models.CharField(_("host"), max_length=255)
    made_at = models.DateTimeField(_("made at"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [models.CheckConstraint(name="subscription_has_events", condition=~Q(events=[]))]
        triggers = undeletable()

    # The secret in clear, on the one object that came from subscribing.
    shown: str = ""

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event for one subscriber, written in the transaction of the event; sent until it is taken."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="deliveries")
    body = models.JSONField()
    made_at = models.DateTimeField()
    # Null: taken, or given up.
    next_try_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(name="delivery_due", fields=["next_try_at"], condition=Q(next_try_at__isnull=False)),
            models.Index(name="delivery_log", fields=["subscription", "-made_at", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
