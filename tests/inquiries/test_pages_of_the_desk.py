"""Today, one inquiry, and a new one, as officers see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bureaus.models import Officer
from bureaus.workdays import Calendar
from inquiries.documents.receipt import qr_code_of
from inquiries.figures.desk import urgency_of
from inquiries.models import ClearReading, Contact, Draft, Inquiry
from inquiries.services.answering import answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.dispatching import decide_dispute, dispatch_inquiry, dispute_dispatch
from inquiries.services.extending import ask_extension
from inquiries.services.moving import offer_inquiry, sign_for
from inquiries.services.recording import CitizenGiven
from inquiries.templatetags.desk import due_words
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Enter, page, statements_of


def act(client: Client, inquiry: Inquiry, code: str, **given: object) -> object:
    return client.post(
        f"/inquiries/{inquiry.pk}/{code}/",
        {f"{code}-seen": inquiry.version} | {f"{code}-{name}": value for name, value in given.items()},
    )


def test_today_shows_what_my_post_owes_and_to_nobody_else(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh(
        days=40, question="低保什么时候批？", citizen=CitizenGiven(name="张三", phone="13840005021")
    )
    mine = page(enter(cast.li_min), "/")
    assert inquiry.reference in mine
    assert "低保什么时候批？" in mine
    assert "张** 138****5021" in mine
    assert "working days late" in mine
    assert "张三" not in mine
    assert inquiry.reference not in page(enter(cast.tang_rui), "/")


def test_today_sorts_what_is_due_into_its_groups(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    fresh(days=40)
    fresh()
    shown = page(enter(cast.li_min), "/")
    assert shown.index('id="group-overdue"') < shown.index('id="group-later"')


@pytest.mark.parametrize("who", ["li_min", "sun_wei", "wu_fang", "han_xue"])
def test_today_asks_at_most_ten_questions_however_much_is_owed(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry], who: str
) -> None:
    """The whole request: session, officer, posts, scope, page and frame; transactions are not counted apart."""
    client = enter(getattr(cast, who))

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            page(client, "/")
        # A test lives in a transaction of its own, inside which the scope reads and restores what was set before.
        return [q["sql"] for q in seen if not re.match("SAVEPOINT|RELEASE|select current_user", q["sql"])][
            :-1
        ]

    fresh(citizen=CitizenGiven(name="张三", phone="13840005021"))
    statements()
    few = statements()
    for days in range(12):
        fresh(days=days, citizen=CitizenGiven(name="李四", phone="13840005022"))
    many = statements()
    assert len(many) == len(few)
    assert len(many) <= 10, "\n".join(many)


def test_one_inquiry_asks_the_same_however_often_it_was_chased(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry], clock: As
) -> None:
    inquiry = fresh()
    client, asked = enter(cast.li_min), dict[int, int]()
    for days in range(35):
        with clock():
            chase_batch(Inquiry, now=timezone.now() + timedelta(days=days))
        chased = inquiry.chases.exclude(told=None).count()
        if chased not in asked:
            asked[chased] = len(statements_of(client, f"/inquiries/{inquiry.pk}/"))
    assert len(asked) > 4
    assert asked[max(asked)] == asked[1]


def test_the_second_page_goes_on_where_the_first_ended(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    references = [fresh(days=days % 9).reference for days in range(55)]
    client = enter(cast.li_min)
    first = page(client, "/")
    found = re.search(r'\?after=([^"]+)"', first)
    assert found
    second = page(client, f"/?after={found[1]}")
    assert all((reference in first) != (reference in second) for reference in references)


def test_duties_go_on_where_the_first_page_ended_and_none_is_left_out(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    waiting = [fresh(by=cast.wu_fang) for _ in range(55)]
    client, address, dispatched = enter(cast.wu_fang), "/", list[str]()
    while address:
        shown = page(client, address)
        dispatched += re.findall(r'class="b-row-link" href="/inquiries/(\d+)/\?act=dispatch', shown)
        found = re.search(r'class="b-more"><a class="btn" href="([^"]+)"', shown)
        address = f"/{unescape(found[1])}" if found else ""
    assert sorted(dispatched, key=int) == [str(inquiry.pk) for inquiry in waiting]


def test_a_cursor_of_another_reader_is_refused(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    for _ in range(51):
        fresh()
    found = re.search(r'\?after=([^"]+)"', page(enter(cast.li_min), "/"))
    assert found
    assert enter(cast.he_jing).get(f"/?after={found[1]}").status_code == 404


def test_the_district_office_sees_what_it_must_dispatch_and_all_places_when_asked(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    waiting = fresh(by=cast.wu_fang)
    elsewhere = fresh()
    client = enter(cast.wu_fang)
    own, everywhere = page(client, "/"), page(client, "/?all=1")
    assert waiting.reference in own
    assert f"/inquiries/{waiting.pk}/?act=dispatch" in own
    assert elsewhere.reference not in own
    assert elsewhere.reference in everywhere


def test_who_watches_owes_nothing_and_sees_all_places_when_asked(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh(days=40)
    received = fresh(by=cast.wu_fang)
    shown = page(enter(cast.bai_lu), "/")
    assert inquiry.reference not in shown
    assert received.reference not in shown
    assert "Your post watches and owes nothing." in shown
    assert inquiry.reference in page(enter(cast.bai_lu), "/?all=1")
    assert received.reference not in page(enter(cast.bai_lu), "/notices/digest/")


def test_what_is_due_within_a_day_says_the_hours_that_are_left(now: datetime) -> None:
    evening = now.replace(hour=20)
    assert due_words("soon", 1, evening + timedelta(hours=12, minutes=40), evening) == "12 hours left"
    assert due_words("soon", 1, evening + timedelta(hours=28), evening) == "1 working day left"


def test_what_is_due_before_an_office_opens_is_due_today(now: datetime) -> None:
    evening, calendar = now.replace(hour=20), Calendar()
    for hours, urgency in ((3, "today"), (4, "today"), (7, "today"), (12, "today"), (12.1, "soon")):
        assert urgency_of(evening + timedelta(hours=hours), now=evening, calendar=calendar) == urgency
    told = [due_words("today", 0, evening + timedelta(hours=hours), evening) for hours in (3, 4, 7)]
    assert told == ["today 23:00", "today 24:00", "tomorrow 03:00"]


def test_an_inquiry_is_a_stranger_s_404(cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]) -> None:
    inquiry = fresh()
    path = f"/inquiries/{inquiry.pk}/"
    assert enter(cast.li_min).get(path).status_code == 200
    for stranger in (cast.tang_rui, cast.xu_kai, cast.bai_lu):
        response = enter(stranger).get(path)
        assert response.status_code == (200 if stranger == cast.bai_lu else 404)
    assert enter(cast.tang_rui).post(f"{path}answer/", {"answer-text": "x"}).status_code == 404


def test_answering_on_the_page_ends_the_chase(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh()
    client = enter(cast.li_min)
    response = act(client, inquiry, "answer", outcome="explained", text="请带身份证。", told_how="telephone")
    assert response.status_code == 302  # type: ignore[attr-defined]
    inquiry.refresh_from_db()
    assert inquiry.answered_at is not None
    assert inquiry.next_chase_at is None
    shown = page(client, f"/inquiries/{inquiry.pk}/")
    assert "请带身份证。" in shown
    assert "Answered; no longer chased." in shown


def test_a_refused_answer_keeps_what_was_typed(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh()
    response = enter(cast.li_min).post(
        f"/inquiries/{inquiry.pk}/answer/",
        {
            "answer-seen": inquiry.version,
            "answer-outcome": "planned",
            "answer-text": "列入明年计划。",
            "answer-told_how": "sms",
        },
    )
    assert response.status_code == 422
    shown = response.content.decode()
    assert "列入明年计划。" in shown
    assert "A planned outcome is a promise" in shown
    assert re.search(r"f-promised_on has-error", shown)


def test_who_comes_second_keeps_the_words(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry], web_as: As
) -> None:
    inquiry = fresh()
    with web_as(cast.he_jing, timezone.now()):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.he_jing, now=timezone.now())
    response = enter(cast.li_min).post(
        f"/inquiries/{inquiry.pk}/answer/",
        {
            "answer-seen": 1,
            "answer-outcome": "explained",
            "answer-text": "我写了很久。",
            "answer-told_how": "sms",
        },
    )
    assert response.status_code == 422
    shown = response.content.decode()
    assert "我写了很久。" in shown
    assert "何静" in shown
    # A choice by its word, and no entry of the menu for a page that has none.
    assert "<p><b>Outcome</b><br>explained</p>" in shown
    assert "<p><b>How the citizen was told</b><br>by text message</p>" in shown
    assert "aria-current" not in shown[: shown.index("</header>")]


def test_the_page_offers_only_what_this_officer_may_do_now(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh()

    def offered(officer: Officer) -> set[str]:
        return set(re.findall(r'id="act-([a-z-]+)"', page(enter(officer), f"/inquiries/{inquiry.pk}/")))

    assert {"answer", "sign", "extend", "return"} <= offered(cast.li_min)
    assert "reopen" not in offered(cast.li_min)
    assert "answer" not in offered(cast.wu_fang)
    assert "chase-by-hand" in offered(cast.wu_fang)
    assert offered(cast.bai_lu) == set()


def test_what_waits_for_its_decision_is_not_offered_again(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry], web_as: As
) -> None:
    inquiry, now = fresh(by=cast.wu_fang), timezone.now()
    with web_as(cast.wu_fang, now):
        dispatch_inquiry(inquiry.pk, to=cast.relief, by=cast.wu_fang, now=now)

    def offered() -> set[str]:
        shown = page(enter(cast.he_jing), f"/inquiries/{inquiry.pk}/")
        return set(re.findall(r'id="act-([a-z-]+)"', shown)) & {"dispute", "return", "extend", "offer"}

    assert offered() == {"dispute", "return", "extend", "offer"}
    with web_as(cast.he_jing, now):
        duty = dispute_dispatch(inquiry.pk, reason="不归我们管。", by=cast.he_jing, now=now)
        ask_extension(inquiry.pk, days=2, reason="待调档。", by=cast.he_jing, now=now)
        offer_inquiry(inquiry.pk, to=cast.culture, reason="归文体局。", by=cast.he_jing, now=now)
    assert offered() == {"return"}
    # Designated, it is neither disputed nor sent back.
    with web_as(cast.wu_fang, now):
        decide_dispute(inquiry.pk, uphold=False, reason="归你们管。", by=cast.wu_fang, now=now)
    duty.refresh_from_db()
    assert duty.done_at is not None
    assert offered() == set()


def test_the_act_an_officer_came_for_stands_first_and_open(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh()
    client = enter(cast.li_min)
    assert '<details id="act-contact"' in page(client, f"/inquiries/{inquiry.pk}/")
    shown = page(client, f"/inquiries/{inquiry.pk}/?act=contact")
    assert '<details id="act-contact"' not in shown
    assert shown.index('id="act-contact"') < shown.index('id="act-answer"')
    assert 'href="#act-contact"' in shown


def test_what_must_be_dispatched_is_dispatched_before_it_is_answered(
    cast: Cast, enter: Enter, ask: Callable[..., Inquiry]
) -> None:
    inquiry = ask(by=cast.wu_fang)
    shown = page(enter(cast.wu_fang), f"/inquiries/{inquiry.pk}/")
    assert shown.index('id="act-dispatch"') < shown.index('id="act-answer"')
    # One act stands out: the others are there, and quiet.
    main = shown[shown.index('id="content"') : shown.index("</main>")]
    assert main.count("btn-primary") == 1


def test_the_time_line_says_who_sent_it_and_where_it_went(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry], web_as: As
) -> None:
    now = timezone.now()
    inquiry = fresh()
    with web_as(cast.he_jing, now):
        offer_inquiry(inquiry.pk, to=cast.culture, reason="属文体局职责。", by=cast.he_jing, now=now)
    shown = page(enter(cast.li_min), f"/inquiries/{inquiry.pk}/")
    assert f"{cast.he_jing} → {cast.culture}" in shown[shown.index('id="timeline"') :]


def test_the_approver_decides_the_draft_on_the_page(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh()
    client = enter(cast.li_min)
    act(
        client,
        inquiry,
        "answer",
        outcome="not_accepted",
        text="不属于受理范围。",
        told_how="telephone",
    )
    assert Draft.objects.filter(inquiry=inquiry, decided_at=None).exists()
    shown = page(client, f"/inquiries/{inquiry.pk}/")
    assert "Sent for approval." in shown
    assert "Done: Answer" not in shown
    inquiry.refresh_from_db()
    clerk = enter(cast.wu_fang)
    assert "不属于受理范围。" in page(clerk, f"/inquiries/{inquiry.pk}/")
    refused = act(clerk, inquiry, "decide-draft", yes="no", reason="")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "Give a reason." in refused.content.decode()  # type: ignore[attr-defined]
    act(clerk, inquiry, "decide-draft", yes="yes", reason="")
    inquiry.refresh_from_db()
    assert inquiry.answered_at is not None


def test_the_receiver_of_a_hand_over_accepts_on_the_page(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry], web_as: As
) -> None:
    now = timezone.now()
    inquiry = fresh()
    with web_as(cast.he_jing, now):
        sign_for(inquiry.pk, by=cast.he_jing, now=now)
        offer_inquiry(inquiry.pk, to=cast.culture, reason="属于文化事务。", by=cast.he_jing, now=now)
    inquiry.refresh_from_db()
    act(enter(cast.cao_lei), inquiry, "decide-hand-over", yes="yes", reason="")
    inquiry.refresh_from_db()
    assert inquiry.holder == cast.culture


def test_contact_data_is_read_in_clear_for_a_reason_that_is_kept(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh(citizen=CitizenGiven(name="张三", phone="13840005021"))
    client = enter(cast.li_min)
    path = f"/inquiries/{inquiry.pk}/clear/"
    refused = client.post(path, {"clear-seen": 1, "clear-reason": ""})
    assert refused.status_code == 422
    assert "张三" not in refused.content.decode()
    shown = client.post(path, {"clear-seen": 1, "clear-reason": "回电"})
    assert "张三" in shown.content.decode()
    assert ClearReading.objects.get(inquiry=inquiry).reason == "回电"
    assert "张三" not in page(client, f"/inquiries/{inquiry.pk}/")


def test_the_due_is_explained_day_by_day(cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]) -> None:
    inquiry = fresh()
    shown = page(enter(cast.li_min), f"/inquiries/{inquiry.pk}/")
    table = shown[shown.index('<table class="b-days">') : shown.index("</table>")]
    assert re.findall(r'<td class="b-num">(\d+)</td>', table) == ["1", "2", "3", "4", "5"]
    assert f"calendar version {inquiry.calendar_version_id}" in shown


def test_an_earlier_due_of_the_source_explains_itself(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    source = {"channel": "city_12345", "source": "市12345"}
    now = timezone.now()
    early = fresh(**source, external_number="S-1", external_due_at=now + timedelta(hours=5))
    late = fresh(**source, external_number="S-2", external_due_at=now + timedelta(days=90))
    said = "earlier than the rule; the earlier one holds."
    assert said in page(enter(cast.li_min), f"/inquiries/{early.pk}/")
    assert said not in page(enter(cast.li_min), f"/inquiries/{late.pk}/")


def test_the_days_of_an_extension_are_explained_too(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh()
    act(enter(cast.li_min), inquiry, "extend", days="2", reason="等外地回函")
    inquiry.refresh_from_db()
    act(enter(cast.sun_wei), inquiry, "decide-extension", yes="yes", reason="")
    shown = page(enter(cast.li_min), f"/inquiries/{inquiry.pk}/")
    assert re.findall(r'<td class="b-num">(\d+)</td>', shown)[-1] == "7"
    assert "extended once" in shown


QUESTION = {
    "question": "低保怎么申请？",
    "kind": "consultation",
    "urgency": "ordinary",
    "channel": "hotline",
    "standing": "named",
}


def test_a_question_is_recorded_and_its_receipt_shown(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    form = QUESTION | {"key": "k1", "place": cast.relief.pk, "name": "张三", "phone": "13840005021"}
    assert client.post("/record/", form).status_code == 302
    recorded = Inquiry.objects.get(recorded_by=cast.li_min)
    shown = page(client, "/record/receipt/")
    assert recorded.reference in shown
    assert "An answer is owed until" in shown
    # Who records a queue by keyboard alone goes on with Enter; not where somebody is to be called first.
    assert '<a class="btn btn-primary b-thumbed" href="/record/" autofocus>' in shown
    assert 'value="hotline" selected' in page(client, "/record/")
    client.post("/record/", form | {"key": "k2", "question": "厨房有燃气味，怎么办？"})
    assert "autofocus" not in page(client, "/record/receipt/")


@pytest.mark.parametrize(("standing", "says"), [("named", "left no name"), ("anonymous", "anonymous")])
def test_a_citizen_of_whom_nothing_was_written_down_is_not_called_by_her_standing(
    cast: Cast, enter: Enter, standing: str, says: str
) -> None:
    client = enter(cast.li_min)
    client.post("/record/", QUESTION | {"key": "k1", "place": cast.relief.pk, "standing": standing})
    recorded = Inquiry.objects.get(recorded_by=cast.li_min)
    card = page(client, f"/inquiries/{recorded.pk}/").partition('id="citizen"')[2]
    assert f"<p>{says}</p>" in card
    assert f"{says} · " in page(client, "/")


@pytest.mark.parametrize(
    ("channel", "likely"),
    [("desk", "in_person"), ("hotline", "telephone"), ("card", "telephone"), ("web", ""), ("letter", "")],
)
def test_how_the_citizen_is_told_is_supposed_only_where_the_channel_says_it(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry], channel: str, likely: str
) -> None:
    inquiry = fresh(channel=channel)
    client = enter(cast.li_min)
    shown = page(client, f"/inquiries/{inquiry.pk}/")
    ways = shown.partition('name="answer-told_how"')[2].partition("</select>")[0]
    assert re.findall(r'value="(\w*)" selected', ways) == [likely]
    given = {"outcome": "explained", "text": "请到窗口办理。", "told_how": likely}
    assert act(client, inquiry, "answer", **given).status_code == (302 if likely else 422)  # type: ignore[attr-defined]


def test_at_the_hotline_an_answer_at_once_is_told_by_telephone(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    assert 'value="in_person" selected' in page(client, "/record/")
    client.post("/record/", QUESTION | {"key": "k1", "place": cast.relief.pk, "channel": "hotline"})
    assert 'value="telephone" selected' in page(client, "/record/")


def test_channel_source_and_place_stand_as_at_the_last_record(cast: Cast, enter: Enter) -> None:
    client = enter(cast.sun_wei)
    source = {"channel": "city_12345", "source": "市12345", "external_number": "W/1"}
    client.post("/record/", QUESTION | source | {"key": "k1", "place": cast.relief.pk})
    shown = page(client, "/record/")
    assert 'value="city_12345" selected' in shown
    assert f'value="{cast.relief.pk}" selected' in shown
    assert 'value="市12345"' in shown
    assert "W/1" not in shown
    # Another officer's desk is another's.
    assert 'value="desk" selected' in page(enter(cast.li_min), "/record/")


def test_the_receipt_holds_the_reference_as_a_code_to_print(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    client.post("/record/", QUESTION | {"key": "k1", "place": cast.relief.pk})
    recorded = Inquiry.objects.get(recorded_by=cast.li_min)
    shown = page(client, "/record/receipt/")
    found = re.search(r'src="(data:image/svg[^"]+)"', shown)
    assert found
    assert unescape(found[1]) == qr_code_of(recorded.reference)
    assert "data-print" in shown


def test_a_question_sent_twice_is_recorded_once(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    form = QUESTION | {"key": "k1", "place": cast.relief.pk}
    client.post("/record/", form)
    client.post("/record/", form)
    assert Inquiry.objects.filter(recorded_by=cast.li_min).count() == 1


def test_answered_at_once_is_recorded_with_its_answer(cast: Cast, enter: Enter) -> None:
    form = QUESTION | {
        "key": "k1",
        "place": cast.relief.pk,
        "at_once": "on",
        "outcome": "explained",
        "text": "请到社区。",
        "told_how": "telephone",
    }
    client = enter(cast.li_min)
    client.post("/record/", form)
    assert Inquiry.objects.get(recorded_by=cast.li_min).answered_at is not None
    assert "Recorded and answered" in page(client, "/record/receipt/")


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"phone": "12"}, "phone", "This is not a telephone number"),
        ({"asked_at": "2999-01-01T10:00"}, "asked_at", "The question cannot have been asked after now"),
        (
            {"identity_number": "210104198001011234"},
            "identity_number",
            "asked only for disclosure applications",
        ),
        ({"at_once": "on", "text": ""}, "text", "Write the answer that was given"),
        ({"question": " "}, "question", "This field is required"),
    ],
)
def test_a_refused_recording_says_why_at_the_field_and_loses_nothing(
    cast: Cast, enter: Enter, wrong: dict[str, str], field: str, sentence: str
) -> None:
    form = QUESTION | {"key": "k1", "place": cast.relief.pk, "address": "春和路一号"} | wrong
    response = enter(cast.li_min).post("/record/", form)
    assert response.status_code == 422
    shown = response.content.decode()
    assert "春和路一号" in shown
    block = shown[shown.index(f"f-{field} has-error") :][:1500]
    assert sentence in block
    # Above the form the way there, which on a telephone is far.
    above = shown[shown.index('role="alert"') :].partition("</div>")[0]
    assert f'<a href="#id_{field}">' in above
    assert f'id="id_{field}"' in shown
    assert not Inquiry.objects.filter(recorded_by=cast.li_min).exists()


def test_who_may_not_record_is_told_so(cast: Cast, enter: Enter) -> None:
    assert enter(cast.bai_lu).get("/record/").status_code == 403


def test_a_logged_contact_stands_in_the_time_line(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh()
    client = enter(cast.li_min)
    done = act(client, inquiry, "contact", what="not_reached", text="无人接听")
    # What was said stands at the top; the browser must not go back down to the form.
    assert done["Location"] == f"/inquiries/{inquiry.pk}/#content"  # type: ignore[index]
    assert Contact.objects.get(inquiry=inquiry).what == "not_reached"
    shown = page(client, f"/inquiries/{inquiry.pk}/")
    assert "无人接听" in shown[shown.index('id="timeline"') :]


def test_an_act_in_the_list_answers_with_a_fragment(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    inquiry = fresh()
    client = enter(cast.li_min)
    panel = page(client, f"/inquiries/{inquiry.pk}/panel/?act=answer")
    assert "<html" not in panel
    assert 'name="answer-text"' in panel
    assert 'data-act="return"' in panel
    within = {"hx-request": "true"}
    path = f"/inquiries/{inquiry.pk}/answer/"
    given = {
        "answer-seen": inquiry.version,
        "answer-outcome": "explained",
        "answer-text": "",
        "answer-basis": "条例第三条",
        "answer-told_how": "telephone",
    }
    refused = client.post(path, given, headers=within)
    assert refused.status_code == 422
    assert "<html" not in refused.content.decode()
    assert "条例第三条" in refused.content.decode()
    done = client.post(path, {**given, "answer-text": "请到窗口办理。"}, headers=within)
    assert done.status_code == 200
    assert "data-done" in done.content.decode()
    inquiry.refresh_from_db()
    assert inquiry.answered_at is not None
    # What came too late is refused, and its words are shown again.
    late = client.post(path, {**given, "answer-text": "另一种答复。"}, headers=within)
    assert late.status_code == 422
    assert "另一种答复。" in late.content.decode()
    assert "<br>by telephone</p>" in late.content.decode()
    assert enter(cast.tang_rui).get(f"/inquiries/{inquiry.pk}/panel/?act=answer").status_code == 404


def test_the_list_says_why_more_time_cannot_be_asked_for(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    hurried = fresh(kind="help", urgency="critical")
    client = enter(cast.li_min)
    said = "The answer rule allows no further extension."
    late = fresh(days=30)
    assert "asked before the due time" in page(client, f"/inquiries/{late.pk}/panel/?act=extend")
    assert 'id="act-extend"' not in page(client, f"/inquiries/{late.pk}/")
    assert said in page(client, f"/inquiries/{hurried.pk}/panel/?act=extend")
    assert said not in page(client, f"/inquiries/{fresh().pk}/panel/?act=extend")
    assert "This cannot be done here now." in page(client, f"/inquiries/{hurried.pk}/panel/?act=reopen")
