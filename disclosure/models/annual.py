"""The yearly report (政府信息公开工作年度报告) of a bureau, or of the district."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import undeletable
from bureaus.models.written import Written


class AnnualReport(Written):
    """What a place reports of one year, in the form of 2021 (国办公开办函〔2021〕30号).

    `cells` are the numbers that are kept elsewhere and entered by hand, as typed (`disclosure.documents.annual.CELLS`);
    what Bida records is counted and never typed. `parts` are the texts. `frozen` is every number as it was approved.
    """

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("bureau"))
    year = models.PositiveSmallIntegerField(_("year"))
    cells = models.JSONField(default=dict)
    parts = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("edited by"))
    edited_at = models.DateTimeField(_("edited"))
    frozen = models.JSONField(null=True, blank=True)
    approved_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved"), null=True)
    # Why it was approved although a check found something; empty where none did.
    approved_although = models.TextField(_("although"), blank=True)

    class Meta:
        verbose_name = _("yearly report")
        verbose_name_plural = _("yearly reports")
        constraints = [
            models.UniqueConstraint(name="annual_report_once", fields=["place", "year"]),
            models.CheckConstraint(
                name="annual_report_approved_whole",
                condition=Q(approved_at=None, approved_by=None, frozen=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False, frozen__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen_once_approved",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.approved_at IS NOT NULL"),
                func="RAISE EXCEPTION 'an approved report stays as it was approved' USING ERRCODE = "
                "'check_violation', CONSTRAINT = 'annual_report_frozen';",
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return f"{self.place_id}/{self.year}"
