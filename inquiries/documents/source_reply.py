"""What 12345 or a higher office wants back of an answer, as text to be pasted into its own system."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import pgettext

from bureaus.models import Place
from bureaus.workdays import SHANGHAI
from inquiries.models import Answer, Contact, Duty, Inquiry
from inquiries.models.answer import ToldHow
from inquiries.models.duty import DutyKind
from inquiries.models.inquiry import FROM_A_SOURCE

# What was tried to reach the citizen, by the words of the field.
_SPOKE = {Contact.What.CONTACTED: "已联系", Contact.What.NOT_REACHED: "未接通"}


def reply_to_source(inquiry: Inquiry) -> str:
    """Number of the work order, who answered, outcome, how and when the citizen was told, the answer; "" where nobody
    passed it on or it is not answered.

    Chinese, whatever the officer reads. It names no citizen: the source knows who asked. Three queries.
    """
    if inquiry.channel not in FROM_A_SOURCE and not inquiry.external_number:
        return ""
    answer = (
        Answer.objects.filter(inquiry=inquiry, round=inquiry.round).select_related("place", "post").first()
    )
    if answer is None:
        return ""
    with translation.override("zh-hans"):
        lines = [
            ("工单编号", inquiry.external_number),
            ("办件编号", inquiry.reference),
            ("承办单位", _full_name(answer.place)),
            ("办理结果", answer.get_outcome_display()),
            ("承诺日期", answer.promised_on.isoformat() if answer.promised_on else ""),
            ("答复时间", _moment(answer.answered_at)),
            ("联系情况", "；".join(_told(inquiry, answer))),
            ("答复内容", answer.text),
            ("办理依据", answer.basis),
        ]
    return "".join(f"{name}：{words}\n" for name, words in lines if words)


def _full_name(place: Place) -> str:
    if place.pk == place.bureau_id:
        return place.name
    return f"{Place.objects.get(pk=place.bureau_id).name}{place.name}"


def _told(inquiry: Inquiry, answer: Answer) -> list[str]:
    """Each call of this round, and how the answer came to the citizen."""
    told = [
        " ".join(
            part for part in (_moment(contact.at), _SPOKE[Contact.What(contact.what)], contact.text) if part
        )
        for contact in Contact.objects.filter(inquiry=inquiry, round=inquiry.round, what__in=_SPOKE).order_by(
            "at"
        )
    ]
    owed = Duty.objects.filter(
        inquiry=inquiry, kind=DutyKind.TELL, terms__what="answered", terms__round=answer.round
    )
    waits = any(duty.done_at is None for duty in owed)
    how = answer.get_told_how_display()
    if answer.told_how == ToldHow.COULD_NOT:
        told.append(how)
    elif waits:
        told.append(pgettext("reply to 12345", "the answer is still to be told, %(how)s") % {"how": how})
    else:
        told.append(
            pgettext("reply to 12345", "%(at)s the answer told, %(how)s")
            % {"at": _moment(answer.answered_at), "how": how}
        )
    return told


def _moment(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
