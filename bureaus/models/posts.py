"""Posts owe; officers hold posts for a time."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from bureaus.models.places import Place


class OfficerManager(BaseUserManager["Officer"]):
    def create_user(self, username: str, password: str | None = None, **fields: object) -> Officer:
        """An officer who can sign in; without a password, one who cannot yet."""
        officer = self.model(username=username, **fields)
        officer.set_password(password)
        officer.save(using=self._db)
        return officer

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> Officer:
        """The system administrator: keeps the tables, reads no case by that alone."""
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class Officer(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What is owed belongs to posts; the officer holds them for a time."""

    username = models.CharField(_("account"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    district = models.ForeignKey(
        Place, models.PROTECT, null=True, related_name="officers", verbose_name=_("district")
    )
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the administration"), default=False)
    is_example = models.BooleanField(_("example"), default=False)
    external_id = models.CharField(_("key in the directory"), max_length=80, blank=True)

    # Known in the request that made the password, and nowhere else.
    fresh_password: str = ""

    objects = OfficerManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("officer")
        verbose_name_plural = _("officers")

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """The name others see."""
        return self.name


class Post(models.Model):
    """A role at a place. Everything owed belongs to a post."""

    class Role(models.TextChoices):
        DIRECTOR = "director", _("district director")
        CLERK = "clerk", _("district clerk")
        BUREAU_HEAD = "bureau_head", _("bureau head")
        VICE_HEAD = "vice_head", _("vice head in charge")
        LIAISON = "liaison", _("liaison")
        SECTION_HEAD = "section_head", _("section head")
        HANDLER = "handler", _("handler")
        AUDITOR = "auditor", _("auditor")

    place = models.ForeignKey(Place, models.PROTECT, related_name="posts", verbose_name=_("place"))
    role = models.CharField(_("role"), max_length=12, choices=Role)
    title = models.CharField(_("title"), max_length=80)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    # Who takes what it owed, where its place was abolished.
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="predecessors",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("taken over by"),
    )

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.UniqueConstraint(
                name="post_title_once", fields=["place", "title"], condition=Q(closed_on=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.title}"


def _days() -> Func:
    # Upper bound exclusive: a tenure that ends on a day gives the post to the next holder on that day.
    return Func(F("from_on"), F("until_on"), Value("[)"), function="daterange")


class Tenure(models.Model):
    """An officer holds a post from a day until a day, as holder or as deputy (B角)."""

    class Part(models.TextChoices):
        HOLDER = "holder", _("holder")
        DEPUTY = "deputy", _("deputy")

    post = models.ForeignKey(Post, models.PROTECT, related_name="tenures", verbose_name=_("post"))
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="tenures", verbose_name=_("officer"))
    part = models.CharField(_("part"), max_length=6, choices=Part, default=Part.HOLDER)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until (that day no more)"), null=True, blank=True)

    class Meta:
        verbose_name = _("tenure")
        verbose_name_plural = _("tenures")
        constraints = [
            models.CheckConstraint(
                name="tenure_ends_after_it_starts", condition=Q(until_on=None) | Q(until_on__gte=F("from_on"))
            ),
            ExclusionConstraint(
                name="tenure_one_holder_at_a_time",
                expressions=[(F("post"), RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
                condition=Q(part="holder"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id}/{self.officer_id}"


class Absence(models.Model):
    """An officer is away; the deputy acts meanwhile (代)."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="absences", verbose_name=_("officer"))
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"))
    why = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_it_starts", condition=Q(until_at__gt=F("from_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.officer_id}"

    def covers(self, at: datetime) -> bool:
        """Whether the officer is away at that instant."""
        return self.from_at <= at < self.until_at


class DutyTurn(models.Model):
    """A line of the duty roster (值班表): who is reached at any hour, in order."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="duty_turns", verbose_name=_("place"))
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="duty_turns", verbose_name=_("officer"))
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"))
    rank = models.PositiveSmallIntegerField(_("order"), default=1)

    class Meta:
        verbose_name = _("duty roster")
        verbose_name_plural = _("duty roster")
        ordering = ["from_at", "rank"]
        constraints = [
            models.CheckConstraint(name="turn_ends_after_it_starts", condition=Q(until_at__gt=F("from_at")))
        ]

    def __str__(self) -> str:
        return f"{self.place_id}/{self.officer_id}"


class HandOver(models.Model):
    """The slip (交接单) by which a tenure with open items ends: who took how many, and what was said."""

    tenure = models.OneToOneField(Tenure, models.PROTECT, related_name="hand_over", verbose_name=_("tenure"))
    to_officer = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("taken over by"))
    open_items = models.PositiveIntegerField(_("open items"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("hand-over slip")
        verbose_name_plural = _("hand-over slips")

    def __str__(self) -> str:
        return f"{self.tenure_id}"
