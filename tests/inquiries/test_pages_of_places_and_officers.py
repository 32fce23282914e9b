"""The pages of one bureau, unit or officer: who opens them, that their numbers open, and the weekly for the head."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import docx
import pytest
from django.test import Client
from django.utils import timezone

from bureaus.letterhead import CELL_EDGE, FIGURES_LINE, LINE
from bureaus.models import Officer, Place, Post
from bureaus.services.posts import begin_tenure, end_tenure, note_absence, open_post
from inquiries.models import Inquiry
from inquiries.services.answering import answer_inquiry
from inquiries.services.merging import merge_inquiries
from inquiries.services.moving import decide_hand_over, offer_inquiry, sign_for
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import EXPLAINED, Enter, page, statements_of
from tests.inquiries.test_pages_of_the_overview import opened

FRESH = Callable[..., Inquiry]
WEB = ["/places/{}/", "/places/{}/weekly/", "/places/{}/weekly.docx"]


@pytest.fixture
def busy(fresh: FRESH, cast: Cast) -> None:
    """Late by different days at two bureaus, at the head's own desk, in time, and answered."""
    for days in (60, 40, 12, 0, 0):
        fresh(days=days)
    fresh(days=30, by=cast.sun_wei)
    for days in (50, 1):
        fresh(days=days, by=cast.tang_rui)
    answer_inquiry(fresh(days=1).pk, EXPLAINED, by=cast.li_min, now=timezone.now())


@pytest.mark.parametrize("path", WEB)
def test_a_place_opens_to_who_oversees_it_and_to_nobody_else(cast: Cast, enter: Enter, path: str) -> None:
    for officer in (cast.zhou_ning, cast.wu_fang, cast.bai_lu, cast.sun_wei, cast.feng_bo):
        assert enter(officer).get(path.format(cast.civil.pk)).status_code == 200
    for officer in (cast.he_jing, cast.li_min):
        assert enter(officer).get(path.format(cast.relief.pk)).status_code == 200
        assert enter(officer).get(path.format(cast.civil.pk)).status_code == 404
    for stranger in (cast.cao_lei, cast.tang_rui, cast.xu_kai):
        assert enter(stranger).get(path.format(cast.civil.pk)).status_code == 404
    # The page of the district is the overview.
    assert enter(cast.zhou_ning).get(path.format(cast.district.pk)).status_code == 404
    assert Client().get(path.format(cast.civil.pk))["Location"].startswith("/sign-in/")


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("who", ["zhou_ning", "sun_wei", "he_jing"])
def test_every_number_of_a_place_opens_into_as_many_inquiries(cast: Cast, enter: Enter, who: str) -> None:
    client = enter(getattr(cast, who))
    place = cast.relief if who == "he_jing" else cast.civil
    shown = page(client, f"/places/{place.pk}/?first_on=2001-01-01")
    cards = re.findall(r'<li[^>]*><a href="([^"]+)"><strong>(\d+)</strong>', shown)
    cells = re.findall(r'<td><a class="is-[^"]+" href="([^"]+)">(\d+)</a></td>', shown)
    bars = re.findall(
        r'<li><a href="([^"]+)">[^<]+(?:<progress[^>]+></progress> )?<span class="b-num">(\d+)<', shown
    )
    assert [number for _link, number in cards] == (["6", "5", "3"] if who == "he_jing" else ["7", "6", "4"])
    assert len([cell for cell in cells if "/ageing/" in cell[0]]) >= 2
    assert bars
    assert any("/punctual/" in link for link, _number in cells)
    for link, number in cards + cells + bars:
        assert opened(client, link) == int(number), link


@pytest.mark.usefixtures("busy")
def test_a_place_counts_itself_alone(cast: Cast, enter: Enter) -> None:
    client = enter(cast.zhou_ning)
    whole = page(client, "/overview/?first_on=2001-01-01")
    assert f'href="/places/{cast.culture.pk}/?first_on=' in whole
    shown = page(client, f"/places/{cast.culture.pk}/?first_on=2001-01-01")
    assert re.findall(r'<li[^>]*><a href="[^"]+"><strong>(\d+)</strong>', shown) == ["2", "2", "1"]
    assert "too few to rank" in shown
    assert str(cast.relief) not in shown


