"""Which answers the district calls back about: drawn by the database, once, with the seed on record."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.models import Place
from bureaus.models.guards import append_only
from inquiries.models.answer import Answer


class CallbackDraw(models.Model):
    """The draw of one day's answers. Written by the database's own function alone; nobody draws again."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    on = models.DateField(_("day of the answers"))
    seed = models.UUIDField(_("seed"))
    answers = models.PositiveIntegerField(_("answers that day"))
    drawn = models.PositiveIntegerField(_("drawn"))
    drawn_at = models.DateTimeField(_("drawn at"))

    class Meta:
        verbose_name = _("draw of callbacks")
        verbose_name_plural = _("draws of callbacks")
        constraints = [models.UniqueConstraint(name="callback_draw_once", fields=["district", "on"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.on}"


class DrawnCallback(models.Model):
    """One answer to call back about: by lot, or for a reason that is named."""

    draw = models.ForeignKey(CallbackDraw, models.PROTECT, related_name="callbacks")
    answer = models.OneToOneField(Answer, models.PROTECT, related_name="callback")
    by_lot = models.BooleanField()
    # Words of the reasons, divided by blanks; empty for what the lot alone drew.
    reasons = models.CharField(max_length=120, blank=True)

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.answer_id}"
