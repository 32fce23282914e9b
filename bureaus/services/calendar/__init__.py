"""The calendar is read, and new versions of it are written, here."""

from bureaus.services.calendar.editing import (
    HoursRefused,
    NothingToChange,
    NotYourCalendar,
    YearNotCovered,
    announce_year,
    check_may_edit,
    edit_days,
    load_year,
    set_office_hours,
)
from bureaus.services.calendar.files import CsvRefused, LineError, load_csv, read_csv
from bureaus.services.calendar.reading import (
    HOLIDAYS,
    calendar_for,
    missing_next_year,
    newest_version,
    word_reason,
)

__all__ = [
    "HOLIDAYS",
    "CsvRefused",
    "HoursRefused",
    "LineError",
    "NotYourCalendar",
    "NothingToChange",
    "YearNotCovered",
    "announce_year",
    "calendar_for",
    "check_may_edit",
    "edit_days",
    "load_csv",
    "load_year",
    "missing_next_year",
    "newest_version",
    "read_csv",
    "set_office_hours",
    "word_reason",
]
