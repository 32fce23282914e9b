"""What an officer is told, where it may be sent, and each message on its way.

A notice is the fact, in the application. A message is the fixed set of notices that leaves for one address; it is
committed before it is sent, and a retry sends that same message.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models.fields import DataKey
from bureaus.models.places import Place
from bureaus.models.posts import Officer


class Level(models.TextChoices):
    REMINDER = "reminder", _("reminder")
    URGE = "urge", _("urge")
    SUPERVISE = "supervise", _("supervise")
    CIRCULAR = "circular", _("circular")


# These cannot be muted: whoever is pursued for what is late must hear of it.
UNMUTABLE = (Level.SUPERVISE.value, Level.CIRCULAR.value)


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    APPRISE = "apprise", _("work chat")
    WEBHOOK = "webhook", _("webhook")
    SMS = "sms", _("text message")


class AddressQuerySet(models.QuerySet["Address"]):
    def usable(self) -> AddressQuerySet:
        """Verified, neither broken nor removed, in the order in which they are tried."""
        return (
            self.filter(verified_at__isnull=False, broken_at=None, removed_at=None)
            .select_related("key")
            .order_by("order", "created_at", "pk")
        )


class Address(models.Model):
    """Where messages of an officer or a place may go; the value is encrypted under its own key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    officer = models.ForeignKey(
        Officer, models.PROTECT, related_name="addresses", null=True, verbose_name=_("officer")
    )
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="addresses", null=True, verbose_name=_("place")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    value = models.TextField(_("address, encrypted"))
    key = models.ForeignKey(DataKey, models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    muted = models.BooleanField(_("only supervise, circular and urgent"), default=False)
    created_at = models.DateTimeField(_("entered at"))
    # The code itself is never stored: it is derived from the address and this instant.
    code_sent_at = models.DateTimeField(_("code sent at"))
    code_tries = models.PositiveSmallIntegerField(_("wrong codes entered"), default=0)
    verified_at = models.DateTimeField(_("verified at"), null=True)
    broken_at = models.DateTimeField(_("broken at"), null=True)
    broken_why = models.CharField(_("why it is broken"), max_length=200, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True)

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.CheckConstraint(
                name="address_has_one_owner",
                condition=Q(officer=None, place__isnull=False) | Q(officer__isnull=False, place=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class MessageQuerySet(models.QuerySet["Message"]):
    def waiting(self, now: datetime) -> MessageQuerySet:
        """Messages to be sent at `now`; one whose sender died comes back when its lease has run out."""
        return self.filter(state__in=(Message.State.PENDING, Message.State.SENDING), next_try_at__lte=now)

    def needing_duty(self) -> MessageQuerySet:
        """Messages that failed three times or for good, of which the district has not yet been given a duty.

        None for a citizen who was erased: there is no other way to find.
        """
        return self.filter(needs_duty=True, duty_raised_at=None, citizen_key__destroyed_at=None)


class Message(models.Model):
    """One message to one address. Its id is what the receiver sees again when it is sent again."""

    class Kind(models.TextChoices):
        ALONE = "alone", _("alone")
        DIGEST = "digest", _("digest")
        VERIFICATION = "verification", _("verification")
        CITIZEN = "citizen", _("to a citizen")

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    recipient = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", null=True, verbose_name=_("recipient")
    )
    address = models.ForeignKey(Address, models.PROTECT, related_name="+", null=True)
    # The message whose notices this one repeats on the next channel, because they were left unread.
    root = models.ForeignKey("self", models.PROTECT, related_name="repeats", null=True)
    digest_on = models.DateField(_("digest of"), null=True)
    # How many older notices were unread when the digest was gathered; fixed, so that a retry says the same.
    unread = models.PositiveIntegerField(_("older notices unread"), default=0)
    urgent = models.BooleanField(_("urgent"), default=False)

    # To a citizen: an encrypted address under the citizen's key, and a template; never content.
    citizen_channel = models.CharField(max_length=8, choices=Channel, blank=True)
    citizen_address = models.TextField(blank=True)
    citizen_key = models.ForeignKey(DataKey, models.PROTECT, related_name="+", null=True)
    template = models.CharField(_("template"), max_length=40, blank=True)
    cause_kind = models.CharField(max_length=24, blank=True)
    cause_id = models.CharField(max_length=40, blank=True)
    reference = models.CharField(_("reference"), max_length=24, blank=True)
    due_at = models.DateTimeField(_("due"), null=True)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try"))
    give_up_at = models.DateTimeField(_("given up at"))
    error = models.CharField(_("last failure"), max_length=300, blank=True)
    needs_duty = models.BooleanField(_("needs a duty"), default=False)
    duty_raised_at = models.DateTimeField(_("duty raised at"), null=True)
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                name="message_has_one_address",
                condition=Q(kind="citizen", address=None, citizen_key__isnull=False)
                | (~Q(kind="citizen") & Q(address__isnull=False, citizen_key=None)),
            ),
            models.CheckConstraint(
                name="message_sent_says_when",
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
            ),
            models.UniqueConstraint(name="message_one_digest_a_day", fields=["recipient", "digest_on"]),
            models.UniqueConstraint(name="message_repeats_once_an_address", fields=["root", "address"]),
            models.UniqueConstraint(
                name="message_to_citizen_once",
                fields=["district", "cause_kind", "cause_id", "template", "citizen_channel"],
                condition=Q(kind="citizen"),
            ),
        ]
        indexes = [
            models.Index(
                name="message_to_send",
                fields=["next_try_at", "id"],
                condition=Q(state__in=("pending", "sending")),
            ),
            models.Index(
                name="message_needing_duty",
                fields=["created_at"],
                condition=Q(needs_duty=True, duty_raised_at=None),
            ),
            models.Index(
                name="message_to_follow",
                fields=["created_at"],
                condition=Q(kind="alone", root=None, state__in=("sent", "failed")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def mail_id(self) -> str:
        """The Message-ID header: the same however often the message is sent."""
        domain = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].strip("> ")
        return f"<{self.pk}@{domain}>"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def standing(self) -> NoticeQuerySet:
        """Notices not withdrawn, as the officer sees them."""
        return self.filter(withdrawn_at=None)

    def unread(self) -> NoticeQuerySet:
        """Standing notices not yet read."""
        return self.standing().filter(read_at=None)

    def unsent(self) -> NoticeQuerySet:
        """Unread notices that no message carries yet."""
        return self.unread().filter(message=None)


class Notice(models.Model):
    """An officer is told of one cause once. It holds the reference and the due time, never content."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(
        Place, models.PROTECT, related_name="+", verbose_name=_("district"), db_index=False
    )
    recipient = models.ForeignKey(
        Officer, models.PROTECT, related_name="notices", verbose_name=_("recipient"), db_index=False
    )
    # The place on whose behalf; its addresses come after the officer's own.
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", null=True, verbose_name=_("place"))
    cause_kind = models.CharField(_("cause"), max_length=24)
    cause_id = models.CharField(_("cause id"), max_length=40)
    kind = models.CharField(_("kind"), max_length=40)
    level = models.CharField(_("level"), max_length=10, choices=Level, blank=True)
    reference = models.CharField(_("reference"), max_length=24)
    due_at = models.DateTimeField(_("due"), null=True)
    url = models.CharField(_("page"), max_length=200, blank=True)
    alone = models.BooleanField(_("sent alone"), default=False)
    urgent = models.BooleanField(_("urgent"), default=False)
    copy = models.BooleanField(_("copy"), default=False)
    acting = models.BooleanField(_("as acting deputy"), default=False)
    created_at = models.DateTimeField(_("created at"))
    read_at = models.DateTimeField(_("read at"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    message = models.ForeignKey(Message, models.PROTECT, related_name="notices", null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            # Outside channels carry this row in a message, so the row itself is the channel "in the application".
            models.UniqueConstraint(
                name="notice_once_a_cause", fields=["cause_kind", "cause_id", "recipient"]
            )
        ]
        indexes = [
            models.Index(name="notice_list", fields=["recipient", "-created_at", "id"]),
            # Counted on every page: read from what is unread, however much was told before.
            models.Index(
                name="notice_unread",
                fields=["recipient", "-created_at", "id"],
                condition=Q(read_at=None, withdrawn_at=None),
            ),
            models.Index(
                name="notice_unsent",
                fields=["recipient", "created_at"],
                condition=Q(message=None, read_at=None, withdrawn_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.kind}"
