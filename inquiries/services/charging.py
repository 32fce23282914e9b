"""The fee of an application (信息处理费): told, paid or not paid, and the clock that waits for it.

政府信息公开条例 art. 42; 国办函〔2020〕109号.
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils import translation
from django.utils.translation import gettext as _

from bureaus.access import Act
from bureaus.models import Officer
from bureaus.refusals import NotAChoice
from bureaus.services.calendar import calendar_for
from bureaus.workdays import DAY, local_date, midnight
from inquiries import fees
from inquiries.fees import BY_ITEM, BY_PAGE
from inquiries.models import Contact, Draft, Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.acting import finish, give_back_pen
from inquiries.services.answering import AnswerGiven, check_answer, submit_draft
from inquiries.services.citizens import tell_citizen
from inquiries.services.contacting import note
from inquiries.services.disclosing import awaited, begin_application, move_due, tell_handler
from inquiries.services.duties import finish_duty, open_duty
from inquiries.services.refusals import (
    FeeAskedBefore,
    FeeAwaited,
    FeeTooLate,
    NeedsWords,
    NothingToPay,
    NotInThisState,
    NotItemsOrPages,
    NotThatDay,
)
from inquiries.states import LegalGround, Outcome, State

# From the day after the notice (国办函〔2020〕109号 art. 6).
PAY_WITHIN_WORKING_DAYS = 20


def ask_fee(
    inquiry_id: int,
    *,
    counted: str,
    n: int,
    before: int = 0,
    text: str,
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Duty:
    """The applicant is told once what to pay, why and how; the answer is owed from the payment on.

    `counted` is "by_item", with the items `before` in the same month, or "by_page": one of the two, never both. The
    amount is the tariff's. Until it is paid the due is reckoned as if that were on the last of its 20 working days.
    Raises NotAnApplication, FeeAskedBefore, FeeTooLate, NotAChoice, NotItemsOrPages, NothingToPay, NeedsWords.
    """
    inquiry = begin_application(inquiry_id, Act.ASK_CITIZEN, by=by, now=now, seen=seen)
    if Duty.objects.filter(inquiry=inquiry, kind=DutyKind.FEE).exists():
        raise FeeAskedBefore
    # Else a notice would make punctual what is late.
    if now >= inquiry.due_at:
        raise FeeTooLate
    if counted not in (BY_ITEM, BY_PAGE):
        raise NotAChoice(field="counted")
    if not (1 <= n <= fees.MOST and 0 <= before <= fees.MOST):
        raise NotItemsOrPages
    yuan = fees.by_item(n, before) if counted == BY_ITEM else fees.by_page(n)
    if not yuan:
        raise NothingToPay
    if not text.strip():
        raise NeedsWords(field="text")
    until_on = calendar_for(inquiry.district_id).shift(local_date(now), PAY_WITHIN_WORKING_DAYS)
    words = f"{notice_of(counted, n, before, yuan, until_on)}\n{text.strip()}"
    note(inquiry, Contact.What.ASKED_CITIZEN, words, by=by, now=now)
    duty = open_duty(
        kind=DutyKind.FEE,
        place=inquiry.holder,
        post=inquiry.post,
        due_at=midnight(until_on + DAY),
        now=now,
        by=by,
        inquiry=inquiry,
        request=words,
        terms={
            "counted": counted,
            "n": n,
            "before": before,
            "yuan": yuan,
            "until_on": until_on.isoformat(),
        },
    )
    changed = move_due(inquiry, now=now)
    if inquiry.state == State.IN_HAND:
        inquiry.state = State.AWAITING_CITIZEN
        changed.append("state")
    tell_citizen(inquiry, "more_wanted", by=by, now=now)
    give_back_pen(inquiry, now=now)
    finish(
        inquiry, "fee_asked", by=by, now=now, changed=changed, yuan=yuan, due_at=inquiry.due_at.isoformat()
    )
    return duty


def notice_of(counted: str, n: int, before: int, yuan: int, until_on: date) -> str:
    """The sum of the notice in Chinese, as the applicant reads it: how it was counted, how much, until when."""
    with translation.override("zh-hans"):
        how = (
            _("Counted by items: %(n)d, after %(before)d in the same month")
            if counted == BY_ITEM
            else _("Counted by pages: %(n)d")
        ) % {"n": n, "before": before}
        return _("%(how)s; the fee is %(yuan)d yuan, to be paid until %(day)s.") % {
            "how": how,
            "yuan": yuan,
            "day": until_on.isoformat(),
        }


def log_fee_paid(
    inquiry_id: int, *, paid_on: date | None = None, by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """The fee was paid: the whole time to answer counts anew from that day. Late it counts too, while it is open.

    Raises NotInThisState where none is awaited, NotThatDay.
    """
    inquiry = begin_application(inquiry_id, Act.LOG_CONTACT, by=by, now=now, seen=seen)
    duty = awaited(inquiry, DutyKind.FEE, by=by, now=now)
    paid_on = paid_on or local_date(now)
    if not local_date(duty.opened_at) <= paid_on <= local_date(now):
        raise NotThatDay(field="paid_on")
    finish_duty(
        duty,
        by=by,
        now=now,
        decision="paid",
        reply=f"{duty.terms['yuan']}元 · {paid_on.isoformat()}",
        received_on=paid_on.isoformat(),
    )
    changed = move_due(inquiry, now=now)
    others = Duty.objects.filter(
        inquiry=inquiry, kind__in=(DutyKind.CORRECTION, DutyKind.CITIZEN_REPLY), done_at=None
    )
    if inquiry.state == State.AWAITING_CITIZEN and not others.exists():
        inquiry.state = State.IN_HAND
        changed.append("state")
    give_back_pen(inquiry, now=now)
    finish(
        inquiry,
        "fee_paid",
        by=by,
        now=now,
        changed=changed,
        duty=duty.pk,
        due_at=inquiry.due_at.isoformat(),
    )
    tell_handler(inquiry, "fee_paid", now=now)
    return inquiry


def end_unpaid(
    inquiry_id: int, *, text: str, told_how: str, by: Officer, now: datetime, seen: int | None = None
) -> Draft:
    """The fee was not paid in time, so the application counts as given up: ending it waits for the district.

    Until it is approved the answer is owed and chased. Raises FeeAwaited before the 20 working days have passed,
    NeedsWords, NeedsAttempts, DutyOpenAlready, NotInThisState where no fee is awaited.
    """
    inquiry = begin_application(inquiry_id, Act.ANSWER, by=by, now=now, seen=seen)
    duty = Duty.objects.filter(inquiry=inquiry, kind=DutyKind.FEE, done_at=None).first()
    if duty is None:
        raise NotInThisState
    if now < duty.due_at:
        raise FeeAwaited
    given = AnswerGiven(Outcome.ENDED, text, told_how, ground=LegalGround.UNPAID)
    check_answer(inquiry, given, now=now)
    return submit_draft(inquiry, given, by=by, now=now)
