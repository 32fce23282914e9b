"""What every row written at a booth carries: by whom, when it happened there, and when it came in."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer
from bureaus.models.guards import undeletable, written_once
from bureaus.models.written import Written


class Entered(Written):
    """Written once at a booth, and taken back at most once; what reports of the past say has no recorder.

    `happened_at` is the device's hour as it came, `recorded_at` the server's. A key is used once by its recorder, so
    that an entry which a network repeats stands once.
    """

    recorded_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    recorded_at = models.DateTimeField(_("recorded"), null=True, blank=True)
    happened_at = models.DateTimeField(_("happened"), null=True, blank=True)
    clock_doubted = models.BooleanField(_("the device's clock is in doubt"), default=False, db_default=False)
    key = models.CharField(max_length=64, blank=True, default="", db_default="")
    body_hash = models.BinaryField(default=b"", db_default=b"")
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    taken_back_by = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True


def entered_constraints(what: str) -> list[models.BaseConstraint]:
    """An entry is whole, stands once under its key, and names who took it back."""
    return [
        models.UniqueConstraint(
            name=f"{what}_entered_once", fields=["recorded_by", "key"], condition=~Q(key="")
        ),
        models.CheckConstraint(
            name=f"{what}_entered_whole",
            condition=Q(recorded_by=None, recorded_at=None, happened_at=None, key="", taken_back_at=None)
            | (
                Q(recorded_by__isnull=False, recorded_at__isnull=False, happened_at__isnull=False)
                & ~Q(key="")
            ),
        ),
        models.CheckConstraint(
            name=f"{what}_taken_back_by_somebody",
            condition=Q(taken_back_at=None, taken_back_by=None)
            | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
        ),
    ]


def entered_triggers() -> list[pgtrigger.Trigger]:
    """Rows stay as they were written; taking one back is the only change, and happens once."""
    return [
        written_once(
            "never_rewritten",
            pgtrigger.Condition(
                "OLD.taken_back_at IS NOT NULL OR (to_jsonb(OLD) - 'taken_back_at' - 'taken_back_by_id') "
                "IS DISTINCT FROM (to_jsonb(NEW) - 'taken_back_at' - 'taken_back_by_id')"
            ),
        ),
        *undeletable(),
    ]
