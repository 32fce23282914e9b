"""Who we are: places, posts and officers."""

from bureaus.models.api_keys import ApiKey, ApiScope, ApiUse
from bureaus.models.calendar import CalendarDay, CalendarVersion, CalendarYear, OfficeHours
from bureaus.models.edits import Edit
from bureaus.models.fields import DataKey
from bureaus.models.notices import Address, Channel, Level, Message, Notice
from bureaus.models.places import Bureau, District, DistrictSettings, Hotline, Place, Section, Unit
from bureaus.models.posts import Absence, DutyTurn, HandOver, Officer, Post, Tenure

__all__ = [
    "Absence",
    "Address",
    "ApiKey",
    "ApiScope",
    "ApiUse",
    "Bureau",
    "CalendarDay",
    "CalendarVersion",
    "CalendarYear",
    "Channel",
    "DataKey",
    "District",
    "DistrictSettings",
    "DutyTurn",
    "Edit",
    "HandOver",
    "Hotline",
    "Level",
    "Message",
    "Notice",
    "OfficeHours",
    "Officer",
    "Place",
    "Post",
    "Section",
    "Tenure",
    "Unit",
]
