"""Posts are filled, handed over with a slip, deputised; accounts are disabled and what they owed falls at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bureaus.access import Roll
from bureaus.models import Absence, DutyTurn, Edit, HandOver, Officer, Tenure
from bureaus.models.notices import Notice
from bureaus.models.scope import WORKER, scope
from bureaus.services.places import NotYourPlaces
from bureaus.services.posts import NeedsHandOver, begin_tenure, disable_officer, end_tenure, open_items
from inquiries.models import Duty, Inquiry
from inquiries.services.answering import answer_inquiry
from inquiries.services.lapsing import owe_hand_overs
from inquiries.services.verifying import verify_promises
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db


def entered(officer: Officer) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def tenure_of(cast: Cast) -> Tenure:
    return Tenure.objects.get(post=cast.post(cast.li_min), officer=cast.li_min)


def ending(cast: Cast, **words: Any) -> dict[str, Any]:
    tenure = tenure_of(cast)
    return {"act": "end", "tenure": tenure.pk, "until_on": timezone.localdate().isoformat()} | words


@pytest.fixture
def page(cast: Cast) -> str:
    return f"/settings/posts/{cast.post(cast.li_min).pk}/"


def test_every_post_stands_under_its_place_with_holder_and_deputy(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = entered(cast.wu_fang)
    client.get("/settings/posts/")
    with django_assert_max_num_queries(20):
        shown = client.get("/settings/posts/").content.decode()
    assert "李敏" in shown
    assert "韩雪" in shown
    assert "徐凯" not in shown


def test_a_post_that_owes_something_ends_only_with_a_hand_over(ask: Ask, cast: Cast, page: str) -> None:
    inquiry = ask()
    refused = entered(cast.wu_fang).post(page, ending(cast, note="调离"))
    shown = refused.content.decode()
    assert refused.status_code == 422
    assert "Name who takes it over" in shown
    assert inquiry.reference in shown
    assert 'value="调离"' in shown
    assert tenure_of(cast).until_on is None


def test_the_slip_names_both_and_what_is_open(ask: Ask, cast: Cast, page: str) -> None:
    inquiry = ask()
    client = entered(cast.wu_fang)
    done = client.post(page, ending(cast, to_officer=cast.han_xue.pk, note="调离"))
    slip = HandOver.objects.get()
    assert done["Location"] == f"/settings/slips/{slip.pk}/"
    shown = client.get(done["Location"]).content.decode()
    for words in ("李敏", "韩雪", inquiry.reference, "调离"):
        assert words in shown
    assert slip.open_items == 1
    assert entered(cast.xu_kai).get(done["Location"]).status_code == 404


def test_a_sealed_matter_is_counted_where_it_is_not_seen(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    sealed = ask(kind="tip_off", question="举报。")
    assert sealed.post == cast.post(cast.li_min)
    with web_as(cast.wu_fang):
        assert open_items(cast.post(cast.li_min)) == 1
        with pytest.raises(NeedsHandOver):
            end_tenure(tenure=tenure_of(cast), until_on=now.date(), by=cast.wu_fang, now=now)


TOMORROW = timedelta(days=1)


@pytest.fixture
def lapsing(ask: Ask, cast: Cast, now: datetime) -> Inquiry:
    """A matter of the post that Li Min holds until tomorrow, ended today, when nothing was open."""
    end_tenure(tenure=tenure_of(cast), until_on=now.date() + TOMORROW, by=cast.wu_fang, now=now)
    return ask()


def look(cast: Cast, at: datetime) -> int:
    with scope(role=WORKER, district=cast.district.pk):
        return owe_hand_overs(district=cast.district, now=at)


def test_a_tenure_that_lapses_with_something_open_makes_the_section_head_owe_the_hand_over(
    lapsing: Inquiry, cast: Cast, now: datetime
) -> None:
    assert look(cast, now) == 0
    at = now.replace(hour=0, minute=1) + TOMORROW
    assert [look(cast, at), look(cast, at)] == [1, 0]
    owed = Duty.objects.get(kind="slip")
    roll = Roll(cast.district.pk, now=at)
    head = roll.reach("section_head", place_id=lapsing.holder_id)[0]
    assert (owed.post_id, owed.request) == (head.post_id, f"{lapsing.post}：李敏，{at.date()}")
    # What the post owes falls to whoever answers for it now, who is told.
    fallen = roll.reach("handler", place_id=lapsing.holder_id, post_id=lapsing.post_id)[0]
    told = Notice.objects.filter(recipient=fallen.officer_id, kind="assigned", reference=lapsing.reference)
    assert told.exists()
    assert not [found for found in verify_promises(now=at) if found.broken]


def test_the_hand_over_is_done_once_nothing_of_before_is_open(
    lapsing: Inquiry, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    at = now + TOMORROW
    begin_tenure(
        post=cast.post(cast.li_min), officer=cast.han_xue, from_on=at.date(), by=cast.wu_fang, now=now
    )
    # Who came after her, and what came after her, owe no hand-over of their own.
    assert look(cast, at) == 1
    with web_as(cast.han_xue, at):
        answer_inquiry(lapsing.pk, EXPLAINED, by=cast.han_xue, now=at)
    ask(by=cast.han_xue, now=at, post=cast.post(cast.li_min), question="婚姻登记要什么材料？")
    assert look(cast, at) == 0
    assert Duty.objects.get(kind="slip").decision == "settled"


def test_who_holds_the_post_again_hands_nothing_over(lapsing: Inquiry, cast: Cast, now: datetime) -> None:
    at = now + TOMORROW
    begin_tenure(
        post=cast.post(cast.li_min), officer=cast.li_min, from_on=at.date(), by=cast.wu_fang, now=now
    )
    assert look(cast, at) == 0


def test_an_officer_is_put_into_a_post_and_a_second_holder_is_refused(cast: Cast, page: str) -> None:
    client, today = entered(cast.wu_fang), timezone.localdate().isoformat()
    given = {"act": "hold", "officer": cast.ma_chao.pk, "part": "holder", "from_on": today}
    refused = client.post(page, given)
    assert refused.status_code == 422
    assert "李敏 holds this post then" in refused.content.decode()
    assert client.post(page, given | {"part": "deputy"}).status_code == 302
    assert Tenure.objects.filter(post=cast.post(cast.li_min), officer=cast.ma_chao, part="deputy").exists()


def being_away(cast: Cast) -> dict[str, Any]:
    now = timezone.localtime()
    return {
        "act": "away",
        "officer": cast.li_min.pk,
        "from_at": (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "until_at": (now + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
        "why": "培训",
    }


def test_before_an_absence_is_noted_it_is_shown_what_reaches_whom(ask: Ask, cast: Cast, page: str) -> None:
    inquiry, sealed = ask(), ask(kind="tip_off", question="举报。")
    today = timezone.localdate()
    DutyTurn.objects.create(
        place=cast.civil,
        officer=cast.li_min,
        from_at=timezone.now(),
        until_at=timezone.now() + timedelta(hours=3),
    )
    client = entered(cast.wu_fang)
    shown = client.post(page, being_away(cast) | {"do": "look"})
    text = shown.content.decode()
    [falling] = shown.context["preview"]["falls"]
    assert ([item.words for item in falling.items], falling.unseen) == ([inquiry.reference], 1)
    assert falling.to == [("韩雪", True)]
    assert sealed.reference not in text
    assert "The officer is on the duty roster in that time" in text
    assert not Absence.objects.filter(officer=cast.li_min, from_at__date=today).exists()
    assert not Edit.objects.filter(code="absence_noted").exists()


def test_an_absence_lets_the_deputy_act(cast: Cast, page: str) -> None:
    client, given = entered(cast.wu_fang), being_away(cast)
    assert client.post(page, given | {"until_at": given["from_at"]}).status_code == 422
    stamp = client.post(page, given | {"do": "look"}).context["away"]["previewed"].value()
    changed = client.post(page, given | {"why": "年假", "do": "save", "previewed": stamp})
    assert "You changed something since the preview." in changed.content.decode()
    assert not Absence.objects.filter(officer=cast.li_min).exists()
    assert client.post(page, given | {"do": "save", "previewed": stamp}).status_code == 302
    assert Absence.objects.filter(officer=cast.li_min).count() == 1
    assert "away, the deputy acts" in client.get("/settings/posts/").content.decode()


def test_before_an_account_is_disabled_it_is_shown_what_falls_to_whom(ask: Ask, cast: Cast) -> None:
    inquiry = ask()
    path = f"/settings/accounts/{cast.li_min.pk}/disable/"
    shown = entered(cast.wu_fang).get(path).content.decode()
    assert inquiry.reference in shown
    assert "韩雪" in shown
    cast.li_min.refresh_from_db()
    assert cast.li_min.is_active


def test_what_a_disabled_account_owed_falls_at_once_and_is_told(ask: Ask, cast: Cast) -> None:
    inquiry = ask()
    Tenure.objects.filter(officer=cast.han_xue).update(until_on=date(2024, 2, 1))
    entered(cast.wu_fang).post(f"/settings/accounts/{cast.li_min.pk}/disable/")
    cast.li_min.refresh_from_db()
    assert not cast.li_min.is_active
    assert Notice.objects.filter(recipient=cast.he_jing, reference=inquiry.reference).exists()


def test_the_roster_stands_by_day_and_a_line_comes_off_it(cast: Cast) -> None:
    client, today = entered(cast.wu_fang), timezone.localdate()
    given = {
        "place": cast.civil.pk,
        "officer": cast.he_jing.pk,
        "from_at": f"{today}T00:00",
        "until_at": f"{today + timedelta(days=2)}T00:00",
        "rank": 1,
    }
    assert client.post("/settings/roster/", given | {"officer": cast.xu_kai.pk}).status_code == 422
    looked = client.post("/settings/roster/", given | {"do": "look"})
    assert not DutyTurn.objects.filter(officer=cast.he_jing).exists()
    stamp = looked.context["form"]["previewed"].value()
    given |= {"do": "save", "previewed": stamp}
    assert client.post("/settings/roster/", given).status_code == 302
    turn = DutyTurn.objects.get(officer=cast.he_jing)
    shown = client.get("/settings/roster/").context
    assert shown["turns"] == [turn]
    days = shown["days"]
    assert [len(turns) for _on, turns in days[:3]] == [1, 1, 0]
    assert entered(cast.xu_kai).post("/settings/roster/", {"drop": turn.pk, "do": "save"}).status_code == 404
    asked = client.post("/settings/roster/", {"drop": turn.pk})
    assert "何静 is off the roster of 民政局" in asked.content.decode()
    assert "Nobody is on duty there then" in asked.content.decode()
    assert DutyTurn.objects.filter(pk=turn.pk).exists()
    client.post("/settings/roster/", {"drop": turn.pk, "do": "save"})
    assert not DutyTurn.objects.filter(pk=turn.pk).exists()


def test_before_a_turn_is_listed_it_is_shown_who_is_reached_in_what_order_about_what(
    ask: Ask, cast: Cast, now: datetime
) -> None:
    critical, ordinary = ask(urgency="critical"), ask()
    span = {"from_at": now - timedelta(hours=1), "until_at": now + timedelta(days=1)}
    DutyTurn.objects.create(place=cast.civil, officer=cast.han_xue, **span)
    Absence.objects.create(officer=cast.han_xue, **span)
    given: dict[str, Any] = {"place": cast.civil.pk, "officer": cast.he_jing.pk, "rank": 2, "do": "look"}
    given |= {name: timezone.localtime(at).strftime("%Y-%m-%dT%H:%M") for name, at in span.items()}
    client = entered(cast.wu_fang)
    looked = client.post("/settings/roster/", given)
    preview = looked.context["preview"]
    assert [turn.officer for turn in preview.turns] == [cast.han_xue, cast.he_jing]
    assert [item.words for item in preview.items] == [critical.reference]
    shown = looked.content.decode()
    assert ordinary.reference not in shown
    assert "韩雪 is away from" in shown
    # A place with a roster of its own, nearer to the matter, is asked first.
    DutyTurn.objects.create(place=critical.holder, officer=cast.li_min, **span)
    assert client.post("/settings/roster/", given).context["preview"].items == []


def test_posts_are_kept_by_their_own_district_alone(cast: Cast, page: str, now: datetime) -> None:
    assert entered(cast.xu_kai).get(page).status_code == 404
    assert entered(cast.xu_kai).get(f"/settings/accounts/{cast.li_min.pk}/disable/").status_code == 404
    for other in (cast.sun_wei, cast.he_jing, cast.li_min):
        assert entered(other).get(page).status_code == 403
    with pytest.raises(NotYourPlaces):
        disable_officer(officer=cast.li_min, by=cast.xu_kai, now=now)
    with pytest.raises(NotYourPlaces):
        begin_tenure(
            post=cast.post(cast.li_min), officer=cast.li_min, from_on=now.date(), by=cast.xu_kai, now=now
        )
