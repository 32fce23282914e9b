"""What is typed into the calendar: days, a file, a year, office hours."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.forms.controls import DayInput, HourInput
from bureaus.forms.files import KeptFile
from bureaus.workdays import Calendar, Day, OfficeHours

LONGEST_DAYS = 62


class CalendarForm(forms.Form):
    """An edit of the calendar, previewed before it is saved."""

    previewed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs.setdefault("auto_id", f"{self.__class__.__name__.lower()}_%s")
        super().__init__(*args, **kwargs)
        self.year = year


class ToggleForm(CalendarForm):
    """Days ticked in the year, each turned into what it is not."""

    days = forms.MultipleChoiceField(
        label=_("Days"), error_messages={"required": _("Tick the days above, at least one.")}
    )
    what = forms.ChoiceField(
        label=_("Ticked days become"),
        choices=[
            ("turn", _("turned over: worked ↔ free")),
            ("back", _("as if nobody had named them")),
        ],
    )
    name = forms.CharField(label=pgettext_lazy("holiday", "Name"), max_length=80, required=False)
    note = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The notice or decision that says so.")
    )

    # The version of the calendar that the preview turned over: in another, a day may be the other already.
    edition = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = date(self.year, 1, 1).toordinal()
        year = range(first, date(self.year + 1, 1, 1).toordinal())
        self.fields["days"].choices = [(str(on), str(on)) for on in map(date.fromordinal, year)]  # type: ignore[attr-defined]

    @property
    def ticked(self) -> set[str]:
        """The days that are ticked, whether or not they could be saved."""
        return set(self["days"].value() or ())

    def turned(self, in_force: Calendar) -> dict[date, Day | None]:
        """Each ticked day as it is to be."""
        given = self.cleaned_data
        days = [date.fromisoformat(on) for on in given["days"]]
        if given["what"] == "back":
            return dict.fromkeys(days)
        return {on: Day(not in_force.is_working(on), given["name"], given["note"]) for on in days}


class DaysForm(CalendarForm):
    from_on = forms.DateField(label=_("From"), widget=DayInput)
    until_on = forms.DateField(
        label=_("To, included"), widget=DayInput, required=False, help_text=_("Empty: one day.")
    )
    what = forms.ChoiceField(
        label=_("These days are"),
        choices=[
            ("free", _("free")),
            ("worked", _("worked")),
            ("back", _("as if nobody had named them")),
        ],
    )
    name = forms.CharField(
        label=pgettext_lazy("holiday", "Name"),
        max_length=80,
        required=False,
        help_text=_("Such as National Day, or a power cut."),
    )
    note = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The notice or decision that says so.")
    )

    def clean(self) -> dict[str, Any]:
        """A span that ends after it begins, and is no longer than two months."""
        given = super().clean() or {}
        first, last = given.get("from_on"), given.get("until_on")
        if first and last and not first <= last < first + timedelta(days=LONGEST_DAYS):
            self.add_error(
                "until_on", _("Give a day from the first one on, at most %(n)s days.") % {"n": LONGEST_DAYS}
            )
        return given

    def days(self) -> dict[date, Day | None]:
        """Every day of the span."""
        given = self.cleaned_data
        last = given["until_on"] or given["from_on"]
        day = (
            None if given["what"] == "back" else Day(given["what"] == "worked", given["name"], given["note"])
        )
        return {given["from_on"] + timedelta(days=n): day for n in range((last - given["from_on"]).days + 1)}


class FileForm(KeptFile, CalendarForm):
    LARGEST = 200_000
    TOO_LARGE = _("The file is larger than a calendar: at most 200 kB.")

    file = forms.FileField(
        label=pgettext_lazy("attachment", "File"),
        required=False,
        help_text=_(
            "CSV with the columns on, working, name; working is 1 or 0, 是 or 否. UTF-8 or GB 18030."
        ),
    )
    announces = forms.BooleanField(label=_("It announces its years"), required=False)
    note = forms.CharField(label=_("Source"), max_length=200)


class YearForm(CalendarForm):
    what = forms.ChoiceField(
        label=_("The year"),
        choices=[
            ("published", _("take over as published, and announce it")),
            ("announce", _("is announced as it stands here")),
            ("withdraw", _("is provisional again")),
        ],
    )
    note = forms.CharField(label=_("Reason"), max_length=200)


class HoursForm(CalendarForm):
    from_on = forms.DateField(label=_("From"), widget=DayInput)
    weekday = forms.TypedChoiceField(
        label=_("Weekday"),
        choices=[("", _("every working day")), *WEEKDAYS.items()],
        coerce=int,
        empty_value=None,
        required=False,
    )
    opens = forms.TimeField(label=_("Opens"), widget=HourInput)
    closes = forms.TimeField(label=_("Closes"), widget=HourInput)
    opens_again = forms.TimeField(label=_("Opens again"), widget=HourInput, required=False)
    closes_again = forms.TimeField(label=_("Closes again"), widget=HourInput, required=False)
    note = forms.CharField(label=_("Reason"), max_length=200)

    def clean(self) -> dict[str, Any]:
        """The afternoon has both its hours or none."""
        given = super().clean() or {}
        if bool(given.get("opens_again")) != bool(given.get("closes_again")):
            self.add_error("closes_again", _("Give both hours of the afternoon, or neither."))
        return given

    def hours(self) -> list[OfficeHours]:
        """One opening or two."""
        given = self.cleaned_data
        spans = [(given["opens"], given["closes"])]
        if given["opens_again"]:
            spans.append((given["opens_again"], given["closes_again"]))
        return [OfficeHours(given["from_on"], given["weekday"], *span) for span in spans]
