"""The overview, the inquiries behind its numbers, and the search, as officers see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from inquiries.models import Inquiry
from inquiries.services.answering import answer_inquiry
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Enter, page, statements_of

ROW = '<li class="b-row"'
FRESH = Callable[..., Inquiry]


def opened(client: Client, link: str) -> int:
    """How many inquiries the list behind an address of a page shows, page after page."""
    shown = page(client, unescape(link))
    following = re.search(r'<a class="btn" href="(\?[^"]+)"', shown)
    more = opened(client, link.split("?")[0] + following[1]) if following else 0
    return shown.count(ROW) + more


@pytest.fixture
def busy(fresh: FRESH, cast: Cast) -> None:
    """Late by different days at two bureaus, in time, and answered."""
    for days in (60, 40, 40, 12, 0, 0):
        fresh(days=days)
    for days in (50, 1):
        fresh(days=days, by=cast.tang_rui)
    answer_inquiry(fresh(days=1).pk, EXPLAINED, by=cast.li_min, now=fresh().recorded_at)


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("who", ["zhou_ning", "sun_wei"])
def test_every_number_opens_into_as_many_inquiries(cast: Cast, enter: Enter, who: str) -> None:
    client = enter(getattr(cast, who))
    shown = page(client, "/overview/?first_on=2001-01-01")
    cards = re.findall(r'<li[^>]*><a href="([^"]+)"><strong>(\d+)</strong>', shown)
    cells = re.findall(r'<td><a class="is-[^"]+" href="([^"]+)">(\d+)</a></td>', shown)
    bars = re.findall(
        r'<li><a href="([^"]+)">[^<]+(?:<progress[^>]+></progress> )?<span class="b-num">(\d+)<', shown
    )
    assert len(cards) == 3
    assert len(cells) >= 3
    assert bars
    assert any("/punctual/" in link for link, _number in cells)
    days = re.findall(r'<td class="b-num"><a href="([^"]+basis=happened)">(\d+)</a></td>', shown)
    assert days
    for link, number in cards + cells + bars + days:
        assert opened(client, link) == int(number), link
    # A rate opens into what it is of as well, and so does the n beside a bureau's score.
    wholes = re.findall(r'<a class="b-of" href="([^"]+)"><small>n = (\d+)</small></a>', shown)
    assert len(wholes) == 2
    beside = re.findall(r'data-label="n"><a href="([^"]+)">(\d+)</a>', shown)
    assert beside
    for link, number in wholes + beside:
        assert opened(client, link) == int(number), link
    # So do the rates of the ranking, into what they share; of a bureau of which nothing is settled there is none.
    rates = re.findall(r'data-label="answered"><a href="([^"]+)">([\d.]+)%</a></td>', shown)
    assert rates
    for link, share in rates:
        assert opened(client, link) == round(float(share) / 100 * opened(client, f"{link}&counted=of")) > 0
    assert client.get("/figures/recorded/?counted=of").status_code == 404
    assert client.get("/figures/ageing/?counted=of").status_code == 404
    assert client.get("/figures/in_time/?counted=all").status_code == 404


@pytest.mark.usefixtures("busy")
def test_a_bureau_sees_itself_alone(cast: Cast, enter: Enter) -> None:
    shown = page(enter(cast.sun_wei), "/overview/?first_on=2001-01-01")
    assert str(cast.civil) in shown
    assert str(cast.culture) not in shown
    # The address of another bureau is not understood, and shows nothing of it.
    other = page(enter(cast.sun_wei), f"/overview/?place={cast.culture.pk}")
    assert "Select a valid choice" in other
    assert opened(enter(cast.sun_wei), f"/figures/ageing/?by=bureau&key={cast.culture.pk}") == 0


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("who", ["zhou_ning", "bai_lu", "sun_wei", "he_jing"])
def test_no_name_of_a_place_leads_where_its_reader_may_not_go(cast: Cast, enter: Enter, who: str) -> None:
    client = enter(getattr(cast, who))
    links = re.findall(r'<a href="(/places/\d+/[^"]*)"', page(client, "/overview/?first_on=2001-01-01"))
    assert links
    for link in links:
        assert client.get(unescape(link)).status_code == 200, link


@pytest.mark.usefixtures("busy")
def test_who_leads_a_part_of_a_bureau_reads_its_numbers_under_its_own_name(cast: Cast, enter: Enter) -> None:
    shown = page(enter(cast.he_jing), "/overview/?first_on=2001-01-01")
    heat = shown[shown.index('<table class="b-heat">') :].partition("</table>")[0]
    assert f">{cast.relief}</a></th>" in heat
    assert str(cast.civil) not in heat
    assert str(cast.civil) in page(enter(cast.sun_wei), "/overview/?first_on=2001-01-01")


def test_the_overview_asks_as_often_however_much_there_is(cast: Cast, enter: Enter, fresh: FRESH) -> None:
    client = enter(cast.zhou_ning)

    def asked() -> int:
        return len(statements_of(client, "/overview/"))

    fresh(days=40)
    fresh(by=cast.tang_rui)
    asked()
    few = asked()
    for days in range(12):
        fresh(days=3 * days)
    assert asked() == few
    assert few <= 31


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/figures/nonsense/", 404),
        ("/figures/ageing/?by=bureau&key=x", 404),
        ("/figures/ageing/?band=99", 422),
        ("/figures/recorded/?by=nonsense&key=1", 422),
        ("/figures/recorded/?basis=yesterday", 422),
        ("/figures/recorded/?by=bureau&key=99999999999999999999", 404),
        ("/figures/recorded/?after=-1", 404),
        ("/figures/recorded/?first_on=yesterday", 422),
        ("/overview/?first_on=0001-01-01", 200),
        ("/overview/?first_on=2026-05-02&last_on=2026-05-01", 200),
    ],
)
def test_what_no_figure_can_tell_is_refused_in_words(
    cast: Cast, enter: Enter, address: str, status: int
) -> None:
    assert enter(cast.zhou_ning).get(address).status_code == status


def test_the_time_held_comes_by_itself(cast: Cast, enter: Enter, fresh: FRESH) -> None:
    answer_inquiry(fresh(days=1).pk, EXPLAINED, by=cast.li_min, now=fresh().recorded_at)
    client = enter(cast.zhou_ning)
    shown = page(client, "/overview/held/?first_on=2001-01-01")
    assert str(cast.relief) in shown
    assert "Recording lag" in shown
    assert "Time to the answer" in shown
    numbers = re.findall(r'<a href="([^"]+)">(\d+)</a>', shown)
    # Recording, first contact and answer; the handler's pen.
    assert len(numbers) == 4
    for link, number in numbers:
        assert opened(client, link) == int(number), link
    assert "Nothing" not in shown


@pytest.mark.parametrize("part", ["/overview/held/", "/overview/hot/", "/credibility/signals/last_hour/"])
def test_what_comes_later_is_a_page_of_its_own_to_whoever_opens_it_by_itself(
    cast: Cast, enter: Enter, part: str
) -> None:
    client = enter(cast.zhou_ning)
    of = f"/{part.split('/')[1]}/"
    whole = page(client, f"{part}?first_on=2026-03-01&last_on=2026-03-31")
    assert "<title>" in whole
    assert f'<a href="{of}?first_on=2026-03-01&amp;last_on=2026-03-31">←' in whole
    piece = client.get(part, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in piece
    assert "<section" in piece


def test_what_comes_up_and_what_comes_again_comes_by_itself(cast: Cast, enter: Enter, fresh: FRESH) -> None:
    caller = CitizenGiven(name="张三", phone="13840005021")
    asked = [fresh(question=f"供暖不热，{n}号楼", citizen=caller) for n in range(5)]
    twice = [fresh(question="球馆几点开门？"), fresh(question="球馆几点开门")]
    client = enter(cast.zhou_ning)
    assert 'hx-get="/overview/hot/?' in page(client, "/overview/")
    shown = page(client, "/overview/hot/")
    words = dict(re.findall(r'<li><a href="([^"]+)">([^<]+) <span', shown))
    [link] = [link for link, word in words.items() if word == "供暖"]
    assert opened(client, link) == 5
    assert "球馆" not in words.values()
    for inquiry in (*asked, *twice):
        assert f'<a href="/inquiries/{inquiry.pk}/">{inquiry.reference}</a>' in shown
    assert "张三" not in shown
    assert "13840005021" not in shown
    again = re.findall(r'<p><a href="([^"]+)">(\d+) ×</a>', shown)
    assert [number for _link, number in again] == ["5", "2"]
    for link, number in again:
        assert opened(client, link) == int(number), link
        # Whoever sees none of them reads none, and no key of something else opens anything.
        assert opened(enter(cast.tang_rui), link) == 0
        assert client.get(re.sub("first=.*", "first=x", link)).status_code == 404
    other = page(enter(cast.tang_rui), "/overview/hot/")
    assert "No word stands in five questions." in other
    assert asked[0].reference not in other


def test_a_reference_opens_its_inquiry_and_a_stranger_s_finds_nothing(
    cast: Cast, enter: Enter, fresh: FRESH
) -> None:
    inquiry = fresh()
    path = f"/search/?q={inquiry.reference}"
    assert enter(cast.li_min).get(path)["Location"] == f"/inquiries/{inquiry.pk}/"
    assert "Nothing that you may see fits this" in page(enter(cast.tang_rui), path)


@pytest.mark.parametrize("cut", ["year", "check", "both", "zeros"])
def test_the_number_in_a_reference_finds_it_as_a_citizen_reads_it_out(
    cast: Cast, enter: Enter, fresh: FRESH, cut: str
) -> None:
    wanted, other = fresh(question="球馆几点开门？"), fresh(question="小区电梯总是坏")
    year, number, check = wanted.reference.split("-")
    typed = {
        "year": f"{number}-{check}", "check": f"{year}-{number}", "both": number, "zeros": str(int(number)).zfill(2)
    }[cut]  # fmt: skip
    shown = page(enter(cast.li_min), f"/search/?q={typed}")
    assert wanted.reference in shown
    assert other.reference not in shown
    assert "With this number in their reference" in shown
    assert "Nothing that you may see fits this" in page(enter(cast.tang_rui), f"/search/?q={typed}")


@pytest.mark.parametrize("typed", ["13840005021", "138 4000 5021", "+86-138-4000-5021"])
def test_a_caller_is_found_by_the_whole_number_alone(
    cast: Cast, enter: Enter, fresh: FRESH, typed: str
) -> None:
    wanted = fresh(citizen=CitizenGiven(name="张三", phone="13840005021"))
    other = fresh(citizen=CitizenGiven(name="李四", phone="13840005022"))
    shown = enter(cast.li_min).get("/search/", {"q": typed}).content.decode()
    assert wanted.reference in shown
    assert other.reference not in shown
    assert "张三" not in shown
    assert wanted.reference not in page(enter(cast.li_min), "/search/?q=1384000502")
    assert wanted.reference not in enter(cast.tang_rui).get("/search/", {"q": typed}).content.decode()


def test_words_the_source_s_number_and_filters_find(cast: Cast, enter: Enter, fresh: FRESH) -> None:
    one = fresh(question="小区电梯总是坏")
    two = fresh(
        question="电梯加装怎么申请",
        kind="help",
        channel="city_12345",
        source="市12345",
        external_number="W-77",
    )
    client = enter(cast.li_min)
    both = page(client, "/search/?q=电梯")
    assert one.reference in both
    assert two.reference in both
    narrowed = page(client, "/search/?q=电梯&kind=help&state=unanswered")
    assert one.reference not in narrowed
    assert two.reference in narrowed
    assert "Kind: help" in narrowed
    assert two.reference in page(client, "/search/?q=W-77")
    assert one.reference not in page(client, "/search/?q=W-77")


@pytest.mark.parametrize(("asked", "says"), [("q=电", "two Chinese"), ("kind=x", "valid choice")])
def test_what_cannot_be_searched_is_refused_and_kept(cast: Cast, enter: Enter, asked: str, says: str) -> None:
    response = enter(cast.li_min).get(f"/search/?{asked}&q=电")
    assert response.status_code == 422
    assert says in response.content.decode()
    assert 'value="电"' in response.content.decode()


def test_the_pages_of_a_search_hold_each_once_and_a_cursor_is_its_own_list_s(
    cast: Cast, enter: Enter, fresh: FRESH
) -> None:
    references = [fresh(days=days % 5, question="电梯坏了").reference for days in range(53)]
    client = enter(cast.li_min)
    first = page(client, "/search/?q=电梯")
    [following] = re.findall(r'<a class="btn" href="(\?[^"]+)"', first)
    second = page(client, f"/search/{unescape(following)}")
    assert all((reference in first) != (reference in second) for reference in references)
    assert client.get(f"/search/{unescape(following).replace('q=', 'state=overdue&q=')}").status_code == 404


def test_search_asks_as_often_however_much_is_found(
    cast: Cast, enter: Enter, fresh: FRESH, web_as: As
) -> None:
    client = enter(cast.li_min)

    def asked() -> int:
        return len(statements_of(client, "/search/?q=电梯"))

    fresh(question="电梯坏了")
    asked()
    few = asked()
    for _ in range(8):
        fresh(question="电梯又坏了", citizen=CitizenGiven(name="张三", phone="13840005021"))
    assert asked() == few
    assert few <= 16
