"""Standard texts (常用答复): words an answer may begin from, kept by a place in editions."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only
from bureaus.models.written import Written
from inquiries.models.inquiry import Topic


class StandardText(Written):
    """One edition of a text; the newest of its `line` is in force unless it withdraws it. The row is the event.

    Offered to the place that keeps it and to every place below it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # All editions of one text.
    line = models.UUIDField(default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(_("edition"))
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="standard_texts", verbose_name=_("place"))
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("topic")
    )
    title = models.CharField(_("title"), max_length=60)
    text = models.TextField(_("text"), max_length=5000)
    withdrawn = models.BooleanField(_("withdrawn"), default=False)
    made_at = models.DateTimeField(_("made at"))
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("standard text")
        verbose_name_plural = _("standard texts")
        constraints = [
            models.UniqueConstraint(name="standard_text_edition_once", fields=["line", "number"]),
            models.CheckConstraint(name="standard_text_counts_from_one", condition=Q(number__gte=1)),
        ]
        indexes = [models.Index(name="standard_text_of_place", fields=["place", "line", "number"])]
        triggers = [
            pgtrigger.Trigger(
                name="goes_on",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.number > 1 THEN
                        PERFORM FROM inquiries_standardtext t
                            WHERE t.line = NEW.line AND t.number = NEW.number - 1 AND t.place_id = NEW.place_id
                                AND NOT t.withdrawn;
                        IF NOT FOUND THEN
                            RAISE EXCEPTION 'an edition follows the one before it, at the same place'
                                USING ERRCODE = 'check_violation', CONSTRAINT = 'standard_text_goes_on';
                        END IF;
                    END IF;
                    RETURN NEW;
                """,
            ),
            *append_only(),
        ]

    def __str__(self) -> str:
        return self.title
