"""One act on a selection: the preview is the act itself, each row stands for itself, nothing is done twice."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from inquiries.bulk import ACTS
from inquiries.models import BulkAct, Duty, Event, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.answering import answer_inquiry
from inquiries.services.dispatching import dispatch_inquiry
from inquiries.services.duties import open_duty
from inquiries.services.extending import ask_extension
from inquiries.services.moving import sign_for
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Enter, page

Fresh = Callable[..., Inquiry]


@pytest.fixture
def owed(cast: Cast, fresh: Fresh, web_as: As) -> list[Inquiry]:
    """Three that are to be signed for by Li Min's section."""
    return [fresh(question=f"第{n}件怎么办？") for n in range(3)]


def preview(client: Client, act: str, rows: list[Inquiry], **typed: object) -> str:
    given = {"act": act, "row": [row.pk for row in rows]} | ({"typed": 1} if typed else {}) | typed
    response = client.post("/bulk/", given)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def hidden(html: str) -> dict[str, list[str]]:
    """What the form of the preview sends."""
    form = html[html.index('<form method="post" action="/bulk/"') :]
    form = form[: form.index("</form>")]
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        sent.setdefault(name, []).append(value)
    for name, value in re.findall(r'<textarea name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', form):
        sent[name] = [value]
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        sent[name] = re.findall(r'value="([^"]*)" selected', body) or [""]
    return sent


def confirm(client: Client, html: str, **other: Any) -> str:
    response = client.post("/bulk/done/", hidden(html) | {"do": "save"} | other)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def states(rows: list[Inquiry]) -> list[str]:
    return list(
        Inquiry.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list("state", flat=True)
    )


def test_a_preview_tells_what_would_be_done_and_does_nothing(
    cast: Cast, enter: Enter, owed: list[Inquiry]
) -> None:
    events = Event.objects.count()
    shown = preview(enter(cast.li_min), "sign", owed)
    assert shown.count("<b>signed for</b>") == 3
    assert "to be signed for → in hand" in shown
    assert states(owed) == ["assigned"] * 3
    assert Event.objects.count() == events
    assert not BulkAct.objects.exists()


def test_confirmed_each_row_is_done_by_its_own_service(cast: Cast, enter: Enter, owed: list[Inquiry]) -> None:
    client = enter(cast.li_min)
    told = confirm(client, preview(client, "sign", owed))
    assert states(owed) == ["in_hand"] * 3
    assert "Sign for: 3 done" in told
    assert list(Event.objects.filter(code="signed_for").values_list("by", flat=True)) == [cast.li_min.pk] * 3


def test_a_refused_row_stops_no_other_and_is_told_the_service_s_own_reason(
    cast: Cast, enter: Enter, owed: list[Inquiry], web_as: As
) -> None:
    now = timezone.now()
    with web_as(cast.li_min, now):
        answer_inquiry(owed[1].pk, EXPLAINED, by=cast.li_min, now=now)
    client = enter(cast.li_min)
    shown = preview(client, "sign", owed)
    assert "This inquiry is already answered." in shown
    assert "1 would be refused" in shown
    told = confirm(client, shown)
    assert "This inquiry is already answered." in told
    assert "2 done, 1 refused" in told
    assert states(owed) == ["in_hand", "answered", "in_hand"]


def test_what_a_colleague_did_meanwhile_is_not_done_over(
    cast: Cast, enter: Enter, owed: list[Inquiry], web_as: As
) -> None:
    client = enter(cast.li_min)
    shown = preview(client, "sign", owed)
    now = timezone.now()
    with web_as(cast.he_jing, now):
        sign_for(owed[0].pk, by=cast.he_jing, now=now)
    told = confirm(client, shown)
    assert "何静 did “signed for” since" in told
    assert "2 done, 1 refused" in told


def test_sent_twice_it_is_done_once_and_tells_the_same(cast: Cast, enter: Enter, owed: list[Inquiry]) -> None:
    client = enter(cast.li_min)
    shown = preview(client, "sign", owed)
    assert "3 done" in confirm(client, shown)
    events = Event.objects.count()
    assert "3 done" in confirm(client, shown)
    assert Event.objects.count() == events


