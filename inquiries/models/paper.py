"""Papers that were given a number: per bureau, kind and year, without gaps."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.letterhead import number_of
from bureaus.models import Officer, Place, Post
from bureaus.models.guards import append_only
from inquiries.models.attachment import Attachment
from inquiries.models.duty import Duty
from inquiries.models.inquiry import Inquiry


class IssuedPaper(models.Model):
    """A paper about an inquiry under its number; `about` says which answer, dispatch or chase it is the paper of."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    inquiry = models.ForeignKey(
        Inquiry, models.PROTECT, related_name="issued_papers", verbose_name=_("inquiry")
    )
    kind = models.CharField(_("kind"), max_length=10)
    about = models.BigIntegerField()
    bureau = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("bureau"))
    # 机关代字 as it was then: a bureau that is renamed renames no paper.
    word = models.CharField(max_length=90)
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    issued_at = models.DateTimeField(_("issued"))
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("issued paper")
        verbose_name_plural = _("issued papers")
        constraints = [
            models.UniqueConstraint(name="paper_number_once", fields=["bureau", "kind", "year", "number"]),
            models.UniqueConstraint(name="paper_issued_once", fields=["inquiry", "kind", "about"]),
            models.CheckConstraint(name="paper_counts_from_one", condition=models.Q(number__gte=1)),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return number_of(self.word, self.year, self.number)


class PaperCount(models.Model):
    """The last number given. Written by the database's own function alone, in the transaction that issues."""

    bureau = models.ForeignKey(Place, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="paper_count_once", fields=["bureau", "kind", "year"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class SignedPaper(models.Model):
    """A decision that was signed on paper: its scan, who signed in which post on which day, and who entered it."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    inquiry = models.ForeignKey(
        Inquiry, models.PROTECT, related_name="signed_papers", verbose_name=_("inquiry")
    )
    duty = models.OneToOneField(Duty, models.PROTECT, related_name="+", verbose_name=_("duty"))
    scan = models.ForeignKey(
        Attachment, models.PROTECT, related_name="+", verbose_name=_("scan"), db_index=False
    )
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"), db_index=False)
    signer = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name=_("signed by"), db_index=False
    )
    signed_on = models.DateField(_("signed on"))
    entered_by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", verbose_name=_("entered by"), db_index=False
    )
    entered_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("paper that was signed")
        verbose_name_plural = _("papers that were signed")
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.duty_id}"
