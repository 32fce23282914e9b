"""One act on many inquiries, row by row: what became of each."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place


class BulkAct(models.Model):
    """An act that an officer confirmed for a selection. Its id comes with the preview, so that it is done once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    act = models.CharField(_("act"), max_length=40)
    begun_at = models.DateTimeField()
    # Of each inquiry by its id: "" where it was done, else why not. No word of a citizen.
    results = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("act on many inquiries")
        verbose_name_plural = _("acts on many inquiries")

    def __str__(self) -> str:
        return f"{self.act} {self.pk}"
