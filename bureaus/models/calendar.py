"""Working days and office hours as versioned rows: nothing is changed, the newest row up to a version holds."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.models.places import Place
from bureaus.models.posts import Officer

_CURRENT_TRANSACTION = Cast(
    Cast(models.Func(function="pg_current_xact_id"), models.TextField()),
    models.BigIntegerField(),
)


def _append_only() -> pgtrigger.Trigger:
    return pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


def _with_its_version() -> list[pgtrigger.Trigger]:
    return [
        _append_only(),
        pgtrigger.Trigger(
            name="with_its_version",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func="""
            IF (SELECT made_in FROM bureaus_calendarversion WHERE id = NEW.version_id)
                IS DISTINCT FROM pg_current_xact_id()::text::bigint
            THEN
                RAISE EXCEPTION 'calendar version % is closed', NEW.version_id
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
            """,
        ),
    ]


class CalendarVersion(models.Model):
    """One edit of the national calendar (no district) or of a district's own; its rows were written with it.

    Keys grow in the order of the edits, so "as of version V" is every row of a version up to V.
    """

    district = models.ForeignKey(
        Place, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("district")
    )
    number = models.PositiveIntegerField(_("number"), unique=True)
    made_at = models.DateTimeField(_("made at"))
    by = models.ForeignKey(
        Officer, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("by")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    # The transaction that wrote it: no row can join a version later.
    made_in = models.BigIntegerField(editable=False, db_default=_CURRENT_TRANSACTION)

    class Meta:
        verbose_name = _("calendar version")
        verbose_name_plural = _("calendar versions")
        triggers = [_append_only()]

    def __str__(self) -> str:
        return str(self.number)


class CalendarDay(models.Model):
    """One date that a version names as worked or free; with `working` empty the name is taken back."""

    version = models.ForeignKey(
        CalendarVersion, models.PROTECT, related_name="days", verbose_name=_("version")
    )
    on = models.DateField(_("date"))
    working = models.BooleanField(_("working day"), null=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = pgettext_lazy("table", "calendar days")
        constraints = [models.UniqueConstraint(name="calendar_day_once", fields=["version", "on"])]
        triggers = _with_its_version()

    def __str__(self) -> str:
        return self.on.isoformat()


class CalendarYear(models.Model):
    """Whether a version declares a year announced, or takes the announcement back."""

    version = models.ForeignKey(
        CalendarVersion, models.PROTECT, related_name="years", verbose_name=_("version")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    announced = models.BooleanField(_("announced"))

    class Meta:
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")
        constraints = [models.UniqueConstraint(name="calendar_year_once", fields=["version", "year"])]
        triggers = _with_its_version()

    def __str__(self) -> str:
        return str(self.year)


class OfficeHours(models.Model):
    """One opening from a date on, for a weekday (0 is Monday) or for all; a lunch break is two rows.

    The rows of one version for a date and weekday replace those of earlier versions for the same.
    """

    version = models.ForeignKey(
        CalendarVersion, models.PROTECT, related_name="hours", verbose_name=_("version")
    )
    from_on = models.DateField(_("from"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), null=True, blank=True)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("office hours")
        verbose_name_plural = _("office hours")
        constraints = [
            models.UniqueConstraint(
                name="office_hours_once",
                fields=["version", "from_on", "weekday", "opens"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="office_hours_open_before_they_close", condition=Q(opens__lt=F("closes"))
            ),
            models.CheckConstraint(
                name="office_hours_weekday", condition=Q(weekday=None) | Q(weekday__lte=6)
            ),
        ]
        triggers = _with_its_version()

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"
