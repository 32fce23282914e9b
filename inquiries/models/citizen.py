"""The person behind a question: shut away, masked, erasable."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.fields import DataKey
from bureaus.models.guards import append_only
from bureaus.models.written import Written


class Citizen(Written):
    """The contact data given with one inquiry, encrypted under a key of its own.

    The same caller is found again by `phone_hash`, never by reading a number. Destroying the key erases the row's
    content and leaves the statistics whole.
    """

    class Standing(models.TextChoices):
        NAMED = "named", _("named")
        CONFIDENTIAL = "confidential", _("confidential")
        ANONYMOUS = "anonymous", _("anonymous")

    # Made by the application: an INSERT under row-level security cannot ask the database for it back.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    standing = models.CharField(_("standing"), max_length=12, choices=Standing, default=Standing.NAMED)
    key = models.ForeignKey(DataKey, models.PROTECT, related_name="+", null=True)
    name = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    email = models.TextField(blank=True)
    address = models.TextField(blank=True)
    # Only where the law asks for it: disclosure applications, 政府信息公开条例 art. 29.
    identity_number = models.TextField(blank=True)
    # What every list may show, made once when the clear text was at hand.
    masked_name = models.CharField(max_length=20, blank=True)
    masked_phone = models.CharField(max_length=20, blank=True)
    phone_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("citizen")
        verbose_name_plural = _("citizens")
        indexes = [models.Index(name="citizen_by_phone", fields=["district", "phone_hash"])]

    def __str__(self) -> str:
        return f"{self.masked_name} {self.masked_phone}".strip() or str(self.get_standing_display())

    def __repr__(self) -> str:
        return f"<Citizen {self.pk}>"


class ClearReading(Written):
    """Who read which contact data in clear, when and why: a log apart from the history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    inquiry = models.ForeignKey("inquiries.Inquiry", models.PROTECT, related_name="clear_readings")
    fields = models.CharField(max_length=80)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("reading in clear")
        verbose_name_plural = _("readings in clear")
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.officer_id}/{self.inquiry_id}"
