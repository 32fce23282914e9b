"""The summary (活动总结) of a bureau, or of the district, after an open day."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import undeletable
from bureaus.models.written import Written
from disclosure.models.open_days import OpenDay


class Summary(Written):
    """What is written of an open day; its numbers are names of figures until it is approved, and frozen from then on.

    `parts` are the texts by their code (`disclosure.documents.summary.PARTS`). In them a figure stands as its name in
    braces, so that nobody types a number over it. `frozen` is each figure's words as they were approved.
    """

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    open_day = models.ForeignKey(
        OpenDay, models.PROTECT, related_name="summaries", verbose_name=_("open day")
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("bureau"))
    parts = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    drafted_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("drafted by"))
    drafted_at = models.DateTimeField(_("drafted"))
    edited_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("edited by"))
    edited_at = models.DateTimeField(_("edited"))
    frozen = models.JSONField(null=True, blank=True)
    approved_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved"), null=True)
    # Why it was approved although a check found something; empty where none did.
    approved_although = models.TextField(_("although"), blank=True)
    published_at = models.DateTimeField(_("published"), null=True)
    published_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("summary")
        verbose_name_plural = _("summaries")
        constraints = [
            models.UniqueConstraint(name="summary_once", fields=["open_day", "place"]),
            models.CheckConstraint(
                name="summary_approved_whole",
                condition=Q(approved_at=None, approved_by=None, frozen=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False, frozen__isnull=False),
            ),
            models.CheckConstraint(
                name="summary_published_once_approved",
                condition=Q(published_at=None) | Q(approved_at__isnull=False, published_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen_once_approved",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.approved_at IS NOT NULL AND (OLD.published_at IS NOT NULL OR (to_jsonb(OLD) - 'published_at' "
                    "- 'published_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'published_at' - 'published_by_id'))"
                ),
                func="RAISE EXCEPTION 'an approved summary stays as it was approved' USING ERRCODE = "
                "'check_violation', CONSTRAINT = 'summary_frozen';",
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return f"{self.open_day_id}/{self.place_id}"
