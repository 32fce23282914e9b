"""A list that goes out as a file: asked for by one officer, written by the worker, kept for some days."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.fields import DataKey


class Export(models.Model):
    """The inquiries a list held when it was asked for, and the file that the worker made of those she may see."""

    class What(models.TextChoices):
        TODAY = "today", _("Today")
        SEARCH = "search", _("Search")
        BEHIND = "behind", _("Behind a number")

    class Form(models.TextChoices):
        XLSX = "xlsx", "Excel"
        CSV = "csv", "CSV"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    what = models.CharField(_("list"), max_length=8, choices=What)
    form = models.CharField(_("kind of file"), max_length=4, choices=Form)
    language = models.CharField(max_length=8)
    # In the order of the list; emptied once they are written.
    inquiry_ids = ArrayField(models.BigIntegerField())
    total = models.PositiveIntegerField()
    written = models.PositiveIntegerField(_("rows written"), default=0)
    asked_at = models.DateTimeField(_("asked"))
    # When a worker last said that it is at it; who died over it is followed by another.
    held_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(_("done"), null=True)
    # Whose rows were written: who sees less by then is not given the file.
    places = ArrayField(models.BigIntegerField(), default=list)
    whole_district = models.BooleanField(default=False)
    # "" where it could not be written.
    stored_as = models.CharField(max_length=200, blank=True)
    key = models.ForeignKey(DataKey, models.PROTECT, related_name="+", null=True, db_index=False)
    size = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                name="export_file_when_done",
                condition=Q(stored_as="", key=None) | Q(done_at__isnull=False, key__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="export_waits", fields=["asked_at"], condition=Q(done_at=None)),
            models.Index(name="export_of_officer", fields=["officer", "-asked_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.what}.{self.form} {self.pk}"
