"""History: append-only and linked."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only
from inquiries.models.duty import Duty
from inquiries.models.inquiry import Inquiry, Topic


class Event(models.Model):
    """One act. Codes, ids, instants and salted commitments only: erasing personal data breaks nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, null=True, related_name="events", db_index=False)
    duty = models.ForeignKey(Duty, models.PROTECT, null=True, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    code = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    codes = models.JSONField(default=dict)
    hash = models.BinaryField()
    # What the figures count, frozen as it was when the act was written: a later correction rewrites no past month.
    kind = models.CharField(max_length=14, null=True)
    urgency = models.CharField(max_length=8, null=True)
    channel = models.CharField(max_length=12, null=True)
    # No reference in the database: the row of the inquiry has it, and is written first.
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    # Words of inquiries.models.tally, divided by blanks.
    counted = models.CharField(max_length=300, null=True)
    timed = models.CharField(max_length=40, null=True)
    minutes = models.IntegerField(null=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.CheckConstraint(
                name="event_of_one_chain",
                condition=Q(inquiry__isnull=False, duty=None) | Q(inquiry=None, duty__isnull=False),
            ),
            models.UniqueConstraint(
                name="event_once", fields=["inquiry", "seq"], condition=Q(inquiry__isnull=False)
            ),
            models.UniqueConstraint(
                name="event_duty_once", fields=["duty", "seq"], condition=Q(duty__isnull=False)
            ),
        ]
        indexes = [models.Index(name="event_by_day", fields=["district", "at"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.code} {self.seq}"


class DailyRoot(models.Model):
    """A day's seal: an HMAC over the day before's and the last event of every chain that moved that day."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    on = models.DateField()
    chains = models.PositiveIntegerField()
    root = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="daily_root_once", fields=["district", "on"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.on}"