def test_the_open_items_hold_each_once_page_after_page(cast: Cast, enter: Enter, fresh: FRESH) -> None:
    references = {fresh(days=days).reference for days in range(23)}
    client = enter(cast.sun_wei)
    first = page(client, f"/places/{cast.civil.pk}/")
    [following] = re.findall(r'<a class="btn" href="(\?[^"]+after=[^"#]+)#open"', first)
    second = page(client, f"/places/{cast.civil.pk}/{unescape(following)}")
    assert all((each in first) != (each in second) for each in references)
    # A cursor is of its own list.
    assert client.get(f"/places/{cast.relief.pk}/{unescape(following)}").status_code == 404


def test_people_absences_lines_and_what_was_handed_over_are_shown(
    cast: Cast, enter: Enter, fresh: FRESH, web_as: As
) -> None:
    now = timezone.now()
    note_absence(
        officer=cast.li_min, from_at=now, until_at=now + timedelta(days=2), by=None, now=now, why="病假"
    )
    cast.civil.hotlines.create(purpose="routine", number="02412345678")
    inquiry = fresh()
    with web_as(cast.han_xue, now):
        sign_for(inquiry.pk, by=cast.han_xue, now=now)
    with web_as(cast.he_jing, now):
        offer_inquiry(inquiry.pk, to=cast.culture, reason="属于文化", by=cast.he_jing, now=now)
    shown = page(enter(cast.sun_wei), f"/places/{cast.civil.pk}/")
    assert "acting" in shown
    assert "away until" in shown
    # Why she is away is nobody's.
    assert "病假" not in shown
    assert "02412345678" in shown
    assert "to 文化体育局" in shown
    assert "not decided yet" in shown
    theirs = page(enter(cast.cao_lei), f"/places/{cast.culture.pk}/")
    assert "from 社会救助科" in theirs
    with web_as(cast.cao_lei, now):
        decide_hand_over(inquiry.pk, accept=True, by=cast.cao_lei, now=now)
    assert "accepted" in page(enter(cast.cao_lei), f"/places/{cast.culture.pk}/")


def test_a_post_handed_over_stands_on_the_page_of_its_place_and_of_both_officers(
    cast: Cast, enter: Enter, fresh: FRESH, web_as: As
) -> None:
    fresh()
    now = timezone.now()
    tenure = cast.post(cast.li_min).tenures.get(officer=cast.li_min)
    with web_as(cast.wu_fang, now):
        end_tenure(
            tenure=tenure, until_on=now.date(), by=cast.wu_fang, now=now, to_officer=cast.ma_chao, note=""
        )
    for path in (f"/places/{cast.civil.pk}/", f"/officers/{cast.ma_chao.pk}/"):
        shown = page(enter(cast.zhou_ning), path)
        assert "李敏 → 马超" in shown
        assert "1 open item" in shown


@pytest.mark.parametrize("who", ["zhou_ning", "sun_wei", "qian_yu", "he_jing", "li_min"])
def test_an_officer_s_page_opens_to_her_and_her_superiors(cast: Cast, enter: Enter, who: str) -> None:
    assert str(cast.li_min) in page(enter(getattr(cast, who)), f"/officers/{cast.li_min.pk}/")


@pytest.mark.parametrize(
    ("who", "whose"),
    [
        *(("wu_fang", "li_min"), ("bai_lu", "li_min"), ("feng_bo", "li_min"), ("han_xue", "li_min")),
        *(("cao_lei", "li_min"), ("xu_kai", "li_min"), ("li_min", "he_jing"), ("he_jing", "sun_wei")),
        *(("qian_yu", "sun_wei"), ("zhou_ning", "bai_lu"), ("sun_wei", "zhou_ning")),
    ],
)
def test_an_officer_s_page_opens_to_no_colleague(cast: Cast, enter: Enter, who: str, whose: str) -> None:
    client = enter(getattr(cast, who))
    assert client.get(f"/officers/{getattr(cast, whose).pk}/").status_code == 404


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("who", ["li_min", "sun_wei", "zhou_ning"])
def test_every_number_of_an_officer_opens_into_as_many_inquiries(cast: Cast, enter: Enter, who: str) -> None:
    client = enter(getattr(cast, who))
    shown = page(client, f"/officers/{cast.li_min.pk}/")
    numbers = re.findall(r'<td class="b-num"><a href="([^"]+)">(\d+)</a></td>', shown)
    assert [number for _link, number in numbers] == ["6", "1"]
    for link, number in numbers:
        assert opened(client, link) == int(number), link
    # Whoever is not told the figures is not told the list behind them either.
    assert opened(enter(cast.feng_bo), numbers[0][0]) == 0


