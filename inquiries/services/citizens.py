"""Citizens are told too: by message where they gave an address, else by a duty to telephone."""

from __future__ import annotations

from datetime import datetime

from bureaus.models import DistrictSettings, Officer
from bureaus.models.notices import Channel
from bureaus.services.calendar import calendar_for
from bureaus.services.messages import queue_citizen_message
from inquiries import deadlines
from inquiries.models import Duty, Inquiry
from inquiries.models.answer import ToldHow
from inquiries.models.duty import DutyKind
from inquiries.services.duties import open_duty

# What a handler has to say herself where no message can: the others the citizen learns with the next word from us.
_WORTH_A_CALL = frozenset({"extended", "more_wanted"})


def way_to(inquiry: Inquiry) -> tuple[str, str] | None:
    """The channel by which this citizen can be written to and her address as it is kept, encrypted; None for none.

    E-mail where she gave one, a text message where the district has a gateway.
    """
    citizen = inquiry.citizen
    if citizen is None or citizen.key is None or citizen.key.destroyed_at is not None:
        return None
    if citizen.email:
        return Channel.EMAIL, citizen.email
    gateway = DistrictSettings.objects.filter(district=inquiry.district_id).exclude(sms_url="").exists()
    if citizen.phone and gateway:
        return Channel.SMS, citizen.phone
    return None


def tell_citizen(inquiry: Inquiry, template: str, *, by: Officer | None, now: datetime) -> str:
    """The citizen will be told, once for this state of things; gives the channel, "telephone", or "" for nobody.

    The caller has locked the inquiry and saves it.
    """
    way = way_to(inquiry)
    citizen = inquiry.citizen
    if way is not None and citizen is not None and citizen.key is not None:
        queue_citizen_message(
            district_id=inquiry.district_id,
            channel=way[0],
            token=way[1],
            key=citizen.key,
            template=template,
            reference=inquiry.reference,
            cause_kind=f"citizen_{template}",
            cause_id=f"{inquiry.pk}.{inquiry.round}.{inquiry.extensions}.{inquiry.hops}",
            now=now,
            due_at=inquiry.due_at,
        )
        return way[0]
    if (
        template not in _WORTH_A_CALL
        or citizen is None
        or not citizen.phone
        or citizen.standing == "anonymous"
    ):
        return ""
    subject = f"{template}.{inquiry.version}"
    if not Duty.objects.filter(inquiry=inquiry, kind=DutyKind.TELL, subject=subject, done_at=None).exists():
        open_duty(
            kind=DutyKind.TELL,
            place=inquiry.holder,
            post=inquiry.post,
            due_at=deadlines.due(now, deadlines.Rule(1), calendar_for(inquiry.district_id)).due_at,
            now=now,
            by=by,
            inquiry=inquiry,
            subject=subject,
        )
    return "telephone"


def tell_answered(inquiry: Inquiry, told_how: str, *, by: Officer | None, now: datetime) -> None:
    """Where the officer chose a message as the way of telling, it goes out."""
    if told_how in (ToldHow.SMS, ToldHow.EMAIL):
        tell_citizen(inquiry, "answered", by=by, now=now)
