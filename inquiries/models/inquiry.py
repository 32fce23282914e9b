"""One matter of one citizen, and the promise that it is answered or chased."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.models import Officer, Place, Post
from bureaus.models.calendar import CalendarVersion
from bureaus.models.guards import undeletable
from bureaus.models.written import Written
from inquiries.models.citizen import Citizen
from inquiries.models.rules import AnswerRule, Kind, Ladder, Urgency
from inquiries.querysets import InquiryQuerySet
from inquiries.states import BEGINNINGS, MOVES, OPEN, SETTLED, State

# A next chase lies between these: "infinity" is no promise, and a check that comes out as null would let it pass.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)
CHASED = Q(next_chase_at__isnull=False, next_chase_at__gte=EARLIEST, next_chase_at__lt=LATEST)

STATE_LABELS = [
    (State.RECEIVED, _("to be dispatched")),
    (State.ASSIGNED, _("to be signed for")),
    (State.IN_HAND, _("in hand")),
    (State.AWAITING_CITIZEN, _("waiting for the citizen")),
    (State.ANSWERED, _("answered")),
    (State.FILED, _("filed")),
]


class Channel(models.TextChoices):
    DESK = "desk", _("desk")
    HOTLINE = "hotline", _("hotline")
    CARD = "card", _("contact card")
    LETTER = "letter", _("letter")
    VISIT = "visit", _("visit")
    WEB = "web", _("web")
    CITY_12345 = "city_12345", _("passed on by 12345")
    HANDED_DOWN = "handed_down", _("handed down from above")


# Who passed it on is owed a word on what becomes of it.
FROM_A_SOURCE = frozenset({Channel.CITY_12345, Channel.HANDED_DOWN})


class TopicQuerySet(models.QuerySet["Topic"]):
    def used_in(self, district_id: int | None) -> TopicQuerySet:
        """Those of a district that something new may be about."""
        return self.filter(district=district_id, retired_at=None)


class Topic(models.Model):
    """What a question is about: a tree, each with the bureau that usually answers."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="topics", verbose_name=_("district"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    name = models.CharField(_("name"), max_length=60)
    default_bureau = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("usually answered by")
    )
    # Nothing new is about it; what was stays so.
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    # One more with each edit: who edits names the version that was looked at.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        constraints = [
            models.UniqueConstraint(
                name="topic_once", fields=["district", "parent", "name"], nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name


def _moves_guard() -> str:
    moves = ", ".join(f"('{old}', '{new}')" for old, new in sorted(MOVES))
    return f"""
        IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN ({moves}) THEN
            RAISE EXCEPTION 'an inquiry does not move from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_moves';
        END IF;
        IF (NEW.district_id, NEW.reference, NEW.asked_at, NEW.received_on, NEW.recorded_at, NEW.original_due_at)
            IS DISTINCT FROM (OLD.district_id, OLD.reference, OLD.asked_at, OLD.received_on, OLD.recorded_at,
                OLD.original_due_at)
        THEN
            RAISE EXCEPTION 'what was asked and when it was first due never changes'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_keeps_its_origin';
        END IF;
        IF NEW.round < OLD.round OR NEW.round > OLD.round + 1
            OR (NEW.round = OLD.round AND NEW.chase_number < OLD.chase_number)
            OR (NEW.round > OLD.round) <> (OLD.answered_at IS NOT NULL AND NEW.answered_at IS NULL)
            OR (NEW.round > OLD.round AND NEW.chase_number <> 0)
            OR (NEW.round = OLD.round AND NEW.chase_number > OLD.chase_number + 1)
        THEN
            RAISE EXCEPTION 'rounds and chase numbers only rise'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_numbers_rise';
        END IF;
        IF NEW.round = OLD.round AND NEW.chase_number > OLD.chase_number THEN
            PERFORM FROM inquiries_chase c
                WHERE c.inquiry_id = NEW.id AND c.round = NEW.round AND c.number = NEW.chase_number;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'a chase is counted only where it stands'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_numbers_rise';
            END IF;
        END IF;
        IF NEW.sealed <> OLD.sealed THEN
            IF OLD.sealed THEN
                RAISE EXCEPTION 'a seal is never broken'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_seal_stays';
            END IF;
            PERFORM FROM inquiries_sight s WHERE s.inquiry_id = NEW.id AND s.officer_id IS NULL;
            IF FOUND THEN
                RAISE EXCEPTION 'behind a seal are named readers only'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_seal_stays';
            END IF;
        END IF;
        IF NEW.event_count < OLD.event_count OR NEW.version < OLD.version THEN
            RAISE EXCEPTION 'a version only rises'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_version_rises';
        END IF;
        RETURN NEW;
    """


class Inquiry(Written):
    """One matter of one citizen."""

    district = models.ForeignKey(
        Place, models.PROTECT, related_name="+", verbose_name=_("district"), db_index=False
    )
    reference = models.CharField(_("reference"), max_length=20)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    urgency = models.CharField(_("urgency"), max_length=8, choices=Urgency, default=Urgency.ORDINARY)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    source = models.CharField(_("source system"), max_length=40, blank=True)
    external_number = models.CharField(_("external number"), max_length=60, blank=True)
    external_due_at = models.DateTimeField(_("due at the source"), null=True, blank=True)
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("topic")
    )
    question = models.TextField(_("question"))
    # What places that may not read a sealed question are shown instead.
    redacted = models.TextField(_("redacted copy"), blank=True)
    citizen = models.OneToOneField(
        Citizen, models.PROTECT, null=True, related_name="inquiry", verbose_name=_("citizen")
    )
    sealed = models.BooleanField(_("sealed"), default=False)
    about_place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("about the office")
    )

    asked_at = models.DateTimeField(_("asked"))
    # A disclosure application counts from the day it was received (政府信息公开条例 art. 31), where that is another.
    received_on = models.DateField(_("received on"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    recorded_place = models.ForeignKey(
        Place, models.PROTECT, related_name="+", verbose_name=_("recorded at the place")
    )
    imported = models.BooleanField(_("imported"), default=False)

    state = models.CharField(_("state"), max_length=16, choices=STATE_LABELS)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    version = models.PositiveIntegerField(default=1)
    holder = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("held by"))
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", verbose_name=_("post"))
    designated = models.BooleanField(_("designated"), default=False)
    returns = models.PositiveSmallIntegerField(_("times returned"), default=0)
    hops = models.PositiveSmallIntegerField(_("hand-overs between bureaus"), default=0)
    asked_again = models.PositiveSmallIntegerField(_("asked again"), default=0)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", verbose_name=_("split from")
    )

    rule = models.ForeignKey(
        AnswerRule, models.PROTECT, related_name="+", verbose_name=_("answer rule"), db_index=False
    )
    ladder = models.ForeignKey(
        Ladder, models.PROTECT, related_name="+", verbose_name=_("ladder"), db_index=False
    )
    calendar_version = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="+", db_index=False)
    due_on = models.DateField(_("due on"))
    due_at = models.DateTimeField(_("due"))
    original_due_at = models.DateTimeField(_("first due"))
    due_provisional = models.BooleanField(_("provisional"), default=False)
    extensions = models.PositiveSmallIntegerField(_("extensions"), default=0)
    # Where the ladder stands when it does not count from asked to due: a reopened round, an import's clearing plan.
    ladder_from_at = models.DateTimeField(null=True)
    ladder_due_at = models.DateTimeField(null=True)

    answered_at = models.DateTimeField(pgettext_lazy("moment", "answered"), null=True)
    filed_at = models.DateTimeField(pgettext_lazy("moment", "filed"), null=True)
    # Copied from the answer that stands, so that the figures count rows of one table.
    outcome = models.CharField(_("outcome"), max_length=16, null=True)
    at_once = models.BooleanField(_("answered at once"), null=True)
    # The first word back to the citizen, whatever the round.
    contacted_at = models.DateTimeField(null=True)
    contacted_late = models.BooleanField(null=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="riders", db_constraint=False
    )
    rides = models.GeneratedField(
        expression=Q(merged_into__isnull=False),  # type: ignore[arg-type]  # Django takes a Q here
        output_field=models.BooleanField(),
        db_persist=True,
    )
    # Always false: with merged_into it refers to (id, rides), so a lead does not ride and no cycle can form.
    lead_rides = models.BooleanField(default=False)

    next_chase_at = models.DateTimeField(_("next chase"), null=True)
    chase_number = models.PositiveIntegerField(_("chases so far"), default=0)
    # The last step of the ladder taken in this round, -1 before the first.
    chase_step = models.SmallIntegerField(default=-1)
    chase_level = models.CharField(_("level"), max_length=10, blank=True)

    event_count = models.PositiveIntegerField(default=0)
    event_hash = models.BinaryField(default=b"")
    # The transaction that last changed what clients see of it; written by a trigger, read by their synchronisation.
    changed_xid = models.BigIntegerField(default=0, db_default=0, editable=False)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        constraints = [
            models.CheckConstraint(
                name="inquiry_answered_or_chased",
                condition=Q(answered_at__isnull=False) | Q(merged_into__isnull=False) | CHASED,
            ),
            models.CheckConstraint(
                name="inquiry_settled_is_not_chased",
                # A rider is pursued through its lead.
                condition=Q(answered_at=None, merged_into=None) | Q(next_chase_at=None),
            ),
            models.CheckConstraint(
                name="inquiry_state_agrees",
                condition=Q(state__in=SETTLED, answered_at__isnull=False)
                | Q(state__in=OPEN, answered_at=None),
            ),
            models.CheckConstraint(
                name="inquiry_filed_agrees",
                condition=Q(state="filed", filed_at__isnull=False) | (~Q(state="filed") & Q(filed_at=None)),
            ),
            models.CheckConstraint(name="inquiry_lead_does_not_ride", condition=Q(lead_rides=False)),
            models.CheckConstraint(
                name="inquiry_recorded_after_asked", condition=Q(recorded_at__gte=F("asked_at"))
            ),
            models.CheckConstraint(
                name="inquiry_instants_are_finite",
                # Every day from the asking to the due can be counted.
                condition=Q(
                    asked_at__gte=EARLIEST,
                    recorded_at__lt=LATEST,
                    due_at__gte=EARLIEST,
                    due_at__lt=LATEST,
                    original_due_at__gte=EARLIEST,
                    original_due_at__lt=LATEST,
                ),
            ),
            models.CheckConstraint(
                name="inquiry_about_an_office_is_sealed", condition=Q(about_place=None) | Q(sealed=True)
            ),
            models.CheckConstraint(
                name="inquiry_tip_off_is_sealed", condition=~Q(kind="tip_off") | Q(sealed=True)
            ),
            models.UniqueConstraint(name="inquiry_reference_once", fields=["district", "reference"]),
            models.UniqueConstraint(
                name="inquiry_external_number_once",
                fields=["district", "source", "external_number"],
                condition=~Q(external_number=""),
            ),
            models.UniqueConstraint(name="inquiry_rides_key", fields=["id", "rides"]),
        ]
        indexes = [
            models.Index(
                name="inquiry_due_for_chase",
                fields=["next_chase_at", "id"],
                condition=Q(next_chase_at__isnull=False),
            ),
            models.Index(
                name="inquiry_by_holder", fields=["holder", "due_at", "id"], condition=Q(answered_at=None)
            ),
            models.Index(name="inquiry_by_asked", fields=["district", "asked_at"]),
            # All that figures of what is open ask for, so that no row is looked at.
            models.Index(
                name="inquiry_open_set",
                fields=["district", "due_at"],
                condition=Q(answered_at=None),
                include=[
                    *("holder", "kind", "urgency", "channel", "topic", "source", "state"),
                    *("asked_at", "original_due_at", "due_on", "chase_level", "parent", "at_once", "id"),
                ],
            ),
            models.Index(name="inquiry_by_recorded", fields=["district", "recorded_at"]),
            models.Index(
                name="inquiry_open_by_calendar",
                fields=["district", "calendar_version"],
                condition=Q(answered_at=None),
            ),
            models.Index(name="inquiry_by_due", fields=["district", "due_at", "id"]),
            models.Index(name="inquiry_by_change", fields=["district", "changed_xid", "id"]),
            # Few are behind the rules and ladders in force; an edit finds them by the editions it replaced.
            models.Index(name="inquiry_open_by_rule", fields=["rule"], condition=Q(answered_at=None)),
            models.Index(name="inquiry_open_by_ladder", fields=["ladder"], condition=Q(answered_at=None)),
            models.Index(name="inquiry_to_file", fields=["answered_at"], condition=Q(state="answered")),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="moves", when=pgtrigger.Before, operation=pgtrigger.Update, func=_moves_guard()
            ),
            pgtrigger.Trigger(
                name="beginnings",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition(
                    "NOT NEW.imported AND (NEW.state NOT IN ({}) OR NEW.round <> 1 OR NEW.chase_number <> 0)".format(
                        ", ".join(f"'{s}'" for s in BEGINNINGS)
                    )
                ),
                func="""
                    RAISE EXCEPTION 'an inquiry does not begin as % in round % after % chases',
                        NEW.state, NEW.round, NEW.chase_number
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_moves';
                """,
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Not yet answered."""
        return self.answered_at is None

    def is_overdue(self, now: datetime) -> bool:
        """A reading, never a state."""
        return self.answered_at is None and now >= self.due_at


class Submission(models.Model):
    """A recorder's idempotency key, so that what a network repeats is recorded once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recorder = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    body_hash = models.BinaryField()
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="submission_once", fields=["recorder", "key"])]
        triggers = undeletable()

    def __str__(self) -> str:
        return self.key
