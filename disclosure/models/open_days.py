"""Open-government days: who stood where, who came, what was asked, and what was handed out."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.models.guards import undeletable, written_once
from disclosure.models.counts import Count, Measure
from disclosure.models.entered import Entered, entered_constraints, entered_triggers
from inquiries.models import Inquiry

# The year before Liaoning's first 5·15: the tenth was 2016, the twentieth is 2026.
LIAONING_BASE_YEAR = 2006


def _words() -> models.JSONField:
    return models.JSONField(default=list, blank=True)


class OpenDay(models.Model):
    """One open-government day (政务公开日) of a district."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="open_days", verbose_name=_("district"))
    on = models.DateField(_("day"))
    until_on = models.DateField(_("last day"), null=True, blank=True)
    base_year = models.PositiveSmallIntegerField(_("year before the first"), default=LIAONING_BASE_YEAR)
    # Computed, so that it cannot be copied wrong from last year's plan.
    ordinal = models.GeneratedField(
        expression=ExtractYear("on") - F("base_year"),
        output_field=models.IntegerField(_("which one")),
        db_persist=True,
    )
    ordinal_stated = models.PositiveSmallIntegerField(
        _("which one, as a document says"), null=True, blank=True
    )
    theme = models.CharField(_("theme"), max_length=200)
    aim = models.CharField(_("aim"), max_length=300, blank=True)
    is_history = models.BooleanField(_("from reports of the past"), default=False)
    is_example = models.BooleanField(_("example"), default=False)

    class Meta:
        verbose_name = _("open day")
        verbose_name_plural = _("open days")
        ordering = ["-on", "pk"]
        constraints = [
            models.UniqueConstraint(name="open_day_once", fields=["district", "on"]),
            models.UniqueConstraint(name="open_day_district_key", fields=["id", "district"]),
            models.CheckConstraint(
                name="open_day_after_its_base_year", condition=Q(on__year__gt=F("base_year"))
            ),
            models.CheckConstraint(
                name="open_day_ends_after_it_begins", condition=Q(until_on=None) | Q(until_on__gt=F("on"))
            ),
        ]
        triggers = undeletable()

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d}"

    @property
    def last_on(self) -> date:
        """The day itself, or the last of several (2021: 15 to 21 May)."""
        return self.until_on or self.on

    @property
    def is_misstated(self) -> bool:
        """Whether a document of this day counts it wrongly."""
        return self.ordinal_stated is not None and self.ordinal_stated != self.ordinal


