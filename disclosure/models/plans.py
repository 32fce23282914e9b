"""The plan (活动方案) of an open day: the district's, and the one that each bureau gives back."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place, Post
from bureaus.models.guards import undeletable
from bureaus.models.written import Written
from disclosure.models.counts import Count, Measure
from disclosure.models.open_days import Material, OpenDay
from inquiries.models import Duty


def _keys() -> ArrayField[list[int], list[int]]:
    return ArrayField(models.BigIntegerField(), default=list, blank=True)


class DayPlan(Written):
    """What a place plans for an open day; of the district it is issued, of a bureau handed in.

    `parts` are the texts by their code (`disclosure.documents.plan.PARTS`). `asked` is the duty to give it back; a row
    without an author is of a bureau that was asked and has written nothing yet.
    """

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    open_day = models.ForeignKey(OpenDay, models.PROTECT, related_name="plans", verbose_name=_("open day"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    parts = models.JSONField(default=dict)
    # Units that take part, and hotlines that are open that day: keys of rows that are never deleted.
    units = _keys()
    hotlines = _keys()
    asked = models.OneToOneField(
        Duty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked for")
    )
    # 0 until somebody has written at it.
    version = models.PositiveIntegerField(default=0)
    edited_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("edited by")
    )
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    handed_in_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("handed in by")
    )
    handed_in_at = models.DateTimeField(_("handed in"), null=True, blank=True)

    class Meta:
        verbose_name = _("plan of an open day")
        verbose_name_plural = _("plans of open days")
        constraints = [
            models.UniqueConstraint(name="plan_once", fields=["open_day", "place"]),
            models.UniqueConstraint(name="plan_district_key", fields=["id", "district"]),
            models.CheckConstraint(
                name="plan_edited_by_somebody",
                condition=Q(edited_at=None, edited_by=None)
                | Q(edited_at__isnull=False, edited_by__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_written_before_handed_in",
                condition=Q(handed_in_at=None, handed_in_by=None)
                | Q(handed_in_at__isnull=False, handed_in_by__isnull=False, edited_at__isnull=False),
            ),
        ]
        triggers = undeletable()

    def __str__(self) -> str:
        return f"{self.open_day_id}/{self.place_id}"


class PlannedMaterial(models.Model):
    """So much of a material is printed for a bureau's booth; 0 where it was taken out again."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    plan = models.ForeignKey(DayPlan, models.PROTECT, related_name="materials", verbose_name=_("plan"))
    material = models.ForeignKey(Material, models.PROTECT, related_name="+", verbose_name=_("material"))
    printed = models.PositiveIntegerField(_("printed"))

    class Meta:
        verbose_name = _("planned material")
        verbose_name_plural = _("planned materials")
        constraints = [models.UniqueConstraint(name="planned_material_once", fields=["plan", "material"])]
        triggers = undeletable()

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.material_id}"

    @property
    def count(self) -> Count:
        """How much is printed, in the material's own measure."""
        return Count(self.printed, Measure(self.material.measure))


class PlanTask(Written):
    """Something to be done before the day, by one post (责任到人); the duty says whether it is done."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    plan = models.ForeignKey(DayPlan, models.PROTECT, related_name="tasks", verbose_name=_("plan"))
    what = models.CharField(_("task"), max_length=200)
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"))
    due_on = models.DateField(_("due"))
    duty = models.OneToOneField(Duty, models.PROTECT, related_name="+", verbose_name=_("duty"))

    class Meta:
        verbose_name = _("task of a plan")
        verbose_name_plural = _("tasks of plans")
        constraints = [models.CheckConstraint(name="plan_task_has_words", condition=~Q(what=""))]
        triggers = undeletable()

    def __str__(self) -> str:
        return self.what
