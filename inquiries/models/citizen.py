"""The person behind a question: shut away, masked, erasable."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from bureaus.models import Officer, Place
from bureaus.models.fields import DataKey
from bureaus.models.guards import append_only
from bureaus.models.written import Written


class Citizen(Written):
    """The contact data given with one inquiry, encrypted under a key of its own.

    The same caller is found again by `phone_hash`, never by reading a number. Erasing destroys the key and empties the
    row, masks and hash too; who it was is gone, the inquiry and what is counted of it stay.
    """

    class Standing(models.TextChoices):
        NAMED = "named", _("named")
        CONFIDENTIAL = "confidential", _("confidential")
        ANONYMOUS = "anonymous", _("anonymous")

    class Applicant(models.TextChoices):
        """Of a disclosure application, the columns of table three of the yearly report."""

        NATURAL = "natural", _("a natural person")
        BUSINESS = "business", _("a business")
        RESEARCH = "research", _("a research institution")
        WELFARE = "welfare", _("a public welfare organisation")
        LEGAL_SERVICE = "legal_service", _("a legal service organisation")
        OTHER = "other", pgettext_lazy("applicant", "another body")

    class Wanted(models.TextChoices):
        """In which form the applicant wants the information (政府信息公开条例 art. 29)."""

        PAPER = "paper", _("on paper")
        EMAIL = "email", pgettext_lazy("form wanted", "by e-mail")
        COPY = "copy", _("as a copy of the file")
        VIEWING = "viewing", _("to read and copy out on the spot")

    # Made by the application: an INSERT under row-level security cannot ask the database for it back.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    standing = models.CharField(_("standing"), max_length=12, choices=Standing, default=Standing.NAMED)
    # Whoever was erased is counted by it still: it tells of nobody.
    applicant = models.CharField(
        pgettext_lazy("citizen", "applicant"),
        max_length=14,
        choices=Applicant,
        default=Applicant.NATURAL,
    )
    wanted = models.CharField(_("form wanted"), max_length=8, choices=Wanted, blank=True, default="")
    key = models.ForeignKey(DataKey, models.PROTECT, related_name="+", null=True)
    name = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    email = models.TextField(blank=True)
    address = models.TextField(blank=True)
    # Only where the law asks for it: disclosure applications, 政府信息公开条例 art. 29.
    identity_number = models.TextField(blank=True)
    # What every list may show, made once when the clear text was at hand.
    masked_name = models.CharField(max_length=20, blank=True)
    masked_phone = models.CharField(max_length=20, blank=True)
    phone_hash = models.CharField(max_length=64, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    class Meta:
        verbose_name = _("citizen")
        verbose_name_plural = _("citizens")
        indexes = [models.Index(name="citizen_by_phone", fields=["district", "phone_hash"])]
        constraints = [
            models.CheckConstraint(
                name="citizen_erased_holds_nothing",
                condition=Q(erased_at=None)
                | Q(
                    name="",
                    phone="",
                    email="",
                    address="",
                    identity_number="",
                    masked_name="",
                    masked_phone="",
                    phone_hash="",
                ),
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="erased_for_ever",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__erased_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        if self.erased_at is not None:
            return str(pgettext("citizen", "erased"))
        if shown := f"{self.masked_name} {self.masked_phone}".strip():
            return shown
        if self.standing == self.Standing.NAMED:
            return str(pgettext("citizen", "left no name"))
        return str(self.get_standing_display())

    def __repr__(self) -> str:
        return f"<Citizen {self.pk}>"


class IdentitySeen(models.TextChoices):
    """By what an officer knew that whoever stands at the desk is the citizen."""

    DOCUMENT = "document", _("an identity document was seen")
    CALLED_BACK = "called_back", _("called back at the telephone number on record")
    RECEIPT = "receipt", _("the receipt was shown, and what was asked and when was told")


class ClearReading(Written):
    """Who read which contact data in clear, when and why: a log apart from the history.

    Whoever told a caller how a matter stands that she does not see herself is in it too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    inquiry = models.ForeignKey("inquiries.Inquiry", models.PROTECT, related_name="clear_readings")
    fields = models.CharField(max_length=80)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("reading in clear")
        verbose_name_plural = _("readings in clear")
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.officer_id}/{self.inquiry_id}"
