"""A disclosure application before those who judge it: reconsideration (行政复议) and litigation (行政诉讼)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.models import Officer, Place
from bureaus.models.guards import undeletable, written_once
from bureaus.models.written import Written
from inquiries.models.inquiry import Inquiry


class Challenge(Written):
    """One case about one application, entered as it came and closed once; a cell of table four of the yearly report."""

    class Kind(models.TextChoices):
        REVIEW = "review", _("administrative reconsideration")
        SUIT = "suit", _("lawsuit without reconsideration")
        AFTER = "after", _("lawsuit after reconsideration")

    class Result(models.TextChoices):
        PENDING = "pending", pgettext_lazy("case", "not closed yet")
        UPHELD = "upheld", pgettext_lazy("case", "upheld")
        CORRECTED = "corrected", pgettext_lazy("case", "corrected")
        OTHERWISE = "otherwise", pgettext_lazy("case", "another result")
        # It stays on record, and is counted nowhere.
        MISTAKEN = "mistaken", pgettext_lazy("case", "entered by mistake")

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="challenges", verbose_name=_("inquiry"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    body = models.CharField(_("before whom"), max_length=120)
    received_on = models.DateField(_("received on"))
    result = models.CharField(_("result"), max_length=9, choices=Result, default=Result.PENDING)
    closed_on = models.DateField(_("closed on"), null=True)
    entered_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name=_("entered by"), db_index=False
    )
    entered_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = pgettext_lazy("case", "challenge")
        verbose_name_plural = pgettext_lazy("case", "challenges")
        constraints = [
            models.CheckConstraint(name="challenge_names_who_judges", condition=~Q(body="")),
            models.CheckConstraint(
                name="challenge_closed_whole",
                condition=Q(result="pending", closed_on=None)
                | (Q(closed_on__isnull=False, closed_on__gte=F("received_on")) & ~Q(result="pending")),
            ),
        ]
        triggers = [
            written_once(
                "never_rewritten",
                pgtrigger.Condition(
                    "OLD.result <> 'pending' OR (NEW.district_id, NEW.inquiry_id, NEW.kind, NEW.body, "
                    "NEW.received_on, NEW.entered_by_id, NEW.entered_at) IS DISTINCT FROM (OLD.district_id, "
                    "OLD.inquiry_id, OLD.kind, OLD.body, OLD.received_on, OLD.entered_by_id, OLD.entered_at)"
                ),
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.body}"
