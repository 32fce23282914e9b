"""What a source sent: files that came in, and what each work order said when it was last read."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only, undeletable
from inquiries.models.inquiry import Inquiry


class LedgerFile(models.Model):
    """A file that was brought in, known again by its digest: no word of it is kept."""

    class Holds(models.TextChoices):
        HISTORY = "history", _("matters of before")
        WORK_ORDERS = "work_orders", _("12345 work orders")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    holds = models.CharField(max_length=12, choices=Holds)
    source = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    lines = models.PositiveIntegerField()
    # How its columns were read, by their headings: the next file of the source has the same.
    columns = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("file of a ledger")
        verbose_name_plural = _("files of ledgers")
        indexes = [models.Index(name="ledger_file_by_digest", fields=["district", "digest"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d}"


class WorkOrder(models.Model):
    """What the source said of a matter last, so that only what the source itself changed is changed here.

    Codes and instants stand as they are; words and contact data as keyed hashes, so that erasing breaks nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.OneToOneField(Inquiry, models.PROTECT, related_name="work_order")
    said = models.JSONField(default=dict)
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = _("work order")
        verbose_name_plural = _("work orders")
        triggers = undeletable()

    def __str__(self) -> str:
        return str(self.inquiry_id)
