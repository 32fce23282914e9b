"""One numbered pursuit (催督办)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only
from inquiries.models.duty import Duty
from inquiries.models.inquiry import Inquiry


class Level(models.TextChoices):
    REMINDER = "reminder", _("reminder")
    URGE = "urge", _("urge")
    SUPERVISE = "supervise", _("supervise")
    CIRCULAR = "circular", _("circular")
    DIGEST = "digest", _("line in the digest")


class Chase(models.Model):
    """Numbers run 1, 2, 3… without a gap per round; a step is taken once or recorded as passed over."""

    district = models.ForeignKey(
        Place, models.PROTECT, related_name="+", verbose_name=_("district"), db_index=False
    )
    inquiry = models.ForeignKey(
        Inquiry, models.PROTECT, null=True, related_name="chases", verbose_name=_("inquiry"), db_index=False
    )
    duty = models.ForeignKey(
        Duty, models.PROTECT, null=True, related_name="chases", verbose_name=_("duty"), db_index=False
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    number = models.PositiveIntegerField(_("number"))
    level = models.CharField(_("level"), max_length=10, choices=Level)
    # The ladder's own key of the step; repeats after the last step carry the repeat's key and no step.
    step = models.SmallIntegerField(null=True)
    step_key = models.CharField(max_length=30)
    passed_over = models.JSONField(default=list)
    due_at = models.DateTimeField(_("was due"))
    chased_at = models.DateTimeField(_("chased"))
    next_at = models.DateTimeField(_("next"))
    by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    # Whom it reached: officer, post, and whether as a copy. Null for what was chased before this was kept.
    told = models.JSONField(null=True)

    class Meta:
        verbose_name = _("chase")
        verbose_name_plural = _("chases")
        constraints = [
            models.CheckConstraint(
                name="chase_of_one_target",
                condition=Q(inquiry__isnull=False, duty=None) | Q(inquiry=None, duty__isnull=False),
            ),
            models.UniqueConstraint(
                name="chase_number_once",
                fields=["inquiry", "round", "number"],
                condition=Q(inquiry__isnull=False),
            ),
            models.UniqueConstraint(
                name="chase_duty_number_once", fields=["duty", "number"], condition=Q(duty__isnull=False)
            ),
            models.UniqueConstraint(
                name="chase_step_once",
                # By its key: a reclassified matter goes on in another ladder, where indexes mean other steps.
                fields=["inquiry", "round", "step_key"],
                condition=Q(inquiry__isnull=False, step__isnull=False),
            ),
            models.UniqueConstraint(
                name="chase_duty_step_once",
                fields=["duty", "step_key"],
                condition=Q(duty__isnull=False, step__isnull=False),
            ),
            models.CheckConstraint(name="chase_counts_from_one", condition=Q(number__gte=1)),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.level} {self.number}"


class SetAside(models.Model):
    """A row the clock could not chase or file: its error, when it is tried again. One bad row never stops the rest."""

    inquiry = models.OneToOneField(Inquiry, models.PROTECT, null=True, related_name="set_aside")
    duty = models.OneToOneField(Duty, models.PROTECT, null=True, related_name="set_aside")
    error = models.TextField()
    tries = models.PositiveIntegerField(default=1)
    since = models.DateTimeField()
    retry_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="set_aside_one_target",
                condition=Q(inquiry__isnull=False, duty=None) | Q(inquiry=None, duty__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.error[:80]
