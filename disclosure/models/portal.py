"""What citizens hold who ask without signing in, and how often somebody knocks."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import append_only, undeletable, written_once
from bureaus.models.written import Written
from inquiries.models import Inquiry


class FollowCode(models.Model):
    """The secret by which whoever asked follows a matter: a keyed hash of its digits, never the digits.

    Nobody reads this table; `bida_open_by_code` compares, and lets the transaction see that one matter.
    """

    inquiry = models.OneToOneField(
        Inquiry, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("inquiry")
    )
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    # The edition of the text she agreed to (个人信息保护法 art. 14).
    consent = models.PositiveSmallIntegerField(_("text agreed to"))
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("code to follow a matter")
        verbose_name_plural = _("codes to follow matters")
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.inquiry_id)


class NewCode(models.Model):
    """A code given at the desk in the place of one that was lost: the newest alone opens the matter.

    Nobody reads this table either; it adds to `FollowCode`, whose rows stay as they were written.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inquiry = models.ForeignKey(
        Inquiry, models.PROTECT, related_name="+", db_index=False, verbose_name=_("inquiry")
    )
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    # The version of the inquiry at which it was given: the highest counts.
    version = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("new code to follow a matter")
        verbose_name_plural = _("new codes to follow matters")
        constraints = [models.UniqueConstraint(name="new_code_once", fields=["inquiry", "version"])]
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.inquiry_id)


class Knock(models.Model):
    """How often one visitor did one thing in an hour; who it is stands here as a keyed hash of the day."""

    what = models.CharField(max_length=10)
    who = models.CharField(max_length=64)
    hour = models.DateTimeField()
    n = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("knock")
        verbose_name_plural = _("knocks")
        constraints = [models.UniqueConstraint(name="knock_once", fields=["what", "who", "hour"])]

    def __str__(self) -> str:
        return f"{self.what} {self.n}"


class PublishedAnswer(Written):
    """A question and its answer as everybody may read them: redacted by one officer, approved by another."""

    inquiry = models.ForeignKey(
        Inquiry, models.PROTECT, related_name="published_answers", verbose_name=_("inquiry")
    )
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("answered by"))
    question = models.TextField(_("question"))
    answer = models.TextField(_("answer"))
    answered_on = models.DateField(_("answered on"))
    proposed_at = models.DateTimeField(_("proposed"))
    proposed_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    approved_at = models.DateTimeField(_("approved"), null=True)
    approved_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("published answer")
        verbose_name_plural = _("published answers")
        indexes = [
            models.Index(
                name="published_answer_newest",
                fields=["district", "-approved_at", "-id"],
                condition=Q(approved_at__isnull=False, withdrawn_at=None),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                name="published_answer_once", fields=["inquiry"], condition=Q(withdrawn_at=None)
            ),
            models.CheckConstraint(
                name="published_answer_approved_by_another",
                condition=Q(approved_at=None, approved_by=None)
                | (
                    Q(approved_at__isnull=False, approved_by__isnull=False) & ~Q(approved_by=F("proposed_by"))
                ),
            ),
            models.CheckConstraint(
                name="published_answer_has_words", condition=~Q(question="") & ~Q(answer="")
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="of_an_open_answer",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    PERFORM FROM inquiries_inquiry i WHERE i.id = NEW.inquiry_id AND i.answered_at IS NOT NULL
                        AND NOT i.sealed AND i.district_id = NEW.district_id;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'what is sealed or not answered is not published'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_answer_of_an_open_answer';
                    END IF;
                    RETURN NEW;
                """,
            ),
            written_once(
                "never_rewritten",
                pgtrigger.Condition(
                    "OLD.withdrawn_at IS NOT NULL OR (OLD.approved_at IS NOT NULL AND (NEW.approved_at, "
                    "NEW.approved_by_id) IS DISTINCT FROM (OLD.approved_at, OLD.approved_by_id)) OR "
                    "(NEW.inquiry_id, NEW.district_id, NEW.place_id, NEW.question, NEW.answer, NEW.answered_on, "
                    "NEW.proposed_by_id, NEW.proposed_at) IS DISTINCT FROM (OLD.inquiry_id, OLD.district_id, "
                    "OLD.place_id, OLD.question, OLD.answer, OLD.answered_on, OLD.proposed_by_id, OLD.proposed_at)"
                ),
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return self.question[:40]
