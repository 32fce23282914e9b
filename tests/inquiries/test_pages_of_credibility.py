"""Credibility: signs of gaming by place, each opening into its inquiries, for the auditor and the district alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inquiries.figures.credibility import SIGNALS
from inquiries.models import Answer, CallbackDraw, DrawnCallback, Inquiry, RuleBook
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.rules import book_in_force, issue_rules
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask, Enter, page
from tests.inquiries.test_pages_of_the_overview import opened

Fresh = Callable[..., Inquiry]
PARTS = [
    "/credibility/",
    "/credibility/lag/",
    "/credibility/edits/",
    "/credibility/signals/last_hour/",
    "/figures/signal-last_hour/",
    "/figures/edit-1-answered/",
    "/figures/draw-1-lot/",
]
SAME = AnswerGiven("explained", "请您携带本人身份证、户口簿到社区服务中心三号窗口办理。", "telephone")


@pytest.fixture
def odd(fresh: Fresh, cast: Cast) -> None:
    """Recorded late and answered in each other's words at one place, at another in its own; and a sealed one."""
    for inquiry in (fresh(days=9), fresh(days=9), fresh()):
        answer_inquiry(inquiry.pk, SAME, by=cast.li_min, now=inquiry.recorded_at)
    plain = fresh(by=cast.tang_rui)
    answer_inquiry(plain.pk, EXPLAINED, by=cast.tang_rui, now=plain.recorded_at)
    fresh(days=9, kind="tip_off")


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize("who", ["zhou_ning", "wu_fang", "bai_lu"])
@pytest.mark.parametrize(("code", "n", "of"), [("recorded_late", 2, 4), ("same_text", 3, 4)])
def test_a_sign_by_place_opens_into_as_many_inquiries(
    cast: Cast, enter: Enter, who: str, code: str, n: int, of: int
) -> None:
    client = enter(getattr(cast, who))
    shown = page(client, f"/credibility/signals/{code}/")
    assert str(SIGNALS[code].label) in unescape(shown).lower()
    [all_of] = re.findall(rf'">{n}</a> <a href="([^"]+)">of {of}</a>', shown)
    [(link, number, of_link, row_of)] = re.findall(
        r'<td class="b-num"><a href="([^"]+)">(\d+)</a></td><td class="b-num"><a href="([^"]+)">(\d+)</a></td>',
        shown,
    )
    assert f'<th scope="row">{cast.relief}</th>' in shown
    assert (int(number), int(row_of)) == (n, 3)
    assert "1 more place shows none of it" in shown
    if who != "bai_lu":
        # The auditor sees the numbers; whose inquiries one sees is another matter.
        assert opened(client, link) == n
        [whole] = re.findall(r'<a class="b-signal-n" href="([^"]+)">', shown)
        assert opened(client, whole) == n
        assert opened(client, all_of) == of
        assert opened(client, of_link) == 3


def drawn(cast: Cast, *, answers: int, lot: int) -> CallbackDraw:
    return CallbackDraw.objects.create(
        district=cast.district,
        on=timezone.localdate(),
        seed="0123456789abcdef" * 2,
        answers=answers,
        drawn=lot,
        drawn_at=timezone.now(),
    )


@pytest.mark.usefixtures("odd")
def test_what_was_drawn_opens_into_its_inquiries(cast: Cast, enter: Enter) -> None:
    draw, answers = drawn(cast, answers=4, lot=1), list(Answer.objects.order_by("pk"))
    for number, answer in enumerate(answers[:3]):
        DrawnCallback.objects.create(
            draw=draw, answer=answer, by_lot=not number, reasons="same_text" if number else ""
        )
    shown = page(enter(cast.wu_fang), "/credibility/")
    for code, n in (("lot", 1), ("flagged", 2)):
        [link] = re.findall(rf'<a href="([^"]+draw-{draw.pk}-{code}[^"]+)">{n}</a>', shown)
        assert opened(enter(cast.wu_fang), link) == n
    before = link.split("?")[0] + "?first_on=2020-01-01&last_on=2020-01-31"
    assert "/inquiries/" not in page(enter(cast.wu_fang), before).split("<main")[1].split("</main>")[0]


def test_the_draws_of_callbacks_are_on_record_with_their_seeds(cast: Cast, enter: Enter) -> None:
    on = timezone.localdate()
    drawn(cast, answers=31, lot=4)
    for officer in (cast.zhou_ning, cast.bai_lu):
        shown = page(enter(officer), f"/credibility/?first_on={on}&last_on={on}")
        assert "<code>0123456789abcdef0123456789abcdef</code>" in shown
        assert ">31</td>" in shown
    assert "Nothing was drawn" in page(
        enter(cast.bai_lu), "/credibility/?first_on=2020-01-01&last_on=2020-01-31"
    )


