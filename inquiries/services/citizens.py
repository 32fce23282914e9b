"""Citizens are told too: by message where they gave an address, else by a duty to telephone or to post a letter."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from bureaus.models import DistrictSettings, Officer
from bureaus.models.notices import Channel as MessageChannel
from bureaus.services.calendar import calendar_for
from bureaus.services.messages import queue_citizen_message
from bureaus.services.wording import CITIZEN_TEMPLATES, say_until
from inquiries import deadlines
from inquiries.models import Citizen, Duty, Inquiry
from inquiries.models.answer import ToldHow
from inquiries.models.duty import DutyKind
from inquiries.models.inquiry import Channel
from inquiries.services.duties import open_duty
from inquiries.services.refusals import NowhereToTell

# What citizens are told of; bureaus.services.wording has a text for each.
TOLD_OF = ("recorded", "extended", "handed_over", "more_wanted", "answered")
# Whoever asked there has heard it on the spot, or hears it from the system that passed it on.
_HEARD_AT_ONCE = frozenset(
    {Channel.DESK, Channel.HOTLINE, Channel.VISIT, Channel.CITY_12345, Channel.HANDED_DOWN}
)
TELEPHONE, LETTER = "telephone", "letter"


def way_to(inquiry: Inquiry) -> tuple[str, str] | None:
    """The channel by which this citizen can be written to and her address as it is kept, encrypted; None for none.

    E-mail where she gave one, a text message where the district has a gateway.
    """
    citizen = inquiry.citizen
    if citizen is None or citizen.key is None or citizen.key.destroyed_at is not None:
        return None
    if citizen.email:
        return MessageChannel.EMAIL, citizen.email
    gateway = DistrictSettings.objects.filter(district=inquiry.district_id).exclude(sms_url="").exists()
    if citizen.phone and gateway:
        return MessageChannel.SMS, citizen.phone
    return None


def tell_citizen(inquiry: Inquiry, template: str, *, by: Officer | None, now: datetime) -> str:
    """The citizen will be told, once for this state of things; gives the channel, "telephone", "letter", or "" for
    nobody.

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
            cause_id=f"{inquiry.pk}.{inquiry.version}",
            now=now,
            due_at=inquiry.due_at,
        )
        return way[0]
    if template == "recorded" and (
        inquiry.channel in _HEARD_AT_ONCE
        # Whoever asked on the public page herself has the reference in hand.
        or (inquiry.channel == Channel.WEB and inquiry.recorded_by_id is None)
    ):
        return ""
    return owe_telling(inquiry, template, by=by, now=now)


def sentence_of(inquiry: Inquiry, template: str, *, now: datetime) -> str:
    """What the citizen is told, in the Chinese words of the messages; "" for what she is not told.

    A day that has passed is not promised again: the answer is said to be late.
    """
    if template not in TOLD_OF:
        return ""
    # Citizens read Chinese, whatever the officer reads.
    with translation.override("zh-hans"):
        words = {"reference": inquiry.reference, "due": say_until(inquiry.due_at)}
        if template in ("recorded", "extended") and inquiry.is_open and inquiry.due_at <= now:
            return (
                _(
                    "Your matter %(reference)s has been recorded. Its answer was due by %(due)s and is being pursued."
                )
                % words
            )
        return str(CITIZEN_TEMPLATES[template]) % words


def owe_telling(
    inquiry: Inquiry, template: str, *, by: Officer | None, now: datetime, letter: bool = False
) -> str:
    """The handler owes the citizen a call, or a letter where that was chosen or is all she left; gives which, "" for
    nobody to be told."""
    citizen = inquiry.citizen
    if citizen is None or citizen.erased_at is not None or citizen.standing == "anonymous":
        return ""
    way = TELEPHONE if citizen.phone and not letter else LETTER if citizen.address or letter else ""
    subject = f"{template}.{inquiry.version}"
    if (
        not way
        or Duty.objects.filter(inquiry=inquiry, kind=DutyKind.TELL, subject=subject, done_at=None).exists()
    ):
        return way
    open_duty(
        kind=DutyKind.TELL,
        place=inquiry.holder,
        post=inquiry.post,
        due_at=deadlines.due(now, deadlines.Rule(1), calendar_for(inquiry.district_id)).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        subject=subject,
        terms={"what": template, "way": way, "round": inquiry.round},
    )
    return way


def check_told_at_once(inquiry: Inquiry, told_how: str) -> None:
    """An answer given at once that is yet to be sent has somewhere to go. Raises NowhereToTell.

    Whoever records it has the citizen at hand, and can ask.
    """
    if told_how not in (ToldHow.SMS, ToldHow.EMAIL, ToldHow.LETTER):
        return
    citizen = inquiry.citizen
    left = citizen is not None and (
        citizen.address if told_how == ToldHow.LETTER else citizen.email or citizen.phone or citizen.address
    )
    if citizen is None or not left or citizen.standing == Citizen.Standing.ANONYMOUS:
        raise NowhereToTell


def tell_answered(
    inquiry: Inquiry, told_how: str, *, by: Officer | None, now: datetime, told_already: bool
) -> None:
    """A message goes out where that way was chosen; a letter is owed; so is a call that cannot have been made yet.

    `told_already` where the officer who logs the answer has just spoken with the citizen: not for a draft that waited
    for its approver, nor for a rider answered with its lead.
    """
    if told_how in (ToldHow.SMS, ToldHow.EMAIL):
        tell_citizen(inquiry, "answered", by=by, now=now)
    elif told_how == ToldHow.LETTER:
        owe_telling(inquiry, "answered", by=by, now=now, letter=True)
    elif told_how in (ToldHow.TELEPHONE, ToldHow.IN_PERSON) and not told_already:
        owe_telling(inquiry, "answered", by=by, now=now)
