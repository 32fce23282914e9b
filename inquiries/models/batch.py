"""Cards and slips that one officer is typing in, before they are recorded."""

from __future__ import annotations

import uuid

from django.db import models

from bureaus.models import Officer, Place
from bureaus.models.fields import DataKey


class Batch(models.Model):
    """The draft of one officer's grid, encrypted, for it holds names and numbers. Emptied once all is recorded."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    officer = models.OneToOneField(Officer, models.PROTECT, related_name="+")
    key = models.ForeignKey(DataKey, models.PROTECT, related_name="+", db_index=False)
    content = models.TextField(blank=True)
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.officer_id)
