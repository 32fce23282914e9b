"""Named sets of inquiries and duties."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from inquiries.models.duty import Duty  # noqa: F401  # named in a string that Django never evaluates
    from inquiries.models.inquiry import Inquiry  # noqa: F401


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def unanswered(self) -> Self:
        """Still owed an answer, riders included."""
        return self.filter(answered_at=None)

    def due_for_chase(self, now: datetime) -> Self:
        """Those whose next chase has come."""
        return self.filter(next_chase_at__lte=now)

    def overdue(self, now: datetime) -> Self:
        """Unanswered past the due instant."""
        return self.filter(answered_at=None, due_at__lte=now)


class DutyQuerySet(models.QuerySet["Duty"]):
    def open(self) -> Self:
        """Not done."""
        return self.filter(done_at=None)

    def due_for_chase(self, now: datetime) -> Self:
        """Those whose next chase has come."""
        return self.filter(next_chase_at__lte=now)
