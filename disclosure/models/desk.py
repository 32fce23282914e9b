"""What a booth has besides receptions and handouts: its stock, its contact cards, and the issues people raise there."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only, undeletable, written_once
from disclosure.models.counts import Count, Measure
from disclosure.models.entered import Entered, entered_constraints, entered_triggers
from disclosure.models.open_days import Booth, Material
from inquiries.models import Inquiry


class Supply(Entered):
    """So much of a material was printed for a booth or brought to it."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    booth = models.ForeignKey(Booth, models.PROTECT, related_name="supplies", verbose_name=_("booth"))
    material = models.ForeignKey(
        Material, models.PROTECT, related_name="supplies", verbose_name=_("material")
    )
    value = models.PositiveIntegerField(_("brought"))

    class Meta:
        verbose_name = _("supply")
        verbose_name_plural = _("supplies")
        constraints = [
            models.CheckConstraint(name="supply_of_something", condition=Q(value__gte=1)),
            *entered_constraints("supply"),
        ]
        triggers = entered_triggers()

    def __str__(self) -> str:
        return f"{self.booth_id}/{self.material_id}"


class ContactCard(Entered):
    """A contact card (联心卡) with its serial, given out at a booth; what comes back on it is a `CardReturn`."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    booth = models.ForeignKey(Booth, models.PROTECT, related_name="cards", verbose_name=_("booth"))
    serial = models.CharField(_("serial"), max_length=20)

    class Meta:
        verbose_name = _("contact card")
        verbose_name_plural = _("contact cards")
        constraints = [
            models.UniqueConstraint(
                name="card_serial_once", fields=["district", "serial"], condition=Q(taken_back_at=None)
            ),
            models.CheckConstraint(name="card_has_a_serial", condition=~Q(serial="")),
            *entered_constraints("card"),
        ]
        triggers = entered_triggers()

    def __str__(self) -> str:
        return self.serial


class CardReturn(models.Model):
    """A card came back with a question on it."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    card = models.ForeignKey(
        ContactCard, models.PROTECT, related_name="returns", verbose_name=_("contact card")
    )
    inquiry = models.OneToOneField(Inquiry, models.PROTECT, related_name="+", verbose_name=_("inquiry"))
    returned_at = models.DateTimeField(_("returned"))

    class Meta:
        verbose_name = _("returned card")
        verbose_name_plural = _("returned cards")
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.card_id}"


class HotIssue(Entered):
    """An issue that people raised at a booth (热点问题), in words of its own; an answer of its own is owed."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    booth = models.ForeignKey(Booth, models.PROTECT, related_name="hot_issues", verbose_name=_("booth"))
    words = models.CharField(_("issue"), max_length=300)

    class Meta:
        verbose_name = _("hot issue")
        verbose_name_plural = _("hot issues")
        constraints = [
            models.CheckConstraint(name="issue_has_words", condition=~Q(words="")),
            *entered_constraints("issue"),
        ]
        triggers = entered_triggers()

    def __str__(self) -> str:
        return self.words


class Raised(Entered):
    """So many people raised an issue; or an inquiry is about it."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    issue = models.ForeignKey(HotIssue, models.PROTECT, related_name="raised", verbose_name=_("hot issue"))
    people_value = models.PositiveIntegerField(_("people"), default=0)
    people_at_least = models.BooleanField(_("and more"), default=False)
    inquiry = models.ForeignKey(
        Inquiry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("inquiry")
    )

    class Meta:
        verbose_name = _("raised")
        verbose_name_plural = _("raised")
        constraints = [
            models.CheckConstraint(
                name="raised_by_somebody", condition=Q(people_value__gte=1) | Q(inquiry__isnull=False)
            ),
            models.UniqueConstraint(
                name="raised_inquiry_once",
                fields=["issue", "inquiry"],
                condition=Q(inquiry__isnull=False, taken_back_at=None),
            ),
            *entered_constraints("raised"),
        ]
        triggers = entered_triggers()

    def __str__(self) -> str:
        return f"{self.issue_id}"

    @property
    def people(self) -> Count:
        """How many raised it."""
        return Count(self.people_value, Measure.PERSON, self.people_at_least)


class IssueAnswer(Entered):
    """What the bureau says to an issue; a later one stands beside the earlier."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    issue = models.ForeignKey(HotIssue, models.PROTECT, related_name="answers", verbose_name=_("hot issue"))
    text = models.TextField(_("answer"))

    class Meta:
        verbose_name = _("answer to an issue")
        verbose_name_plural = _("answers to issues")
        constraints = [
            models.CheckConstraint(name="issue_answer_has_words", condition=~Q(text="")),
            *entered_constraints("issue_answer"),
        ]
        triggers = entered_triggers()

    def __str__(self) -> str:
        return f"{self.issue_id}"


class IssuePublication(models.Model):
    """An answer to an issue as everybody reads it on the page of its day, until it is withdrawn or a later one is."""

    answer = models.OneToOneField(
        IssueAnswer, models.PROTECT, primary_key=True, related_name="publication", verbose_name=_("answer")
    )
    issue = models.ForeignKey(
        HotIssue, models.PROTECT, related_name="publications", verbose_name=_("hot issue"), db_index=False
    )
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("publication of an issue")
        verbose_name_plural = _("publications of issues")
        constraints = [
            models.UniqueConstraint(
                name="issue_published_once", fields=["issue"], condition=Q(withdrawn_at=None)
            ),
            models.CheckConstraint(
                name="issue_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="of_an_answer_by_another",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    PERFORM FROM disclosure_issueanswer a WHERE a.id = NEW.answer_id AND a.issue_id = NEW.issue_id
                        AND a.taken_back_at IS NULL AND a.recorded_by_id <> NEW.published_by_id;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'an answer to an issue is published by another than who wrote it'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_published_by_another';
                    END IF;
                    RETURN NEW;
                """,
            ),
            written_once(
                "never_rewritten",
                pgtrigger.Condition(
                    "OLD.withdrawn_at IS NOT NULL OR (NEW.answer_id, NEW.issue_id, NEW.published_at, "
                    "NEW.published_by_id) IS DISTINCT FROM (OLD.answer_id, OLD.issue_id, OLD.published_at, "
                    "OLD.published_by_id)"
                ),
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return str(self.issue_id)
