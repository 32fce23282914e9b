"""The pages of an open day: the desk by plain forms, the numbers with the rows behind them, and no stranger in."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from django.test import Client
from django.utils import timezone

from bureaus.workdays import local_date
from disclosure.models import Booth, Material, Measure, OpenDay, Reception
from disclosure.services.desk import Stamp, collect_issue, give_card, receive
from disclosure.services.open_days import name_material, open_booth, plan_open_day
from inquiries.models import Inquiry
from tests.conftest import Cast
from tests.inquiries.conftest import Enter, page, statements_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def today(cast: Cast) -> OpenDay:
    """An open day on the day of the running suite."""
    now = timezone.now()
    day = plan_open_day(district=cast.district, on=local_date(now), theme="公开", by=None, now=now)
    day.refresh_from_db()
    return day


@pytest.fixture
def desk(cast: Cast, today: OpenDay) -> Booth:
    now = timezone.now()
    name_material(district=cast.district, kind="leaflet", name="政策宣传单", measure=Measure.SHEET)
    return open_booth(open_day=today, place=cast.civil, by=None, now=now)


def test_a_tap_is_counted_and_the_desk_comes_back(desk: Booth, cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    answered = client.post(
        f"/booths/{desk.pk}/receive/", {"key": "a", "n": 2, "measure": "visit"}, follow=True
    )
    assert "Received: 2 visits." in answered.content.decode()
    assert re.search(r"<strong>2 visits</strong>", answered.content.decode())


def test_the_sheet_of_a_booth_leads_to_asking_its_bureau(desk: Booth, cast: Cast, enter: Enter) -> None:
    at = f"/booths/{desk.pk}/code/"
    client = enter(cast.li_min)
    assert at in page(client, f"/booths/{desk.pk}/")
    asks = re.search(r"http://testserver(/public/\S+?place=\d+)<", page(client, at))
    assert asks is not None
    form = Client().get(asks[1]).context["form"]
    assert form.initial["place"] == cast.civil.pk
    assert cast.civil in form.fields["place"].queryset
    assert "data:image/svg" in client.get(at).context["qr"]
    assert Client().get(at).status_code == 302
    assert enter(cast.xu_kai).get(at).status_code == 404


def test_the_desk_has_a_fresh_key_for_each_form(desk: Booth, cast: Cast, enter: Enter) -> None:
    keys = re.findall(r'name="key" value="([^"]+)"', page(enter(cast.li_min), f"/booths/{desk.pk}/"))
    assert len(keys) == len(set(keys)) == 9


def test_a_question_is_recorded_at_the_desk_with_its_reference(desk: Booth, cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    given = {
        "key": "q",
        "question": "低保怎么申请？",
        "kind": "consultation",
        "urgency": "ordinary",
        "outcome": "explained",
    }
    told = client.post(f"/booths/{desk.pk}/question/", given, follow=True).content.decode()
    inquiry = Inquiry.objects.get()
    assert f"Recorded: {inquiry.reference}." in told
    # Of a queue of them each row says which it is.
    assert f"{inquiry.reference}</a> a question to be followed up" in told
    again = client.post(f"/booths/{desk.pk}/question/", given, headers={"accept": "application/json"})
    assert inquiry.reference in again.json()["said"]
    assert Inquiry.objects.count() == 1


def test_an_answer_that_is_not_ticked_is_not_lost(desk: Booth, cast: Cast, enter: Enter) -> None:
    typed = {"key": "q", "question": "低保怎么申请？", "text": "到街道申请。", "kind": "consultation"}
    given = typed | {"urgency": "ordinary", "outcome": "explained"}
    client = enter(cast.li_min)
    refused = client.post(f"/booths/{desk.pk}/question/", given)
    assert refused.status_code == 422
    assert "到街道申请。" in refused.content.decode()
    assert not Inquiry.objects.exists()
    client.post(f"/booths/{desk.pk}/question/", given | {"at_once": "on"})
    assert Inquiry.objects.get().answered_at is not None


def test_what_was_typed_is_kept_where_it_is_refused(desk: Booth, cast: Cast, enter: Enter) -> None:
    given = {
        "key": "q",
        "question": "低保怎么申请？",
        "kind": "consultation",
        "urgency": "ordinary",
        "card": "LX-9",
    }
    refused = enter(cast.li_min).post(f"/booths/{desk.pk}/question/", given)
    assert refused.status_code == 422
    assert "低保怎么申请？" in refused.content.decode()
    assert "No contact card with this serial was given out" in refused.content.decode()


def test_a_machine_is_told_of_a_refusal_by_field(desk: Booth, cast: Cast, enter: Enter) -> None:
    refused = enter(cast.li_min).post(
        f"/booths/{desk.pk}/receive/",
        {"key": "a", "n": 0, "measure": "visit"},
        headers={"accept": "application/json"},
    )
    assert refused.status_code == 422
    assert list(refused.json()["errors"]) == ["n"]


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("give", {"n": 3}),
        ("bring", {"n": 30}),
        ("card", {"serial": "LX-1"}),
        ("issue", {"words": "停车难", "people": 4}),
        ("material", {"name": "办事指南", "kind": "handbook", "measure": "volume", "n": 9}),
    ],
)
def test_each_entry_of_the_desk_is_written(
    desk: Booth, cast: Cast, enter: Enter, what: str, given: dict[str, object]
) -> None:
    if what in ("give", "bring"):
        given = given | {"material": Material.objects.get().pk}
    client = enter(cast.li_min)
    answered = client.post(f"/booths/{desk.pk}/{what}/", {"key": "k"} | given, follow=True)
    assert answered.status_code == 200
    assert "b-said-success" in answered.content.decode()


def test_a_slip_is_taken_back_at_the_desk(desk: Booth, cast: Cast, enter: Enter) -> None:
    entry = receive(
        booth=desk, n=50, measure=Measure.VISIT, stamp=Stamp("a"), by=cast.li_min, now=timezone.now()
    )
    client = enter(cast.li_min)
    given = {"what": "reception", "entry": entry.pk}
    told = client.post(f"/booths/{desk.pk}/take-back/", given, follow=True).content.decode()
    assert "Taken back." in told
    assert "50 visits" not in told
    assert client.post(f"/booths/{desk.pk}/take-back/", given).status_code == 422


def test_each_number_leads_to_the_rows_behind_it(
    desk: Booth, today: OpenDay, cast: Cast, enter: Enter
) -> None:
    now = timezone.now()
    receive(booth=desk, n=7, measure=Measure.VISIT, stamp=Stamp("a"), by=cast.li_min, now=now)
    give_card(booth=desk, serial="LX-1", stamp=Stamp("c"), by=cast.li_min, now=now)
    client = enter(cast.bai_lu)
    shown = page(client, f"/open-days/{today.pk}/")
    for address in re.findall(r'href="(/open-days/\d+/entries/[^"]+)"', shown):
        assert "b-days" in page(client, address.replace("&amp;", "&"))
    assert "received 7 visits" in page(client, f"/open-days/{today.pk}/entries/?of=visits&booth={desk.pk}")


def test_the_rows_behind_a_number_are_paged(desk: Booth, today: OpenDay, cast: Cast, enter: Enter) -> None:
    now = timezone.now()
    for number in range(53):
        receive(booth=desk, n=1, measure=Measure.VISIT, stamp=Stamp(f"v{number}"), by=cast.li_min, now=now)
    client = enter(cast.bai_lu)
    first = page(client, f"/open-days/{today.pk}/entries/?of=visits")
    assert first.count("received 1 visit") == 50
    [older] = re.findall(r'href="(\?of=visits[^"]*)"', first)
    path = f"/open-days/{today.pk}/entries/{older.replace('&amp;', '&')}"
    assert page(client, path).count("received 1 visit") == 3
    assert len(statements_of(client, path)) <= 9


def test_an_issue_is_answered_on_its_page(desk: Booth, cast: Cast, enter: Enter) -> None:
    issue = collect_issue(
        booth=desk,
        words="停车难",
        people=4,
        at_least=True,
        stamp=Stamp("i"),
        by=cast.li_min,
        now=timezone.now(),
    )
    client, path = enter(cast.li_min), f"/issues/{issue.pk}/"
    assert "more than 4 people" in page(client, path)
    assert client.post(path, {"key": "1", "people": 3}).status_code == 302
    assert client.post(path, {"key": "2", "text": ""}).status_code == 422
    assert client.post(path, {"key": "2", "text": "已列入计划。"}).status_code == 302
    shown = page(client, path)
    assert "more than 7 people" in shown
    assert "已列入计划。" in shown


def test_who_does_not_stand_at_the_booth_reads_it_and_writes_nothing(
    desk: Booth, cast: Cast, enter: Enter
) -> None:
    client = enter(cast.tang_rui)
    assert "its own officers write it" in page(client, f"/booths/{desk.pk}/")
    refused = client.post(f"/booths/{desk.pk}/receive/", {"key": "a", "n": 2, "measure": "visit"})
    assert refused.status_code == 422
    assert not Reception.objects.exists()


def test_a_stranger_finds_no_open_day(desk: Booth, today: OpenDay, cast: Cast, enter: Enter) -> None:
    issue = collect_issue(
        booth=desk,
        words="停车难",
        people=4,
        at_least=False,
        stamp=Stamp("i"),
        by=cast.li_min,
        now=timezone.now(),
    )
    client = enter(cast.xu_kai)
    for path in (
        f"/open-days/{today.pk}/",
        f"/open-days/{today.pk}/entries/?of=visits",
        f"/booths/{desk.pk}/",
        f"/issues/{issue.pk}/",
    ):
        assert client.get(path).status_code == 404
        assert Client().get(path)["Location"].startswith("/sign-in/")
    assert (
        client.post(f"/booths/{desk.pk}/receive/", {"key": "a", "n": 1, "measure": "visit"}).status_code
        == 404
    )
    assert client.post(f"/booths/{desk.pk}/take-back/").status_code == 404


@pytest.mark.parametrize("query", ["of=nothing", "of=visits&booth=0", "of=visits&before=x", ""])
def test_an_address_that_names_nothing_is_none(today: OpenDay, cast: Cast, enter: Enter, query: str) -> None:
    assert enter(cast.li_min).get(f"/open-days/{today.pk}/entries/?{query}").status_code == 404


def test_pages_ask_as_much_of_few_booths_as_of_many(
    desk: Booth, today: OpenDay, cast: Cast, enter: Enter
) -> None:
    client, now = enter(cast.li_min), timezone.now()
    paths = ("/open-days/", f"/open-days/{today.pk}/", f"/booths/{desk.pk}/")
    few = [len(statements_of(client, path)) for path in paths]
    for place in (cast.culture, cast.streets):
        open_booth(open_day=today, place=place, by=None, now=now)
    for year in range(2018, 2026):
        plan_open_day(district=cast.district, on=date(year, 5, 15), theme="公开", by=None, now=now)
    for number in range(12):
        receive(booth=desk, n=1, measure=Measure.VISIT, stamp=Stamp(f"v{number}"), by=cast.li_min, now=now)
        collect_issue(
            booth=desk,
            words="停车难",
            people=1,
            at_least=False,
            stamp=Stamp(f"i{number}"),
            by=cast.li_min,
            now=now,
        )
    assert [len(statements_of(client, path)) for path in paths] == few
    assert max(few) <= 22


def test_the_list_says_which_day_is_today(today: OpenDay, cast: Cast, enter: Enter, now: datetime) -> None:
    plan_open_day(district=cast.district, on=date(2030, 5, 15), theme="公开", by=None, now=now)
    shown = page(enter(cast.li_min), "/open-days/")
    assert shown.count(">today</span>") == 1
    assert shown.index("2030-05-15") < shown.index(today.on.isoformat()) < shown.index(">today</span>")


def test_open_days_are_listed_newest_first_and_paged(cast: Cast, enter: Enter, now: datetime) -> None:
    for year in range(2007, 2030):
        plan_open_day(district=cast.district, on=date(year, 5, 15), theme="公开", by=None, now=now)
    client = enter(cast.li_min)
    first = page(client, "/open-days/")
    assert first.index("2029-05-15") < first.index("2010-05-15")
    assert "2009-05-15</strong>" not in first
    # What is earlier are days here, and not notices.
    in_chinese = client.get("/open-days/", headers={"accept-language": "zh-hans"}).content.decode()
    assert ">更早的</a>" in in_chinese
    assert "2009-05-15" in page(client, "/open-days/?before=2010-05-15")
    assert client.get("/open-days/?before=x").status_code == 404
