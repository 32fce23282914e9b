"""What is shown beside a question while it is typed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inquiries.models import Inquiry, Topic
from inquiries.services.recording import CitizenGiven
from inquiries.signs import dangers_in, kind_in
from tests.conftest import Cast
from tests.inquiries.conftest import EXPLAINED, Ask, Enter, page

Fresh = Callable[..., Inquiry]


def hints(client: Client, **typed: object) -> str:
    response = client.post("/record/hints/", typed)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("楼道里燃气味很大", ["119"]),
        ("燃气费怎么交？", []),
        ("五楼着火了，有人被困", ["119"]),
        ("有人要跳楼自杀", ["110"]),
        ("老人煤气中毒昏迷", ["119", "120"]),
        ("工地有人触电", ["119", "120"]),
        ("老年证在哪里办？", []),
    ],
)
def test_words_of_danger_call_for_their_service(question: str, numbers: list[str]) -> None:
    assert [danger.number for danger in dangers_in(question)] == numbers


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("举报有人骗取低保", "tip_off"),
        ("投诉楼下饭店油烟，怎么办", "complaint"),
        ("建议在路口装红绿灯", "suggestion"),
        ("我家停水三天了", "help"),
        ("请问老年证在哪里办", "consultation"),
        ("申请公开拆迁补偿标准", "disclosure"),
        ("路口红绿灯", None),
    ],
)
def test_the_kind_is_guessed_from_the_words(question: str, kind: str | None) -> None:
    found = kind_in(question)
    assert (found and found[0]) == kind


def test_a_danger_is_shown_and_critical_offered_and_neither_is_stored(cast: Cast, enter: Enter) -> None:
    shown = hints(enter(cast.li_min), place=cast.relief.pk, question="家里燃气泄漏", urgency="ordinary")
    assert 'href="tel:119"' in shown
    assert 'value="urgency=critical"' in shown
    assert not Inquiry.objects.exists()
    taken = hints(enter(cast.li_min), place=cast.relief.pk, question="家里燃气泄漏", urgency="critical")
    assert 'href="tel:119"' in taken
    assert "urgency=critical" not in taken


def test_a_guess_says_from_which_word_and_none_repeats_what_is_chosen(cast: Cast, enter: Enter) -> None:
    topic = Topic.objects.create(district=cast.district, name="低保")
    client = enter(cast.li_min)
    shown = hints(client, place=cast.relief.pk, question="投诉低保不批", kind="consultation")
    assert 'value="kind=complaint"' in shown
    assert "from “投诉”" in shown
    assert f'value="topic={topic.pk}"' in shown
    chosen = hints(client, place=cast.relief.pk, question="投诉低保不批", kind="complaint", topic=topic.pk)
    assert 'name="take"' not in chosen


def test_a_topic_is_guessed_from_what_is_alike(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    topic = Topic.objects.create(district=cast.district, name="社会救助")
    before = fresh(question="残疾人两项补贴什么时候发？", topic=topic)
    shown = hints(enter(cast.li_min), place=cast.relief.pk, question="残疾人两项补贴这个月没发")
    assert f'value="topic={topic.pk}"' in shown
    assert f"as {before.reference}" in shown


def test_what_is_alike_is_linked_and_a_stranger_s_is_not(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    twin = fresh(question="和顺路路灯坏了没人修")
    fresh(question="养老金怎么领？")
    typed = "和顺路的路灯坏了"
    shown = hints(enter(cast.li_min), place=cast.relief.pk, question=typed)
    assert re.findall(r'href="/inquiries/(\d+)/"', shown) == [str(twin.pk)]
    assert twin.reference not in hints(enter(cast.tang_rui), place=cast.culture.pk, question=typed)


def test_a_sealed_matter_is_alike_only_for_its_readers(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    sealed = fresh(by=cast.wu_fang, kind="tip_off", question="举报张某骗取低保金")
    typed = "举报张某骗取低保金"
    assert sealed.reference in hints(enter(cast.zhou_ning), place=cast.district.pk, question=typed)
    assert sealed.reference not in hints(enter(cast.sun_wei), place=cast.civil.pk, question=typed)


def test_the_same_caller_is_found_by_number_and_stays_masked(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    before = fresh(citizen=CitizenGiven(name="张三", phone="13840005021"))
    client = enter(cast.li_min)
    shown = hints(client, place=cast.relief.pk, question="暖气不热", phone="138 4000 5021")
    assert "The same caller" in shown
    assert before.reference in shown
    assert "138****5021" in shown
    assert "张三" not in shown
    assert "13840005021" not in shown
    assert "The same caller" not in hints(client, place=cast.relief.pk, question="暖气不热", phone="138")


def test_who_gets_it_and_by_when_is_what_recording_then_does(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    form = {
        "key": "k1",
        "place": cast.relief.pk,
        "question": "低保怎么申请？",
        "kind": "help",
        "urgency": "ordinary",
        "channel": "desk",
        "standing": "named",
    }
    shown = hints(client, **form)
    client.post("/record/", form)
    recorded = Inquiry.objects.get(recorded_by=cast.li_min)
    owed = re.search(r"An answer is owed until <b>([^<]+) 24:00</b>", shown)
    assert owed
    assert f"<b>{owed[1]}</b>" in page(client, "/record/receipt/")
    assert f"<b>{recorded.holder}</b> {cast.li_min}" in shown


def test_at_the_district_it_is_said_who_dispatches_and_where_to(cast: Cast, enter: Enter) -> None:
    topic = Topic.objects.create(district=cast.district, name="低保", default_bureau=cast.civil)
    shown = hints(enter(cast.wu_fang), place=cast.district.pk, question="怎么办", topic=topic.pk)
    assert f"To be dispatched by <b>{cast.district}</b> {cast.wu_fang}" in shown
    assert f"usually goes to <b>{cast.civil}</b>" in shown


def test_a_complaint_about_the_own_office_is_said_to_go_to_the_district(cast: Cast, enter: Enter) -> None:
    shown = hints(enter(cast.li_min), place=cast.relief.pk, question="态度差", about_place=cast.civil.pk)
    assert f"<b>{cast.district}</b>" in shown
    assert f"<b>{cast.relief}</b>" not in shown


def test_hints_ask_no_more_however_much_there_is(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    client = enter(cast.li_min)

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            hints(client, place=cast.relief.pk, question="和顺路路灯坏了没人修", phone="13840005021")
        frame = "SAVEPOINT|RELEASE|select current_user|select set_config|select current_setting"
        return [q["sql"] for q in seen if not re.match(frame, q["sql"])]

    fresh(question="和顺路路灯坏了", citizen=CitizenGiven(phone="13840005021"))
    statements()
    few = statements()
    for _ in range(8):
        fresh(question="和顺路路灯坏了", citizen=CitizenGiven(phone="13840005021"))
    many = statements()
    assert len(many) == len(few)
    # Session, officer, posts and places read at the head of every page; then what is asked for the hints.
    of_hints = [sql for sql in many if "django_session" not in sql][3:]
    assert len(of_hints) == 7, "\n".join(of_hints)


def test_hints_are_asked_by_a_body_and_by_who_records(cast: Cast, enter: Enter) -> None:
    assert enter(cast.li_min).get("/record/hints/?question=x").status_code == 405
    assert enter(cast.bai_lu).post("/record/hints/", {"question": "x"}).status_code == 403


@pytest.mark.parametrize("wrong", ["", "x", "9" * 30, "²"])
def test_what_cannot_stand_in_the_form_breaks_no_hint(cast: Cast, enter: Enter, wrong: str) -> None:
    fields = ("place", "kind", "urgency", "topic", "about_place", "phone", "asked_at", "received_on")
    shown = hints(enter(cast.li_min), question="低保怎么申请？", **dict.fromkeys(fields, wrong))
    assert f"<b>{cast.relief}</b>" in shown


def test_without_javascript_the_page_comes_back_with_the_guess_taken(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    form = {
        "key": "k1",
        "place": cast.relief.pk,
        "question": "投诉低保不批",
        "kind": "consultation",
        "at_once": "on",
    }
    looked = client.post("/record/", form | {"look": "1"}).content.decode()
    assert 'value="kind=complaint"' in looked
    assert "投诉低保不批" in looked
    taken = client.post("/record/", form | {"take": "kind=complaint"}).content.decode()
    assert '<option value="complaint" selected>' in taken
    assert not Inquiry.objects.exists()


def test_after_saving_a_danger_leads_to_the_act_that_hands_it_over(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    form = {
        "key": "k1",
        "place": cast.relief.pk,
        "question": "家里燃气泄漏",
        "kind": "help",
        "urgency": "critical",
        "channel": "hotline",
        "standing": "named",
    }
    client.post("/record/", form)
    link = re.search(r'href="(/inquiries/\d+/\?act=contact[^"#]+)', page(client, "/record/receipt/"))
    assert link
    led_to = page(client, link[1].replace("&amp;", "&"))
    assert '<option value="emergency" selected>' in led_to
    assert '<option value="119" selected>' in led_to
    client.post(
        "/record/",
        form
        | {"key": "k2", "at_once": "on", "text": "已报警", "outcome": "explained", "told_how": "telephone"},
    )
    assert "act=contact" not in page(client, "/record/receipt/")


def test_an_answer_counts_as_words_that_are_alike(cast: Cast, enter: Enter, ask: Ask) -> None:
    answered = ask(question="怎么办低保", answer=EXPLAINED)
    assert answered.reference in hints(enter(cast.li_min), place=cast.relief.pk, question="怎么办低保")
