"""The logged reply, its drafts, and what was said to the citizen on the way."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.models import Officer, Place, Post
from bureaus.models.guards import append_only, undeletable, written_once
from bureaus.models.written import Written
from inquiries.models.inquiry import Inquiry
from inquiries.states import GROUNDS_OF, LegalGround, Outcome

OUTCOME_LABELS = [
    (Outcome.SOLVED, _("solved")),
    (Outcome.PARTLY, _("partly solved")),
    (Outcome.PLANNED, _("planned")),
    (Outcome.EXPLAINED, _("explained")),
    (Outcome.NOT_ACCEPTED, _("not accepted")),
    (Outcome.HANDED_OVER, _("handed over")),
    (Outcome.WITHDRAWN, _("withdrawn")),
    (Outcome.ENDED, _("ended")),
    (Outcome.UNREACHABLE, _("citizen could not be reached")),
    (Outcome.INVALID, _("invalid")),
    (Outcome.DISCLOSED, _("disclosed")),
    (Outcome.PARTLY_DISCLOSED, _("partly disclosed")),
    (Outcome.ALREADY_PUBLIC, _("already public, way given")),
    (Outcome.REFUSED, _("not disclosed, with reasons")),
    (Outcome.NOT_HELD, _("not held or does not exist")),
    (Outcome.NOT_PROCESSED, _("not processed, art. 36 (6), (7) or 39")),
]

# In the words of table three, in its order.
GROUND_LABELS = [
    (LegalGround.STATE_SECRET, _("a state secret")),
    (LegalGround.FORBIDDEN, _("disclosure is forbidden by another law or regulation")),
    (LegalGround.SAFETY, _("a danger to national, public or economic security or to social stability")),
    (LegalGround.THIRD_PARTY, _("it protects the lawful rights of a third party")),
    (LegalGround.INTERNAL, _("one of the three kinds of internal affairs")),
    (LegalGround.IN_PROCESS, _("one of the four kinds of papers in process")),
    (LegalGround.CASE_FILE, _("a case file of administrative enforcement")),
    (LegalGround.REGISTER, _("a matter of administrative inquiry")),
    (LegalGround.NOT_HERE, _("this office does not hold it")),
    (LegalGround.TO_BE_MADE, _("it is not at hand and would have to be made")),
    (LegalGround.UNCLEAR, _("still unclear after it was corrected")),
    (LegalGround.PETITION, _("a petition, report or complaint")),
    (LegalGround.REPEATED, _("a repeated application")),
    (LegalGround.PUBLICATION, _("it asks for a public publication")),
    (LegalGround.EXCESSIVE, _("many and repeated applications without good reason")),
    (LegalGround.CONFIRMING, _("it asks to confirm or issue again what was obtained already")),
    (LegalGround.UNCORRECTED, _("not corrected in time without good reason")),
    (LegalGround.UNPAID, _("the fee was not paid in time")),
]


def _ground_fits() -> Q:
    fits = Q(ground="")
    for outcome, grounds in GROUNDS_OF.items():
        fits |= Q(outcome=outcome, ground__in=[str(ground) for ground in grounds])
    return fits


class ToldHow(models.TextChoices):
    """How the citizen was told."""

    IN_PERSON = "in_person", _("in person")
    TELEPHONE = "telephone", _("by telephone")
    SMS = "sms", _("by text message")
    EMAIL = "email", _("by e-mail")
    LETTER = "letter", _("by letter")
    PORTAL = "portal", _("on the public page")
    SOURCE = "source", _("through the source system")
    COULD_NOT = "could_not", _("could not be told")


class Answer(Written):
    """The only thing that ends a chase. Written once; a reopened round gets its own."""

    inquiry = models.ForeignKey(
        Inquiry, models.PROTECT, related_name="answers", verbose_name=_("inquiry"), db_index=False
    )
    round = models.PositiveSmallIntegerField(_("round"))
    outcome = models.CharField(_("outcome"), max_length=16, choices=OUTCOME_LABELS)
    text = models.TextField(_("answer"))
    basis = models.CharField(_("basis"), max_length=300, blank=True)
    ground = models.CharField(
        _("ground in law"), max_length=16, choices=GROUND_LABELS, blank=True, default="", db_default=""
    )
    answered_at = models.DateTimeField(pgettext_lazy("moment", "answered"))
    answered_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, related_name="+", verbose_name=_("post"), db_index=False
    )
    approved_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)
    at_once = models.BooleanField(_("answered at once"), default=False)
    entered_later = models.BooleanField(_("entered later"), default=False)
    told_how = models.CharField(_("citizen told"), max_length=10, choices=ToldHow)
    promised_on = models.DateField(_("promised for"), null=True, blank=True)
    due_at = models.DateTimeField(_("was due"))
    logged_at = models.DateTimeField(_("logged"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(name="answer_once_a_round", fields=["inquiry", "round"]),
            models.UniqueConstraint(name="answer_key", fields=["inquiry", "round", "answered_at"]),
            models.CheckConstraint(name="answer_has_words", condition=~Q(text="")),
            models.CheckConstraint(name="answer_ground_fits", condition=_ground_fits()),
            models.CheckConstraint(
                name="answer_planned_names_its_day",
                condition=~Q(outcome="planned") | Q(promised_on__isnull=False),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.inquiry_id}/{self.round}"


class Draft(Written):
    """An answer that waits for an approver; the inquiry stays in hand and the pen is the approver's."""

    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="drafts", verbose_name=_("inquiry"))
    round = models.PositiveSmallIntegerField(_("round"))
    outcome = models.CharField(_("outcome"), max_length=16, choices=OUTCOME_LABELS)
    text = models.TextField(_("answer"))
    basis = models.CharField(_("basis"), max_length=300, blank=True)
    ground = models.CharField(
        _("ground in law"), max_length=16, choices=GROUND_LABELS, blank=True, default="", db_default=""
    )
    told_how = models.CharField(_("citizen told"), max_length=10, choices=ToldHow)
    promised_on = models.DateField(_("promised for"), null=True, blank=True)
    drafted_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("drafted by"))
    drafted_at = models.DateTimeField(_("drafted"))
    decided_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(null=True)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.CheckConstraint(name="draft_ground_fits", condition=_ground_fits()),
            models.UniqueConstraint(name="draft_one_open", fields=["inquiry"], condition=Q(decided_at=None)),
            models.CheckConstraint(
                name="draft_decided_whole",
                condition=Q(decided_at=None, approved=None)
                | Q(decided_at__isnull=False, approved__isnull=False),
            ),
        ]
        triggers = [
            written_once(
                "never_rewritten",
                pgtrigger.Condition(
                    "OLD.decided_at IS NOT NULL OR (NEW.inquiry_id, NEW.round, NEW.outcome, NEW.text, NEW.basis, "
                    "NEW.ground, NEW.told_how, NEW.promised_on, NEW.drafted_by_id, NEW.drafted_at) IS DISTINCT FROM "
                    "(OLD.inquiry_id, OLD.round, OLD.outcome, OLD.text, OLD.basis, OLD.ground, OLD.told_how, "
                    "OLD.promised_on, OLD.drafted_by_id, OLD.drafted_at)"
                ),
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return f"{self.inquiry_id}/{self.round}"


class Contact(Written):
    """Something said between the office and the citizen, or about her, that is not the answer."""

    class What(models.TextChoices):
        CONTACTED = "contacted", _("contacted")
        NOT_REACHED = "not_reached", _("not reached")
        INTERIM = "interim", _("interim reply")
        ASKED_AGAIN = "asked_again", _("asked again")
        ASKED_CITIZEN = "asked_citizen", _("citizen asked for more")
        CITIZEN_REPLIED = "citizen_replied", _("citizen replied")
        CHASED_BY_HAND = "chased_by_hand", _("chased by telephone")
        EMERGENCY = "emergency", _("handed to 110, 119, 120 or 122")
        NOTE = "note", _("note")
        POSTED = "posted", _("letter posted")

    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="contacts", verbose_name=_("inquiry"))
    round = models.PositiveSmallIntegerField(_("round"))
    what = models.CharField(_("what"), max_length=16, choices=What)
    text = models.TextField(_("text"), blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, related_name="+", verbose_name=_("place"), db_index=False
    )

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.inquiry_id} {self.what}"


