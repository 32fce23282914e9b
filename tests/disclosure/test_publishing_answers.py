"""An answer reaches the public only in redacted words that another approved."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from disclosure.models import PublishedAnswer
from disclosure.services import answers as acts
from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.recording import CitizenGiven, record_inquiry
from tests.conftest import As, Cast
from tests.test_every_url import enter

QUESTION = "我叫张三，住和平路3号楼2单元501室，电话13840005021，低保怎么申请？"


@pytest.fixture
def answered(cast: Cast, web_as: As) -> Inquiry:
    now = timezone.now()
    with web_as(cast.sun_wei, now):
        inquiry = record_inquiry(
            by=cast.sun_wei,
            now=now,
            place=cast.civil,
            kind="consultation",
            channel="hotline",
            question=QUESTION,
            citizen=CitizenGiven(name="张三"),
        )
        given = AnswerGiven("explained", "张三您好，请到街道便民服务中心申请。", "telephone")
        answer_inquiry(inquiry.pk, given, by=cast.sun_wei, now=now)
        return inquiry


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("电话13840005021。", "电话×××。"),
        ("座机024-55500110", "座机×××"),
        ("身份证21010219800101123X", "身份证×××"),
        ("邮箱a.b@example.org谢谢", "邮箱×××谢谢"),
        ("住3号楼2单元501室", "住" + "×××" * 3),
        ("车牌辽A12345", "车牌×××"),
        ("李先生说", "×××先生说"),
        ("低保标准是每月820元", "低保标准是每月820元"),
    ],
)
def test_what_tells_who_it_is_is_hidden(text: str, hidden: str) -> None:
    assert acts.suggest(text) == hidden


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("我家楼下的路灯坏了两个月，问了他们说不归他们管，到底该找谁修？", False),
        ("请问我想给我母亲办低保，这个怎么弄？", True),
    ],
)
def test_only_words_that_tell_what_it_is_about_make_a_question_alike(
    cast: Cast, answered: Inquiry, asked: str, found: bool
) -> None:
    redacted = {
        "question": "低保要等几个月？该找谁？问了他们说还没批。",
        "answer": "请到街道便民服务中心申请。",
    }
    assert enter(cast.feng_bo).post(f"/answers/{answered.pk}/propose/", redacted).status_code == 302
    enter(cast.sun_wei).post(f"/answers/{PublishedAnswer.objects.get().pk}/decide/", {"do": "approve"})
    shown = Client(headers={"accept-language": "en"}).post(
        f"/public/{cast.district.pk}/ask/", {"question": asked, "do": "look"}
    )
    assert ("Asked and answered before" in shown.content.decode()) is found


def test_one_redacts_another_approves_and_everybody_reads(cast: Cast, answered: Inquiry) -> None:
    writes, approves = enter(cast.feng_bo), enter(cast.sun_wei)
    anybody = Client(headers={"accept-language": "en"})
    home = f"/public/{cast.district.pk}/"
    assert writes.post("/answers/", {"reference": "2026-0000000-0"}).status_code == 422
    page = writes.post("/answers/", {"reference": answered.reference})["Location"]
    suggested = writes.get(page).context["form"].initial
    for telling in ("张三", "13840005021", "501"):
        assert telling not in suggested["question"]
    assert "张三" not in suggested["answer"]
    kept = writes.post(page, {"question": QUESTION, "answer": suggested["answer"]})
    assert kept.status_code == 422
    assert "still stands in it" in kept.content.decode()
    assert writes.post(page, suggested).status_code == 302
    row = PublishedAnswer.objects.get()
    assert "街道便民服务中心" not in anybody.get(f"{home}answers/").content.decode()
    # Whoever proposed it may not approve it.
    writes.post(f"/answers/{row.pk}/decide/", {"do": "approve"})
    row.refresh_from_db()
    assert row.approved_at is None
    approves.post(f"/answers/{row.pk}/decide/", {"do": "approve"})
    one = f"answers/{row.pk}/"
    for path in ("answers/", "answers/?q=低保", "items/?q=低保", one, "feed.atom"):
        text = anybody.get(f"{home}{path}").content.decode()
        assert "街道便民服务中心" in text
        assert "张三" not in text
        assert answered.reference not in text
    assert one in anybody.get(f"{home}sitemap.xml").content.decode()
    assert one in anybody.get(f"{home}feed.atom").content.decode()
    asks = anybody.post(f"{home}ask/", {"question": "我家低保怎么办，去街道哪里？", "step": "1"})
    assert "街道便民服务中心" in asks.content.decode()
    assert writes.post(page, suggested).status_code == 422
    assert "approved by" in approves.get("/answers/").content.decode()
    approves.post(f"/answers/{row.pk}/decide/", {"do": "withdraw"})
    for path in ("answers/", "feed.atom", "sitemap.xml"):
        text = anybody.get(f"{home}{path}").content.decode()
        assert "街道便民服务中心" not in text
        assert one not in text
    assert anybody.get(f"{home}{one}").status_code == 404
    assert anybody.get(f"/public/{cast.elsewhere.pk}/{one}").status_code == 404
    approves.post(f"/answers/{row.pk}/decide/", {"do": "approve"})
    row.refresh_from_db()
    assert row.withdrawn_at is not None


def test_a_stranger_publishes_nothing(cast: Cast, web_as: As, answered: Inquiry) -> None:
    now = timezone.now()
    with web_as(cast.feng_bo, now):
        row = acts.propose_answer(
            answered.pk, question="低保怎么申请？", answer="到街道申请。", by=cast.feng_bo, now=now
        )
    for stranger in (cast.tang_rui, cast.xu_kai):
        assert enter(stranger).get(f"/answers/{answered.pk}/propose/").status_code == 404
        assert enter(stranger).post(f"/answers/{row.pk}/decide/", {"do": "approve"}).status_code == 404
        with web_as(stranger, now):
            assert not PublishedAnswer.objects.exists()
    with web_as(cast.zhou_ning, now):
        with pytest.raises(acts.NotYoursToPublish):
            acts.approve_answer(row.pk, by=cast.li_min, now=now)
        acts.approve_answer(row.pk, by=cast.zhou_ning, now=now)
        with pytest.raises(acts.Decided):
            acts.approve_answer(row.pk, by=cast.zhou_ning, now=now)


def test_the_database_refuses_what_is_sealed_unanswered_or_approved_by_its_author(
    cast: Cast, web_as: As, now: datetime, answered: Inquiry
) -> None:
    def write(inquiry: Inquiry, **other: object) -> None:
        with transaction.atomic():
            PublishedAnswer.objects.create(
                inquiry=inquiry,
                district=cast.district,
                place=cast.civil,
                question="问",
                answer="答",
                answered_on=now.date(),
                proposed_at=now,
                proposed_by=cast.feng_bo,
                **other,
            )

    with web_as(cast.sun_wei, now):
        still_open = record_inquiry(
            by=cast.sun_wei, now=now, place=cast.civil, kind="help", channel="desk", question="路灯坏了。"
        )
        with pytest.raises(acts.NotToBePublished):
            acts.propose_answer(still_open.pk, question="问", answer="答", by=cast.sun_wei, now=now)
    with pytest.raises(DatabaseError, match="not answered"):
        write(still_open)
    with pytest.raises(DatabaseError, match="approved_by_another"):
        write(answered, approved_at=now, approved_by=cast.feng_bo)
    write(answered)
    with pytest.raises(DatabaseError, match="keeps what was recorded"), transaction.atomic():
        PublishedAnswer.objects.update(answer="别的")
