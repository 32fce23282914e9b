"""Who approves an answer: the bureau's head what withholds information, and nobody an own draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from django.test import Client

from bureaus.models import Officer
from inquiries.forms.acts import ActForm
from inquiries.models import Answer, Draft, Duty, Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft, withdraw_inquiry
from inquiries.services.moving import decide_hand_over, offer_inquiry
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

REFUSED = AnswerGiven("refused", "该信息属于国家秘密,不予公开。", "letter", ground="state_secret")
INVALID = AnswerGiven("invalid", "内容不明", "letter")


@pytest.mark.parametrize(
    ("outcome", "ground"),
    [("refused", "case_file"), ("partly_disclosed", ""), ("not_processed", "repeated")],
)
def test_what_withholds_information_waits_for_the_bureaus_head(
    outcome: str, ground: str, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(kind="disclosure")
    with web_as(cast.li_min):
        given = AnswerGiven(outcome, "理由", "letter", ground=ground)
        draft = answer_inquiry(inquiry.pk, given, by=cast.li_min, now=now)
    assert isinstance(draft, Draft)
    duty = Duty.objects.get(inquiry=inquiry, kind="approval")
    assert (duty.place, duty.post) == (cast.civil, cast.post(cast.sun_wei))


def test_what_gives_information_is_answered_at_once(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask(kind="disclosure")
    with web_as(cast.li_min):
        given = AnswerGiven("disclosed", "见附件", "letter")
        assert isinstance(answer_inquiry(inquiry.pk, given, by=cast.li_min, now=now), Answer)


@pytest.mark.parametrize("outcome", ["not_accepted", "handed_over", "ended", "invalid"])
def test_what_leaves_the_citizen_without_is_not_answered_at_the_desk_past_its_approver(
    outcome: str, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(answer=AnswerGiven(outcome, "不属于我局职责。", "in_person"))
    assert (inquiry.state, inquiry.answered_at) == ("in_hand", None)
    assert inquiry.next_chase_at is not None
    assert Duty.objects.get(inquiry=inquiry, kind="approval").place == cast.district
    with web_as(cast.wu_fang):
        answer = decide_draft(inquiry.pk, approve=True, by=cast.wu_fang, now=now)
    assert answer is not None
    assert (answer.at_once, answer.answered_by, answer.approved_by) == (False, cast.li_min, cast.wu_fang)


def test_the_page_says_that_it_waits(cast: Cast, enter: Callable[[Officer], Client]) -> None:
    client = enter(cast.li_min)
    asked = {"key": "k", "question": "能不能免物业费？", "kind": "consultation", "urgency": "ordinary"}
    asked |= {"channel": "desk", "place": str(cast.relief.pk), "standing": "anonymous", "at_once": "on"}
    given = {"outcome": "not_accepted", "text": "不属于我局职责。", "told_how": "in_person"}
    shown = client.post("/record/", asked | given, follow=True)
    assert "Sent for approval. It is not answered" in shown.content.decode()


def test_the_bureaus_head_approves_it(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask(kind="disclosure")
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, REFUSED, by=cast.li_min, now=now)
    with web_as(cast.sun_wei):
        answer = decide_draft(inquiry.pk, approve=True, by=cast.sun_wei, now=now)
    assert answer is not None
    assert (answer.answered_by, answer.approved_by) == (cast.li_min, cast.sun_wei)


def test_a_draft_of_a_sealed_matter_waits_for_a_named_reader(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(kind="tip_off")
    with web_as(cast.li_min):
        assert isinstance(answer_inquiry(inquiry.pk, INVALID, by=cast.li_min, now=now), Draft)
    with web_as(cast.zhou_ning):
        answer = decide_draft(inquiry.pk, approve=True, by=cast.zhou_ning, now=now)
    assert answer is not None


def test_the_only_reader_of_a_sealed_matter_is_not_blocked(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.zhou_ning, kind="tip_off")
    with web_as(cast.zhou_ning):
        answer = answer_inquiry(inquiry.pk, INVALID, by=cast.zhou_ning, now=now)
    assert isinstance(answer, Answer)
    assert answer.approved_by is None


def test_the_drafter_sees_for_whom_it_waits_and_the_approver_decides(
    client: Client, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(kind="disclosure")
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, REFUSED, by=cast.li_min, now=now)
    pages = []
    for officer in (cast.li_min, cast.sun_wei):
        client.force_login(officer)
        found = client.get(f"/inquiries/{inquiry.pk}/", headers={"accept-language": "en"})
        pages.append(found.content.decode())
    assert "Waiting for" in pages[0]
    assert "act-decide-draft" not in pages[0]
    assert "Send back" in pages[1]


def form_of(client: Client, officer: Officer, inquiry: Inquiry, code: str) -> ActForm:
    client.force_login(officer)
    page = client.get(f"/inquiries/{inquiry.pk}/", headers={"accept-language": "en"})
    [found] = [act["form"] for act in page.context["acts"] if act["deed"].code == code]
    assert isinstance(found, ActForm)
    return found


def test_what_was_sent_back_stands_in_the_answer_box_again(
    client: Client, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(kind="disclosure")
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, replace(REFUSED, basis="保密法"), by=cast.li_min, now=now)
    with web_as(cast.sun_wei):
        decide_draft(inquiry.pk, approve=False, reason="请写明定密依据。", by=cast.sun_wei, now=now)
    form = form_of(client, cast.li_min, inquiry, "answer")
    shown = {name: form[name].value() for name in ("outcome", "ground", "text", "basis", "told_how")}
    assert shown == {
        "outcome": "refused",
        "ground": "state_secret",
        "text": REFUSED.text,
        "basis": "保密法",
        "told_how": "letter",
    }
    page = client.get(f"/inquiries/{inquiry.pk}/", headers={"accept-language": "en"}).content.decode()
    assert f"{cast.sun_wei} sent it back: 请写明定密依据。" in page


def test_a_withdrawal_that_was_sent_back_stands_in_its_own_box(
    client: Client, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        withdraw_inquiry(inquiry.pk, text="不用办了。", told_how="telephone", by=cast.li_min, now=now)
    with web_as(cast.zhou_ning):
        decide_draft(inquiry.pk, approve=False, reason="请核实", by=cast.zhou_ning, now=now)
    assert form_of(client, cast.li_min, inquiry, "withdraw")["text"].value() == "不用办了。"
    assert form_of(client, cast.li_min, inquiry, "answer")["text"].value() is None


def test_another_bureau_does_not_inherit_the_draft(
    client: Client, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(kind="disclosure")
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, REFUSED, by=cast.li_min, now=now)
    with web_as(cast.sun_wei):
        decide_draft(inquiry.pk, approve=False, reason="非本局事项", by=cast.sun_wei, now=now)
    with web_as(cast.feng_bo):
        offer_inquiry(inquiry.pk, to=cast.culture, reason="属文体局", by=cast.feng_bo, now=now)
    with web_as(cast.cao_lei):
        decide_hand_over(inquiry.pk, accept=True, by=cast.cao_lei, now=now)
    assert form_of(client, cast.cao_lei, inquiry, "answer")["text"].value() is None