def test_figures_of_officers_are_their_own_and_those_below_by_api_and_page(
    cast: Cast, fresh: FRESH, key: Key, enter: Enter
) -> None:
    """Of two vice heads and their head none reads sideways or up, though all of them stand above the section."""
    now = timezone.now()
    other = Officer.objects.create_user("gu_yuan", None, name="顾远", district=cast.district, language="en")
    post = open_post(place=cast.civil, role=Post.Role.VICE_HEAD, title="副局长", by=None, now=now)
    begin_tenure(post=post, officer=other, from_on=now.date() - timedelta(days=9), by=None, now=now)
    everybody = (cast.sun_wei, cast.qian_yu, other, cast.he_jing, cast.li_min)
    for officer in everybody:
        place = cast.relief if officer in (cast.sun_wei, cast.li_min, cast.he_jing) else cast.civil
        fresh(by=officer, place=place, answer=EXPLAINED)
    reads = {
        cast.zhou_ning: {*everybody},
        cast.sun_wei: {*everybody},
        cast.qian_yu: {cast.qian_yu, cast.he_jing, cast.li_min},
        other: {other, cast.he_jing, cast.li_min},
        cast.he_jing: {cast.he_jing, cast.li_min},
        cast.li_min: {cast.li_min},
        cast.bai_lu: set(),
    }
    days = f"from={now.date() - timedelta(days=1)}&to={now.date() + timedelta(days=1)}"
    for reader, known in reads.items():
        client = key("statistics:read", officer=reader)
        told = client.get(f"/api/v1/statistics/answered?{days}&basis=happened&group_by=officer").json()
        assert {cell["keys"][0]["code"] for cell in told["cells"]} == {str(each.pk) for each in known}, reader
        assert {cell["n"] for cell in told["cells"]} <= {1}
        for officer in everybody:
            link = f"/figures/answered/?by=officer&key={officer.pk}&basis=happened"
            assert opened(enter(reader), link) == (officer in known), (reader, officer)
            shown = enter(reader).get(f"/officers/{officer.pk}/").status_code
            assert shown == (200 if officer in known else 404), (reader, officer)


def test_the_pages_ask_as_often_however_much_there_is(cast: Cast, enter: Enter, fresh: FRESH) -> None:
    client = enter(cast.zhou_ning)
    paths = [f"/places/{cast.civil.pk}/", f"/officers/{cast.li_min.pk}/", f"/places/{cast.civil.pk}/weekly/"]

    def asked() -> list[int]:
        return [len(statements_of(client, path)) for path in paths]

    fresh(days=40)
    fresh(by=cast.sun_wei)
    asked()
    few = asked()
    for days in range(8):
        fresh(days=5 * days)
        fresh(days=5 * days, by=cast.sun_wei)
    assert asked() == few
    assert max(few) <= 60


@pytest.mark.usefixtures("busy")
def test_the_weekly_counts_the_week_and_names_what_is_late_longest(cast: Cast, enter: Enter) -> None:
    client = enter(cast.sun_wei)
    today = timezone.localdate()
    shown = page(client, f"/places/{cast.civil.pk}/weekly/?of={today}")
    assert re.findall(r'<th scope="row">登记</th><td><a href="[^"]+">(\d+)</a></td>', shown) == ["7"]
    late = Inquiry.objects.filter(holder__in=[cast.civil, cast.relief], due_at__lte=timezone.now())
    for inquiry in late:
        assert inquiry.reference in shown
    # Reference and due, never what was asked.
    assert "低保" not in shown
    numbers = re.findall(r'<t[hd][^>]*><a href="([^"]+)">(\d+)</a></t[hd]>', shown)
    numbers += re.findall(r'<td><a href="([^"]+)">[\d.]+%（(\d+)/\d+）</a></td>', shown)
    assert {re.split("[/?]", link)[2] for link, _n in numbers} >= {
        "recorded",
        "answered",
        "overdue_now",
        "open_now",
    }
    for link, number in numbers:
        assert opened(client, link) == int(number), link
    # What counts none opens nothing; the last table tells how many days late.
    assert set(re.findall(r"<td>(\d+)</td>", shown.partition("<caption>")[0])) == {"0"}
    assert "?of=" in shown