def test_what_broke_off_goes_on_where_it_stood(cast: Cast, enter: Enter, owed: list[Inquiry]) -> None:
    client = enter(cast.li_min)
    shown = preview(client, "sign", owed)
    sent = hidden(shown)
    BulkAct.objects.create(
        pk=uuid.UUID(sent["key"][0]), district=cast.district, officer=cast.li_min, act="sign",
        begun_at=timezone.now(), results={str(owed[0].pk): ""},
    )  # fmt: skip
    assert "3 done" in confirm(client, shown)
    assert states(owed) == ["assigned", "in_hand", "in_hand"]


def test_a_key_used_for_another_act_does_nothing(cast: Cast, enter: Enter, owed: list[Inquiry]) -> None:
    client = enter(cast.li_min)
    shown = preview(client, "extend", owed, reason="等外地回函")
    BulkAct.objects.create(
        pk=uuid.UUID(hidden(shown)["key"][0]), district=cast.district, officer=cast.li_min, act="sign",
        begun_at=timezone.now(),
    )  # fmt: skip
    response = client.post("/bulk/done/", hidden(shown) | {"do": "save"})
    assert response.status_code == 409
    assert not Duty.objects.filter(kind=DutyKind.EXTENSION).exists()


def test_what_was_changed_after_the_preview_is_previewed_again(
    cast: Cast, enter: Enter, owed: list[Inquiry]
) -> None:
    client = enter(cast.li_min)
    shown = preview(client, "extend", owed, reason="等外地回函")
    again = confirm(client, shown, reason="改写的理由")
    assert "Would be done" in again
    assert "改写的理由" in again
    assert not Duty.objects.filter(kind=DutyKind.EXTENSION).exists()
    told = confirm(client, again)
    assert "3 done" in told
    assert set(Duty.objects.filter(kind=DutyKind.EXTENSION).values_list("request", flat=True)) == {
        "改写的理由"
    }


def test_an_extension_is_by_what_the_rule_of_each_allows(
    cast: Cast, enter: Enter, owed: list[Inquiry], fresh: Fresh
) -> None:
    hours = fresh(urgency="critical")
    client = enter(cast.li_min)
    shown = preview(client, "extend", [*owed, hours], reason="等外地回函")
    assert "owes “decide an extension” until" in shown
    assert "1 would be refused" in shown
    confirm(client, shown)
    asked = Duty.objects.filter(kind=DutyKind.EXTENSION)
    assert {duty.terms["days"] for duty in asked} == {owed[0].rule.extension_amount}
    assert {duty.inquiry_id for duty in asked} == {row.pk for row in owed}


def test_a_missing_reason_is_asked_for_and_the_rows_stay_chosen(
    cast: Cast, enter: Enter, owed: list[Inquiry]
) -> None:
    client = enter(cast.li_min)
    response = client.post(
        "/bulk/", {"act": "extend", "row": [row.pk for row in owed], "typed": 1, "reason": ""}
    )
    assert response.status_code == 422
    assert len(hidden(response.content.decode())["row"]) == 3


def test_the_words_are_kept_for_the_rows_that_were_refused(
    cast: Cast, enter: Enter, owed: list[Inquiry], web_as: As
) -> None:
    client = enter(cast.li_min)
    shown = preview(client, "extend", owed, reason="等外地回函")
    now = timezone.now()
    with web_as(cast.li_min, now):
        sign_for(owed[0].pk, by=cast.li_min, now=now)
    told = confirm(client, shown)
    again = hidden(told)
    assert again["row"] == [str(owed[0].pk)]
    assert again["reason"] == ["等外地回函"]
    response = client.post("/bulk/", again)
    assert "Would be done" in response.content.decode()


