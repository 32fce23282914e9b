"""Which place sees which inquiry and why; who held the pen for how long."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place, Post
from bureaus.models.guards import undeletable, written_once
from inquiries.models.inquiry import Inquiry


class Sight(models.Model):
    """A place, or for a sealed inquiry one named reader at it, sees an inquiry for a reason."""

    class Reason(models.TextChoices):
        HOLDS = "holds", _("holds it")
        RECORDED = "recorded", _("recorded it")
        HELD = "held", _("held it")
        ASSISTS = "assists", _("assists")
        OFFERED = "offered", _("is offered it")
        READS = "reads", _("named reader")
        LEADS = "leads", _("answers it with its lead")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="sights", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    # Null: everyone whose scope holds the place. Never null for a sealed inquiry.
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=8, choices=Reason)
    since = models.DateTimeField()
    # Copied from the inquiry by a trigger, so that lists page over this table alone.
    open = models.BooleanField()
    rank = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="sight_once", fields=["inquiry", "place", "officer"], nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(
                name="sight_open_list", fields=["place", "rank", "due_at", "inquiry"], condition=Q(open=True)
            ),
            # What a place holds: an office that hands everything down sees far more than it holds.
            models.Index(
                name="sight_held_list",
                fields=["place", "rank", "due_at", "inquiry"],
                condition=Q(open=True, reason__in=["holds", "reads"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.reason}"


class Pen(models.Model):
    """Whose move it was, from when until when. One open row per unanswered inquiry."""

    class Part(models.TextChoices):
        DISPATCHER = "dispatcher", _("dispatcher")
        HANDLER = "handler", _("handler")
        APPROVER = "approver", _("approver")
        CITIZEN = "citizen", _("citizen")
        COORDINATOR = "coordinate", _("coordinator")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="pens")
    part = models.CharField(max_length=10, choices=Part)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", db_index=False)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    # Of open office, frozen when it was laid down.
    minutes = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="pen_one_open", fields=["inquiry"], condition=Q(until_at=None)),
            models.CheckConstraint(
                name="pen_measured_when_laid_down",
                condition=Q(until_at=None, minutes=None)
                | Q(until_at__isnull=False, minutes__isnull=False, minutes__gte=0),
            ),
        ]
        indexes = [
            models.Index(
                name="pen_laid_down", fields=["place", "until_at"], condition=Q(until_at__isnull=False)
            )
        ]
        triggers = [
            written_once(
                "never_rewritten",
                pgtrigger.Condition(
                    "OLD.until_at IS NOT NULL OR NEW.until_at IS NULL OR "
                    "(NEW.inquiry_id, NEW.part, NEW.place_id, NEW.post_id, NEW.from_at) IS DISTINCT FROM "
                    "(OLD.inquiry_id, OLD.part, OLD.place_id, OLD.post_id, OLD.from_at)"
                ),
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.place_id}"