@pytest.mark.parametrize("of", ["yesterday", "2999-01-01", "1999-01-01", "2026-13-01"])
def test_a_week_that_is_none_has_no_page(cast: Cast, enter: Enter, of: str) -> None:
    assert enter(cast.sun_wei).get(f"/places/{cast.civil.pk}/weekly/?of={of}").status_code == 404


def test_the_weekly_lists_a_late_rider_as_its_number_counts_it(
    cast: Cast, enter: Enter, fresh: FRESH, web_as: As
) -> None:
    lead, rider = fresh(days=40), fresh(days=40)
    now = timezone.now()
    with web_as(cast.wu_fang, now):
        merge_inquiries(rider.pk, into=lead.pk, by=cast.wu_fang, now=now, reason="同一件事")
    shown = page(enter(cast.sun_wei), f"/places/{cast.civil.pk}/weekly/")
    late = shown.partition("逾期最久的办件")[2]
    assert [each.reference in late for each in (lead, rider)] == [True, True]


def test_the_weekly_fits_one_page_however_much_is_late(cast: Cast, enter: Enter, fresh: FRESH) -> None:
    long_name = "社会救助与儿童福利事业发展服务中心"
    Place.objects.filter(pk=cast.relief.pk).update(name=long_name)
    for days in range(40, 60):
        fresh(days=days, kind="disclosure" if days % 2 else "consultation")
    now = timezone.now()
    for officer in (cast.li_min, cast.he_jing, cast.qian_yu, cast.feng_bo, cast.han_xue):
        note_absence(officer=officer, from_at=now, until_at=now + timedelta(days=2), by=None, now=now)
    content = enter(cast.sun_wei).get(f"/places/{cast.civil.pk}/weekly.docx").content
    read = docx.Document(io.BytesIO(content))
    # Lines of 28 characters, cells of as many as fit; what is left is 225 mm of type area.
    height = 0.0
    for paragraph in read.paragraphs:
        pitch = paragraph.paragraph_format.line_spacing
        lines = -(-(len(paragraph.text) + 2) // 28)
        height += max(lines, 1) * (
            pitch.pt if pitch is not None and not isinstance(pitch, float) else LINE.pt
        )
    for table in read.tables:
        for row in table.rows:
            lines = 1
            for cell in row.cells:
                assert cell.width is not None
                room = (cell.width.mm - 2 * CELL_EDGE.mm) / (12 * 0.3528)
                wide = sum(1 if ord(letter) > 0x2000 else 0.5 for letter in cell.text)
                lines = max(lines, -(-int(2 * wide) // int(2 * room)))
            height += lines * FIGURES_LINE.pt
    assert len(read.tables[-1].rows) == 6
    assert height < 225 / 0.3528


def test_the_file_says_what_the_page_says(cast: Cast, enter: Enter, fresh: FRESH) -> None:
    fresh(days=40)
    client = enter(cast.sun_wei)
    response = client.get(f"/places/{cast.civil.pk}/weekly.docx")
    assert response["Content-Type"].endswith("wordprocessingml.document")
    read = docx.Document(io.BytesIO(response.content))
    shown = page(client, f"/places/{cast.civil.pk}/weekly/")
    for table in read.tables:
        for row in table.rows:
            for cell in row.cells:
                assert f">{cell.text}</" in shown
    assert "春和区民政局" in [paragraph.text for paragraph in read.paragraphs]
    week = date.fromisoformat(re.findall(r"weekly.docx\?of=([\d-]+)", shown)[0])
    assert week.weekday() == 0
    assert timezone.localdate() - week >= timedelta(days=7)