@pytest.mark.parametrize("part", PARTS)
def test_others_are_told_so_in_plain_words(cast: Cast, enter: Enter, part: str) -> None:
    for officer in (cast.sun_wei, cast.li_min):
        response = enter(officer).get(part)
        assert response.status_code == 403
        assert "Signals are for the auditor and the district" in response.content.decode()
    for officer in (cast.zhou_ning, cast.bai_lu):
        assert enter(officer).get(part).status_code == (422 if "edit-1" in part else 200)


def test_every_sign_stands_on_the_page_in_its_words_and_comes_by_itself(cast: Cast, enter: Enter) -> None:
    shown = unescape(page(enter(cast.bai_lu), "/credibility/"))
    for code, signal in SIGNALS.items():
        assert f'hx-get="/credibility/signals/{code}/?' in shown
        assert str(signal.label) in shown.lower()
        assert f"Looked at: {signal.of}." in shown
        assert enter(cast.bai_lu).get(f"/credibility/signals/{code}/").status_code == 200
    assert 'href="/credibility/"' in page(enter(cast.bai_lu), "/overview/")
    assert 'href="/credibility/"' not in page(enter(cast.sun_wei), "/overview/")


@pytest.mark.parametrize(
    "code",
    [
        "signal-nonsense",
        "signal-",
        "edit-x-answered",
        "edit-1-nonsense",
        "edit",
        "draw-1-answered",
        "draw-x-lot",
    ],
)
def test_what_is_no_sign_is_not_found(cast: Cast, enter: Enter, code: str) -> None:
    client = enter(cast.zhou_ning)
    assert client.get(f"/figures/{code}/").status_code == 404
    assert client.get("/credibility/signals/nonsense/").status_code == 404


@pytest.mark.usefixtures("odd")
def test_the_lag_stands_by_channel(cast: Cast, enter: Enter) -> None:
    shown = page(enter(cast.bai_lu), "/credibility/lag/")
    [(channel, link, n)] = re.findall(
        r'<th scope="row">(.*?)</th><td[^>]*><a href="([^"]+)">(\d+)</a></td>', shown
    )
    assert channel == "desk"
    assert int(n) >= 4
    # The sealed one is counted and shows to its named readers alone.
    assert opened(enter(cast.zhou_ning), link) in (int(n), int(n) - 1)


def test_an_edit_stands_old_beside_new_and_opens(
    cast: Cast, enter: Enter, fresh: Fresh, ask: Ask, web_as: As
) -> None:
    now = timezone.now()
    book = book_in_force(cast.district)
    assert book is not None
    rules = list(book.rules.all())
    for rule in rules:
        if (rule.kind, rule.urgency) == ("consultation", "ordinary"):
            rule.amount = 9
    with web_as(cast.zhou_ning, now):
        issue_rules(district=cast.district, rules=rules, by=cast.zhou_ning, now=now, seen=book.number)
    number = RuleBook.objects.filter(district=cast.district).latest("number").number
    inquiry = fresh()
    answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=inquiry.recorded_at + timedelta(minutes=1))
    client = enter(cast.zhou_ning)
    shown = page(client, "/credibility/edits/")
    assert f"Edition {number} " in shown
    assert cast.zhou_ning.name in shown
    [(before, after)] = re.findall(
        r'<td data-label="Before">(.*?)</td><td data-label="Since">(.*?)</td>', shown
    )
    assert before.startswith("5 working days")
    assert after.startswith("9 working days")
    numbers = re.findall(r'<a href="(/figures/edit-[^"]+)">(\d+)</a>', shown)
    assert [n for _link, n in numbers] == ["1", "1", "1"]
    for link, n in numbers:
        assert opened(client, link) == int(n)


@pytest.mark.parametrize("part", ["/credibility/signals/same_text/", "/credibility/lag/", "/credibility/"])
def test_each_part_asks_as_often_however_much_there_is(
    cast: Cast, enter: Enter, fresh: Fresh, part: str
) -> None:
    client = enter(cast.zhou_ning)

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(client, part)
        return len([q for q in seen if not re.match("SAVEPOINT|RELEASE|select current_user", q["sql"])]) - 1

    def one(by: str) -> None:
        officer = getattr(cast, by)
        inquiry = fresh(days=9, by=officer)
        answer_inquiry(inquiry.pk, SAME, by=officer, now=inquiry.recorded_at)

    for by in ("li_min", "li_min", "tang_rui", "tang_rui"):
        one(by)
    asked()
    few = asked()
    for _ in range(5):
        one("li_min")
    assert asked() == few
    assert few <= 14