class Screen(models.Model):
    """The live board of a day at an address that nobody guesses, for a screen in the square: sums, and no person.

    It is there until it is withdrawn or the day is over.
    """

    token = models.CharField(primary_key=True, max_length=32, editable=False)
    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    open_day = models.ForeignKey(
        OpenDay, models.PROTECT, related_name="screens", verbose_name=_("open day"), db_index=False
    )
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("public screen")
        verbose_name_plural = _("public screens")
        constraints = [
            models.UniqueConstraint(name="screen_once", fields=["open_day"], condition=Q(withdrawn_at=None)),
            models.CheckConstraint(
                name="screen_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
        triggers = [
            written_once(
                "never_rewritten",
                pgtrigger.Condition(
                    "OLD.withdrawn_at IS NOT NULL OR (NEW.token, NEW.district_id, NEW.open_day_id, NEW.opened_at, "
                    "NEW.opened_by_id) IS DISTINCT FROM (OLD.token, OLD.district_id, OLD.open_day_id, OLD.opened_at, "
                    "OLD.opened_by_id)"
                ),
            ),
            *undeletable(),
        ]

    def __str__(self) -> str:
        return str(self.open_day_id)


class Booth(models.Model):
    """A bureau at an open day: where it stood, with whom, and what it showed."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    open_day = models.ForeignKey(OpenDay, models.PROTECT, related_name="booths", verbose_name=_("open day"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="booths", verbose_name=_("bureau"))
    venue = models.CharField(_("venue"), max_length=120, blank=True)
    plan_title = models.CharField(_("title of the plan"), max_length=200, blank=True)
    aim = models.CharField(_("aim"), max_length=300, blank=True)
    units = models.ManyToManyField(Place, blank=True, related_name="+", verbose_name=_("units present"))
    team_heads = _words()
    topics = _words()
    published = _words()
    preparation = _words()
    leaders_acts = _words()

    class Meta:
        verbose_name = _("booth")
        verbose_name_plural = _("booths")
        constraints = [
            models.UniqueConstraint(name="booth_once", fields=["open_day", "place"]),
            models.UniqueConstraint(name="booth_district_key", fields=["id", "district"]),
        ]
        triggers = undeletable()

    def __str__(self) -> str:
        return f"{self.open_day_id}/{self.place_id}"


def _count(what: str) -> Q:
    """Nothing below 0, and what is unknown is not exceeded."""
    # A CHECK lets through what is null, so the null is asked for first.
    known = Q(**{f"{what}value__isnull": False, f"{what}value__gte": 0})
    return known | Q(**{f"{what}value": None, f"{what}at_least": False})


class Reception(Entered):
    """Who was received at a booth, and what came of it; one matter may go on as an inquiry.

    A tap at the desk counts people alone; a question recorded there counts itself where it was answered at once.
    """

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    booth = models.ForeignKey(Booth, models.PROTECT, related_name="receptions", verbose_name=_("booth"))
    people_value = models.IntegerField(_("received"), null=True, blank=True)
    people_at_least = models.BooleanField(_("received, and more"), default=False)
    people_measure = models.CharField(
        _("received, counted as"), max_length=8, choices=Measure, default=Measure.PERSON
    )
    questions_value = models.IntegerField(_("questions answered"), null=True, blank=True)
    questions_at_least = models.BooleanField(_("questions answered, and more"), default=False)
    issues_value = models.IntegerField(_("issues collected"), null=True, blank=True)
    issues_at_least = models.BooleanField(_("issues collected, and more"), default=False)
    inquiry = models.OneToOneField(
        Inquiry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("inquiry")
    )

    class Meta:
        verbose_name = _("reception")
        verbose_name_plural = _("receptions")
        constraints = [
            models.CheckConstraint(name="reception_people_count", condition=_count("people_")),
            models.CheckConstraint(name="reception_questions_count", condition=_count("questions_")),
            models.CheckConstraint(name="reception_issues_count", condition=_count("issues_")),
            models.CheckConstraint(
                name="reception_people_or_visits",
                condition=Q(people_measure__in=[Measure.PERSON, Measure.VISIT]),
            ),
            *entered_constraints("reception"),
        ]
        triggers = entered_triggers()

    def __str__(self) -> str:
        return f"{self.booth_id}"

    @property
    def people(self) -> Count:
        """How many were received, as people or as visits."""
        return Count(self.people_value, Measure(self.people_measure), self.people_at_least)

    @property
    def questions(self) -> Count:
        """How many questions were answered on the spot."""
        return Count(self.questions_value, Measure.CASE, self.questions_at_least)

    @property
    def issues(self) -> Count:
        """How many issues were taken home to be answered."""
        return Count(self.issues_value, Measure.CASE, self.issues_at_least)


class Material(models.Model):
    """Something a district prints to hand out."""

    class Kind(models.TextChoices):
        LEAFLET = "leaflet", _("leaflet")
        HANDBOOK = "handbook", _("handbook")
        CONTACT_CARD = "contact_card", _("contact card")
        POSTER = "poster", _("poster")
        OTHER = "other", _("other")

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = models.CharField(_("name"), max_length=120)
    measure = models.CharField(_("measure"), max_length=8, choices=Measure)

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        constraints = [
            models.UniqueConstraint(name="material_once", fields=["district", "name"]),
            models.UniqueConstraint(name="material_district_key", fields=["id", "district"]),
            models.CheckConstraint(
                name="material_is_no_person",
                condition=~Q(measure__in=[Measure.PERSON, Measure.VISIT, Measure.CASE]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Handout(Entered):
    """How much of a material a booth gave away: in all, as a report says, or each time, as it is tapped."""

    district = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("district"))
    booth = models.ForeignKey(Booth, models.PROTECT, related_name="handouts", verbose_name=_("booth"))
    material = models.ForeignKey(
        Material, models.PROTECT, related_name="handouts", verbose_name=_("material")
    )
    value = models.IntegerField(_("handed out"), null=True, blank=True)
    at_least = models.BooleanField(_("handed out, and more"), default=False)

    class Meta:
        verbose_name = _("handout")
        verbose_name_plural = _("handouts")
        constraints = [
            models.UniqueConstraint(
                name="handout_once", fields=["booth", "material"], condition=Q(recorded_by=None)
            ),
            models.CheckConstraint(name="handout_count", condition=_count("")),
            *entered_constraints("handout"),
        ]
        triggers = entered_triggers()

    def __str__(self) -> str:
        return f"{self.booth_id}/{self.material_id}"

    @property
    def count(self) -> Count:
        """How much was given away, in the material's measure."""
        return Count(self.value, Measure(self.material.measure), self.at_least)
