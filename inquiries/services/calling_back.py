"""The district asks the citizen what the answer was worth (回访): opened by rule or by hand, never by who answered."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from bureaus.access import Act
from bureaus.models import DistrictSettings, Officer, Place
from bureaus.services.calendar import calendar_for
from bureaus.workdays import local_date
from inquiries import deadlines
from inquiries.models import Duty, Inquiry, Rating
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish
from inquiries.services.duties import open_duty
from inquiries.services.refusals import NobodyToCall, NotAnswered
from inquiries.states import UNSOLVED

CALLBACK_WORKING_DAYS = 3


def owe_callback(inquiry: Inquiry, outcome: str, *, by: Officer | None, now: datetime) -> Duty | None:
    """The district owes a callback of the answer just given, where its setting asks for one.

    Flagged are outcomes that did not solve it, and what was answered anew after the citizen was dissatisfied. A sealed
    matter and a citizen who left no way to reach her are called by hand or not at all.
    """
    if inquiry.sealed or not reachable(inquiry):
        return None
    wanted = callbacks_of(inquiry.district_id)
    flagged = (
        outcome in UNSOLVED
        or Rating.objects.filter(
            inquiry=inquiry, round__lt=inquiry.round, satisfaction=Rating.Satisfaction.DISSATISFIED
        ).exists()
    )
    if wanted == DistrictSettings.Callbacks.NONE or (
        wanted == DistrictSettings.Callbacks.FLAGGED and not flagged
    ):
        return None
    return open_for_district(inquiry, by=by, now=now)


def callbacks_of(district_id: int) -> str:
    """Of which answers the district asks the citizen, a code of DistrictSettings.Callbacks."""
    kept = DistrictSettings.objects.filter(district=district_id).values_list("callbacks", flat=True).first()
    return kept or DistrictSettings.Callbacks.FLAGGED


def open_callback(inquiry_id: int, *, by: Officer, now: datetime, seen: int | None = None) -> Duty:
    """The district owes a callback of this answer within three working days, because an officer of it asks for one.

    Raises NotAnswered, NobodyToCall, DutyOpenAlready, NotYours.
    """
    inquiry = begin(inquiry_id, act=Act.CALL_BACK, by=by, now=now, seen=seen)
    if inquiry.answered_at is None:
        raise NotAnswered
    if not reachable(inquiry):
        raise NobodyToCall
    duty = open_for_district(inquiry, by=by, now=now)
    finish(inquiry, "callback_asked", by=by, now=now, changed=[], place_id=duty.place_id, duty=duty.pk)
    return duty


def reachable(inquiry: Inquiry) -> bool:
    """Whether the citizen left a way to be called back."""
    citizen = inquiry.citizen
    if citizen is None or citizen.key is None or citizen.key.destroyed_at is not None:
        return False
    return citizen.standing != "anonymous" and bool(citizen.phone or citizen.email)


def open_for_district(inquiry: Inquiry, *, by: Officer | None, now: datetime) -> Duty:
    """The district owes the callback of this round within three working days. Raises DutyOpenAlready."""
    return open_duty(
        kind=DutyKind.CALLBACK,
        place=Place.objects.get(pk=inquiry.district_id),
        due_at=deadlines.due(
            now, deadlines.Rule(CALLBACK_WORKING_DAYS), calendar_for(inquiry.district_id)
        ).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        subject=str(inquiry.round),
    )


def script_of(inquiry: Inquiry) -> list[str]:
    """What is read to the citizen, a sentence or two at a time, in Chinese, whatever the officer reads."""
    answer = inquiry.answers.filter(round=inquiry.round).select_related("place").first()
    if answer is None:
        return []
    asked_on = local_date(inquiry.asked_at)
    with translation.override("zh-hans"):
        words = {
            "district": Place.objects.get(pk=inquiry.district_id).name,
            "month": asked_on.month,
            "day": asked_on.day,
            "question": inquiry.question,
            "place": answer.place,
            "answer": answer.text,
        }
        said = [
            _("Good day, this is the open-government office of %(district)s."),
            _("On %(day)d/%(month)d you asked: “%(question)s” %(place)s answered: “%(answer)s”"),
            _("First: were you contacted in time?"),
            _("Second: is the matter solved?"),
            _("Third: are you satisfied, basically satisfied or dissatisfied with how it was handled?"),
            _("Thank you. If you are dissatisfied, it is handled anew and you are answered again."),
        ]
        return [sentence % words for sentence in said]