def test_the_district_dispatches_each_to_the_bureau_suggested_for_it(
    cast: Cast, enter: Enter, fresh: Fresh
) -> None:
    rows = [
        fresh(by=cast.wu_fang, question="民政局的低保怎么办？", channel="web"),
        fresh(by=cast.wu_fang, question="文化体育局的篮球场几点开门？", channel="web"),
        fresh(by=cast.wu_fang, question="这是什么？", channel="web"),
    ]
    client = enter(cast.wu_fang)
    shown = preview(client, "dispatch", rows)
    assert "→ 民政局" in shown
    assert "→ 文化体育局" in shown
    told = confirm(client, shown)
    assert "2 done, 1 refused" in told
    holders = [Inquiry.objects.get(pk=row.pk).holder for row in rows]
    assert holders == [cast.civil, cast.culture, cast.district]


def test_a_place_outside_the_bureau_is_refused_for_its_row_alone(
    cast: Cast, enter: Enter, owed: list[Inquiry]
) -> None:
    client = enter(cast.sun_wei)
    response = client.post(
        "/bulk/", {"act": "reassign", "row": [owed[0].pk], "typed": 1, "to": cast.culture.pk, "post": ""}
    )
    assert response.status_code == 422
    shown = preview(client, "reassign", owed, to=cast.civil.pk)
    assert "→ 民政局" in shown
    confirm(client, shown)
    assert set(Inquiry.objects.filter(pk__in=[row.pk for row in owed]).values_list("holder", flat=True)) == {
        cast.civil.pk
    }


def test_the_head_grants_what_was_asked_and_only_that(
    cast: Cast, enter: Enter, owed: list[Inquiry], web_as: As
) -> None:
    now = timezone.now()
    with web_as(cast.li_min, now):
        for row in owed[:2]:
            ask_extension(row.pk, days=2, reason="等外地回函", by=cast.li_min, now=now)
    client = enter(cast.sun_wei)
    shown = preview(client, "decide-extension", owed, yes="yes", reason="")
    assert "This cannot be done in the state the inquiry is in." in shown
    assert re.search(r"due .* → ", shown)
    sent = hidden(shown) | {"yes": "yes", "do": "save"}
    told = client.post("/bulk/done/", sent).content.decode()
    assert "2 done, 1 refused" in told
    assert list(
        Inquiry.objects.filter(pk__in=[row.pk for row in owed])
        .order_by("pk")
        .values_list("extensions", flat=True)
    ) == [1, 1, 0]


def test_supervisions_are_acknowledged_in_the_same_words(
    cast: Cast, enter: Enter, owed: list[Inquiry], clock: As
) -> None:
    now = timezone.now()
    with clock():
        for row in owed[:2]:
            locked = Inquiry.objects.get(pk=row.pk)
            open_duty(
                kind="acknowledge",
                place=cast.relief,
                due_at=now + timedelta(days=1),
                now=now,
                by=None,
                inquiry=locked,
            )
            locked.save(update_fields=["event_count", "event_hash"])
    client = enter(cast.sun_wei)
    shown = preview(client, "acknowledge", owed, reply="本周五前答复")
    assert "waits for your acknowledgement" in shown
    assert "2 done, 1 refused" in confirm(client, shown)
    done = Duty.objects.filter(kind=DutyKind.ACKNOWLEDGE, done_at__isnull=False)
    assert list(done.values_list("reply", flat=True)) == ["本周五前答复"] * 2


