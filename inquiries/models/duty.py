"""Anything else owed by a post by a time. The one engine chases it like an inquiry."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place, Post
from bureaus.models.calendar import CalendarVersion
from bureaus.models.guards import undeletable
from bureaus.models.written import Written
from inquiries.models.inquiry import CHASED, EARLIEST, LATEST, Inquiry
from inquiries.models.rules import Ladder
from inquiries.querysets import DutyQuerySet


class DutyKind(models.TextChoices):
    """The kinds of the life cycle itself; apps above bring theirs with `inquiries.services.duties.register`."""

    DISPATCH = "dispatch", _("dispatch")
    SIGN_FOR = "sign_for", _("sign for")
    DISPUTE = "dispute", _("decide a dispute")
    APPROVAL = "approval", _("approve an answer")
    EXTENSION = "extension", _("decide an extension")
    HAND_OVER = "hand_over", _("accept a hand-over")
    ACKNOWLEDGE = "acknowledge", _("acknowledge a supervision")
    CIRCULAR = "circular", _("decide a circular")
    ASSIST = "assist", _("assist")
    INVESTIGATE = "investigate", _("investigate from a redacted copy")
    CALLBACK = "callback", _("call the citizen back")
    PROMISE = "promise", _("keep a promise")
    CITIZEN_REPLY = "citizen_reply", _("follow up what the citizen was asked")
    CORRECTION = "correction", _("follow up the correction of an application")
    FEE = "fee", _("follow up the fee of an application")
    CONSULT = "consult", _("follow up who was consulted")
    TELL = "tell", _("tell the citizen")
    RELAY = "relay", _("report back to the source")
    COORDINATE = "coordinate", _("coordinate between bureaus")
    CALENDAR = "calendar", _("announce the next year's calendar")
    BULLETIN_REVIEW = "bulletin_review", _("review a bulletin")
    BULLETIN_SIGN = "bulletin_sign", _("sign a bulletin")
    BULLETIN_PUBLISH = "bulletin_publish", _("publish a bulletin")
    SLIP = "slip", _("hand over what an ended tenure left open")
    DELIVERY = "delivery", _("see to a message that cannot be delivered")


# Owed so many working days after they were opened. The others are owed on a day that somebody named: a promise, the day
# that an applicant was given, the part of another place.
IN_WORKING_DAYS = frozenset(
    {
        *(DutyKind.SIGN_FOR, DutyKind.DISPUTE, DutyKind.APPROVAL, DutyKind.EXTENSION, DutyKind.HAND_OVER),
        *(
            DutyKind.ACKNOWLEDGE,
            DutyKind.CIRCULAR,
            DutyKind.CALLBACK,
            DutyKind.CITIZEN_REPLY,
            DutyKind.CONSULT,
        ),
        *(DutyKind.TELL, DutyKind.RELAY, DutyKind.COORDINATE, DutyKind.SLIP, DutyKind.DELIVERY),
    }
)


class Duty(Written):
    """A post owes something by a time; done, or chased."""

    district = models.ForeignKey(
        Place, models.PROTECT, related_name="+", verbose_name=_("district"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=20)
    inquiry = models.ForeignKey(
        Inquiry, models.PROTECT, null=True, related_name="duties", verbose_name=_("inquiry")
    )
    # What it is about where that is no inquiry: a kind's own key, such as the year of a calendar.
    subject = models.CharField(max_length=80, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("owed by"))
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", verbose_name=_("post"))
    asked_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by"), db_index=False
    )
    asked_place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    # Of a sealed inquiry: the place that owes it sees this row and its request, a redacted copy, and nothing else.
    apart = models.BooleanField(default=False, db_default=False)
    request = models.TextField(_("request"), blank=True)
    # Amounts and keys the kind needs: days of an extension, the place a matter is offered to.
    terms = models.JSONField(default=dict)
    opened_at = models.DateTimeField(_("since"))
    due_at = models.DateTimeField(_("due"))
    # By which its due was reckoned and its chase laid; null where that was not written down.
    calendar_version = models.ForeignKey(
        CalendarVersion, models.PROTECT, null=True, related_name="+", db_index=False
    )
    ladder = models.ForeignKey(Ladder, models.PROTECT, related_name="+", db_index=False)
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    decision = models.CharField(_("decision"), max_length=16, blank=True)
    reply = models.TextField(_("reply"), blank=True)
    version = models.PositiveIntegerField(default=1)

    next_chase_at = models.DateTimeField(_("next chase"), null=True)
    chase_number = models.PositiveIntegerField(_("chases so far"), default=0)
    chase_step = models.SmallIntegerField(default=-1)
    chase_level = models.CharField(_("level"), max_length=10, blank=True)
    event_count = models.PositiveIntegerField(default=0)
    event_hash = models.BinaryField(default=b"")

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        constraints = [
            models.CheckConstraint(
                name="duty_done_or_chased",
                condition=Q(done_at__isnull=False, next_chase_at=None) | (Q(done_at=None) & CHASED),
            ),
            models.CheckConstraint(
                name="duty_instants_are_finite",
                condition=Q(opened_at__gte=EARLIEST, due_at__gte=EARLIEST, due_at__lt=LATEST),
            ),
            models.UniqueConstraint(
                name="duty_open_once",
                fields=["district", "kind", "inquiry", "subject", "place"],
                condition=Q(done_at=None),
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(
                name="duty_due_for_chase",
                fields=["next_chase_at", "id"],
                condition=Q(next_chase_at__isnull=False),
            ),
            # The public list is read from these (inquiries.figures.publicly).
            models.Index(
                name="duty_signed_circular",
                fields=["district", "inquiry"],
                condition=Q(kind="circular", decision="signed"),
            ),
            models.Index(name="duty_by_place", fields=["place", "due_at", "id"], condition=Q(done_at=None)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="done_stays_done",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF (NEW.inquiry_id, NEW.kind, NEW.district_id, NEW.subject, NEW.opened_at)
                        IS DISTINCT FROM (OLD.inquiry_id, OLD.kind, OLD.district_id, OLD.subject, OLD.opened_at)
                    THEN
                        RAISE EXCEPTION 'a duty stays what it is and where it hangs'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'duty_keeps_its_origin';
                    END IF;
                    IF OLD.done_at IS NOT NULL OR NEW.chase_number < OLD.chase_number OR NEW.version < OLD.version
                        OR NEW.chase_number > OLD.chase_number + 1
                    THEN
                        RAISE EXCEPTION 'what is done stays done, and numbers only rise'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'duty_done_stays_done';
                    END IF;
                    IF NEW.chase_number > OLD.chase_number THEN
                        PERFORM FROM inquiries_chase c WHERE c.duty_id = NEW.id AND c.number = NEW.chase_number;
                        IF NOT FOUND THEN
                            RAISE EXCEPTION 'a chase is counted only where it stands'
                                USING ERRCODE = 'check_violation', CONSTRAINT = 'duty_done_stays_done';
                        END IF;
                    END IF;
                    RETURN NEW;
                """,
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def own_chain(self) -> bool:
        """Its events stand in a chain of their own: it hangs on no inquiry, or on one its place does not see."""
        return self.inquiry_id is None or self.apart
