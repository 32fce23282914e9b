"""What passes between the inside and a portal of its own: a box that only the inside opens, and what it hands out."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from bureaus.models import Place
from inquiries.models import Duty, Inquiry


class IntakeKey(models.Model):
    """The public half of the key to which the portal seals; the private one is made of FIELD_KEYS, inside."""

    public = models.BinaryField(primary_key=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("key of the intake box")
        verbose_name_plural = _("keys of the intake box")

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d}"


class Intake(models.Model):
    """One thing a citizen handed in at the portal, sealed: its login adds rows and reads none.

    The inside opens it, does what it says and deletes the row in one transaction: once, whatever dies between.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    # By it whoever handed in a question finds it before it is recorded; empty for what is added to a matter.
    digest = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    # What could not be done is tried again; the name of the refusal says why, and nothing of what was handed in.
    tries = models.PositiveSmallIntegerField(default=0)
    again_at = models.DateTimeField()
    trouble = models.CharField(max_length=80, blank=True)
    # By which the district owes looking into it, with all else that waits.
    duty = models.ForeignKey(Duty, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("entry of the intake box")
        verbose_name_plural = _("entries of the intake box")
        indexes = [
            models.Index(name="intake_waiting", fields=["district", "again_at", "id"]),
            models.Index(name="intake_by_digest", fields=["digest"]),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DrawnReference(models.Model):
    """A number that the portal drew and nothing uses yet: no other is accepted of what lies in the box."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("number drawn by the portal")
        verbose_name_plural = _("numbers drawn by the portal")
        constraints = [
            models.UniqueConstraint(name="reference_drawn_once", fields=["district", "year", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.number}"


class PublicState(models.Model):
    """How a matter that came in by the portal, or is followed there, stands, as its citizen is told; without her words.

    The portal's login does not read the table: `bida_public_state` gives it the one row whose digest it names.
    """

    inquiry = models.OneToOneField(Inquiry, models.PROTECT, primary_key=True, related_name="+")
    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    # Of reference and code, under the HASH_KEY of the portal; of no code from the moment in which it is replaced.
    digest = models.CharField(max_length=64)
    content = models.JSONField()
    # How many events the matter had when it was written: with more of them it is written anew.
    as_of = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("public state of a matter")
        verbose_name_plural = _("public states of matters")
        constraints = [models.UniqueConstraint(name="public_state_once", fields=["district", "digest"])]

    def __str__(self) -> str:
        return str(self.inquiry_id)


class HandedOut(models.Model):
    """What public pages show and only the inside can count: figures, the public list, the numbers of a day."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+")
    what = models.CharField(max_length=40)
    content = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("numbers handed out")
        verbose_name_plural = _("numbers handed out")
        constraints = [models.UniqueConstraint(name="handed_out_once", fields=["district", "what"])]

    def __str__(self) -> str:
        return self.what