def test_who_signs_in_again_in_between_is_led_on(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    for address in ("/bulk/", "/bulk/done/"):
        assert client.get(address)["Location"] == "/"


def test_no_act_on_many_ends_a_chase(cast: Cast) -> None:
    assert {many.deed.code for many in ACTS} & {
        "answer", "decide-draft", "withdraw", "end-uncorrected", "erase", "reopen", "decide-dispute"
    } == set()  # fmt: skip


@pytest.mark.parametrize("act", ["answer", "erase", "", "nonsense"])
def test_other_acts_are_refused_in_words(cast: Cast, enter: Enter, owed: list[Inquiry], act: str) -> None:
    client = enter(cast.li_min)
    for address in ("/bulk/", "/bulk/done/"):
        response = client.post(address, {"act": act, "row": [owed[0].pk], "do": "save"})
        assert response.status_code == 422
        assert "Choose what is to be done" in response.content.decode()


def test_nothing_chosen_and_too_much_chosen_are_refused_in_words(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    for rows, sentence in (
        ([], "Choose at least one row"),
        (range(1, 102), "At most 100 rows"),
        (["x"], "Choose at"),
    ):
        response = client.post("/bulk/", {"act": "sign", "row": list(rows), "back": "/search/?q=热"})
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert "/search/?q=热" in response.content.decode()


def test_a_row_one_does_not_see_is_left_out(cast: Cast, enter: Enter, owed: list[Inquiry]) -> None:
    stranger = enter(cast.tang_rui)
    response = stranger.post("/bulk/", {"act": "sign", "row": [owed[0].pk]})
    assert response.status_code == 422
    assert owed[0].reference not in response.content.decode()
    confirmed = stranger.post(
        "/bulk/done/", {"act": "sign", "row": [f"{owed[0].pk}:1"], "key": str(uuid.uuid4()), "do": "save"}
    )
    assert owed[0].reference not in confirmed.content.decode()
    assert states(owed) == ["assigned"] * 3


def test_a_confirmation_is_its_officer_s_own(
    cast: Cast, enter: Enter, owed: list[Inquiry], web_as: As
) -> None:
    client = enter(cast.li_min)
    confirm(client, preview(client, "sign", owed))
    with web_as(cast.he_jing, timezone.now()):
        assert not BulkAct.objects.exists()
    with web_as(cast.li_min, timezone.now()):
        assert BulkAct.objects.count() == 1


def test_where_one_goes_back_is_never_another_site(cast: Cast, enter: Enter, owed: list[Inquiry]) -> None:
    response = enter(cast.li_min).post(
        "/bulk/", {"act": "sign", "row": [owed[0].pk], "back": "https://evil.example/"}
    )
    assert "evil.example" not in response.content.decode()


@pytest.mark.parametrize("path", ["/", "/search/?kind=consultation", "/dispatch/"])
def test_lists_let_one_choose_rows_without_a_script(
    cast: Cast, enter: Enter, owed: list[Inquiry], fresh: Fresh, path: str
) -> None:
    received = fresh(by=cast.wu_fang, channel="web")
    client = enter(cast.wu_fang if path == "/dispatch/" else cast.li_min)
    row = received if path == "/dispatch/" else owed[0]
    shown = page(client, path)
    assert f'name="row" value="{row.pk}" form="bulk">' in shown
    assert 'id="bulk" method="post" action="/bulk/"' in shown
    chosen = page(client, path + ("&" if "?" in path else "?") + "chosen=all")
    assert f'name="row" value="{row.pk}" form="bulk" checked>' in chosen


def test_who_may_do_nothing_chooses_nothing(cast: Cast, enter: Enter, owed: list[Inquiry]) -> None:
    assert 'name="row"' not in page(enter(cast.bai_lu), "/search/?kind=consultation")


def test_a_preview_asks_the_same_for_every_row(
    cast: Cast, enter: Enter, fresh: Fresh, django_assert_max_num_queries: Any
) -> None:
    """The act itself is done for each, so it costs its statements for each, and no more."""
    rows = [fresh() for _ in range(4)]
    client = enter(cast.li_min)
    preview(client, "sign", rows)

    def asked(some: list[Inquiry]) -> int:
        with django_assert_max_num_queries(500) as seen:
            preview(client, "sign", some)
        return len(seen)

    two, four = asked(rows[:2]), asked(rows)
    assert (four - two) / 2 <= 40
    assert connection.in_atomic_block


def test_a_dispatched_row_is_returned_with_its_reason(
    cast: Cast, enter: Enter, fresh: Fresh, web_as: As
) -> None:
    inquiry, now = fresh(by=cast.wu_fang, channel="web"), timezone.now()
    with web_as(cast.wu_fang, now):
        dispatch_inquiry(inquiry.pk, to=cast.culture, by=cast.wu_fang, now=now)
    client = enter(cast.cao_lei)
    told = confirm(client, preview(client, "return", [inquiry], reason="不归我们管"))
    assert "1 done" in told
    assert Inquiry.objects.get(pk=inquiry.pk).returns == 1