class Rating(Written):
    """What the citizen said of the answer, asked by the district or given by herself; never by the bureau."""

    class Source(models.TextChoices):
        CALLBACK = "callback", _("callback")
        CITIZEN = "citizen", _("citizen")

    class Satisfaction(models.TextChoices):
        SATISFIED = "satisfied", _("satisfied")
        BASICALLY = "basically", _("basically satisfied")
        DISSATISFIED = "dissatisfied", _("dissatisfied")

    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="ratings", verbose_name=_("inquiry"))
    round = models.PositiveSmallIntegerField(_("round"))
    source = models.CharField(_("source"), max_length=8, choices=Source)
    reached = models.BooleanField(_("reached"))
    contacted_in_time = models.BooleanField(_("was contacted in time"), null=True)
    solved = models.BooleanField(_("solved"), null=True)
    satisfaction = models.CharField(_("satisfaction"), max_length=12, choices=Satisfaction, blank=True)
    words = models.TextField(_("words"), blank=True)
    # Under which number the telephone system keeps the call.
    recording = models.CharField(_("number of the recording"), max_length=60, blank=True, db_default="")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(
                name="rating_needs_the_citizen",
                # Silence is not satisfaction.
                condition=Q(reached=True) | Q(satisfaction="", solved=None, contacted_in_time=None),
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.inquiry_id} {self.satisfaction}"
