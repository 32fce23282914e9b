"""A question to a figure that takes too long to answer while somebody waits."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.models import Place


class Counting(models.Model):
    """A figure asked for by one reader, and its reading once the worker has counted it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    # As signed cursors name the reader: a key or an officer.
    asked_by = models.CharField(max_length=40)
    # The places the question is about; null is the whole district.
    places = ArrayField(models.BigIntegerField(), null=True)
    figure = models.CharField(_("figure"), max_length=40)
    question = models.JSONField(_("question"))
    asked_at = models.DateTimeField(_("asked"))
    done_at = models.DateTimeField(_("done"), null=True)
    # Null where it could not be counted.
    reading = models.JSONField(_("reading"), null=True)

    class Meta:
        verbose_name = _("counting")
        verbose_name_plural = _("countings")
        indexes = [
            models.Index(name="counting_waits", fields=["asked_at"], condition=models.Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.pk}"
