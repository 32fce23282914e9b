"""What a district weighs, and the numbered reports it froze."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only, undeletable, written_once
from bureaus.models.written import Written


class ScoreWeights(models.Model):
    """One edition of the weights of a district's composite score; the highest number is in force."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    number = models.PositiveIntegerField(_("edition"))
    # Code of a rate: how many hundredths of a point each percent short of its best costs.
    weights = models.JSONField(_("weights"))
    ranked_from = models.PositiveIntegerField(_("ranked from so many inquiries"), default=10)
    made_at = models.DateTimeField(_("made at"))
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("edition of the score's weights")
        verbose_name_plural = _("editions of the score's weights")
        constraints = [models.UniqueConstraint(name="score_weights_once", fields=["district", "number"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.number}"


class BulletinDraft(Written):
    """A bulletin that was made, waits for its review by another, then for its signature; or was sent back, for good."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    words = models.TextField(_("foreword"), blank=True, max_length=2000)
    # The one it stands in the stead of; withdrawn, that one is void and nothing of it holds.
    replaces = models.ForeignKey(
        "Bulletin", models.PROTECT, null=True, related_name="+", verbose_name=_("stands in the stead of")
    )
    withdraws = models.BooleanField(_("withdraws it"), default=False)
    made_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))
    reviewed_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    passed = models.BooleanField(null=True)
    review = models.TextField(_("review"), blank=True, max_length=2000)
    decided_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    signed = models.BooleanField(null=True)
    reason = models.TextField(_("reason"), blank=True, max_length=2000)

    class Meta:
        verbose_name = _("draft of a bulletin")
        verbose_name_plural = _("drafts of bulletins")
        constraints = [
            models.CheckConstraint(
                name="bulletin_reviewed_by_another",
                condition=Q(reviewed_by=None, reviewed_at=None, passed=None)
                | (
                    Q(reviewed_by__isnull=False, reviewed_at__isnull=False, passed__isnull=False)
                    & ~Q(reviewed_by=F("made_by"))
                ),
            ),
            models.CheckConstraint(
                name="bulletin_signed_after_review",
                condition=Q(decided_by=None, decided_at=None, signed=None)
                | Q(
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    signed__isnull=False,
                    passed__isnull=False,
                    passed=True,
                ),
            ),
            models.CheckConstraint(
                name="bulletin_withdraws_something",
                condition=Q(withdraws=False) | Q(replaces__isnull=False),
            ),
        ]
        triggers = [
            written_once(
                "never_rewritten",
                pgtrigger.Condition(
                    "OLD.decided_at IS NOT NULL OR OLD.passed = false OR (NEW.district_id, NEW.first_on, NEW.last_on, "
                    "NEW.words, NEW.replaces_id, NEW.withdraws, NEW.made_by_id, NEW.made_at) IS DISTINCT FROM "
                    "(OLD.district_id, OLD.first_on, OLD.last_on, OLD.words, OLD.replaces_id, OLD.withdraws, "
                    "OLD.made_by_id, OLD.made_at) OR (OLD.reviewed_at IS NOT NULL AND (NEW.reviewed_by_id, "
                    "NEW.reviewed_at, NEW.passed, NEW.review) IS DISTINCT FROM (OLD.reviewed_by_id, OLD.reviewed_at, "
                    "OLD.passed, OLD.review))"
                ),
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return f"{self.first_on} – {self.last_on}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.decided_at is None and self.passed is not False


class Bulletin(models.Model):
    """A report of a period (通报): its figures and their definitions as they were, numbered, never changed."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    figures = models.JSONField(_("figures"))
    definitions = models.JSONField(_("definitions"))
    version = models.CharField(_("version"), max_length=20)
    made_at = models.DateTimeField(_("made at"))
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    # None where a program froze it under the director's key: nobody reviewed it.
    draft = models.OneToOneField(
        BulletinDraft, models.PROTECT, null=True, related_name="bulletin", verbose_name=_("draft")
    )
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        related_name="replaced_by",
        verbose_name=_("stands in the stead of"),
    )
    withdraws = models.BooleanField(_("withdraws it"), default=False, db_default=False)

    class Meta:
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")
        constraints = [
            models.UniqueConstraint(name="bulletin_number_once", fields=["district", "year", "number"])
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.year}-{self.number}"


class BulletinPublication(models.Model):
    """From then on every bureau of the district reads the bulletin."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    bulletin = models.OneToOneField(
        Bulletin, models.PROTECT, related_name="publication", verbose_name=_("bulletin")
    )
    at = models.DateTimeField(_("published"))
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("publication of a bulletin")
        verbose_name_plural = _("publications of bulletins")
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.bulletin_id}"
