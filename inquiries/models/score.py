"""What a district weighs, and the numbered reports it froze."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only


class ScoreWeights(models.Model):
    """One edition of the weights of a district's composite score; the highest number is in force."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    number = models.PositiveIntegerField(_("edition"))
    # Code of a rate: how many hundredths of a point each percent short of 100 costs.
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

    class Meta:
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")
        constraints = [
            models.UniqueConstraint(name="bulletin_number_once", fields=["district", "year", "number"])
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.year}-{self.number}"
