"""Bulletins as pages: made, reviewed by another, signed and frozen, published or kept, corrected by a newer one."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from bureaus.models.notices import Notice
from inquiries.figures import Period
from inquiries.models import Bulletin, BulletinDraft, Duty, Event, Inquiry
from inquiries.services.answering import answer_inquiry
from inquiries.services.bulletins import freeze_bulletin
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask, Enter, page

Fresh = Callable[..., Inquiry]
Freeze = Callable[..., Bulletin]


def days() -> dict[str, str]:
    """The last forty days that are over."""
    today = timezone.localdate()
    first, last = today - timedelta(days=40), today - timedelta(days=1)
    return {"first_on": first.isoformat(), "last_on": last.isoformat()}


def make(client: Client, **given: str) -> BulletinDraft:
    response = client.post("/bulletins/", {**days(), **given})
    assert response.status_code == 302, response.content.decode()
    return BulletinDraft.objects.get(pk=int(response["Location"].strip("/").split("/")[-1]))


def step(client: Client, draft: BulletinDraft, what: str, reason: str = "", status: int = 302) -> str:
    response = client.post(f"/bulletins/drafts/{draft.pk}/", {"step": what, "reason": reason})
    assert response.status_code == status, response.content.decode()
    return response.content.decode()


@pytest.fixture
def freeze(cast: Cast, enter: Enter) -> Callable[..., Bulletin]:
    """Made by the clerk, reviewed and signed by the director."""

    def frozen(**given: str) -> Bulletin:
        draft, director = make(enter(cast.wu_fang), **given), enter(cast.zhou_ning)
        step(director, draft, "pass")
        step(director, draft, "sign")
        return Bulletin.objects.get(draft=draft)

    return frozen


@pytest.fixture
def busy(ask: Ask, cast: Cast) -> Inquiry:
    """Of thirty days ago: two at civil affairs, one of them answered, and one elsewhere; the open one."""
    now = timezone.now() - timedelta(days=30)
    waiting, answered = ask(now=now), ask(now=now)
    answer_inquiry(answered.pk, EXPLAINED, by=cast.li_min, now=now + timedelta(hours=1))
    ask(now=now, by=cast.tang_rui)
    return waiting


def rows(shown: str) -> dict[str, list[str]]:
    """The cells of the page's table, by the name of the line."""
    found = re.findall(r'<tr[^>]*><th scope="row">(.*?)</th>(.*?)</tr>', shown)
    return {name: re.findall(r"<td[^>]*>(.*?)</td>", cells) for name, cells in found}


@pytest.mark.usefixtures("busy")
def test_the_director_freezes_and_the_district_reads(cast: Cast, enter: Enter, freeze: Freeze) -> None:
    made = freeze()
    assert (made.number, made.by) == (1, cast.zhou_ning)
    for reader in (cast.zhou_ning, cast.wu_fang, cast.bai_lu):
        client = enter(reader)
        assert f'href="/bulletins/{made.pk}/"' in page(client, "/bulletins/")
        told = rows(page(client, f"/bulletins/{made.pk}/"))
        assert told[str(cast.civil)][:3] == ["2", "1", "50.0% (1/2)"]
        assert told[str(cast.culture)][:3] == ["1", "0", "0.0% (0/1)"]
        assert told["In all"][:3] == ["3", "1", "33.3% (1/3)"]
        assert [told[name][5] for name in (str(cast.civil), str(cast.culture), "In all")] == ["1", "1", "2"]


def test_what_has_moved_since_stands_beside_and_the_bulletin_stays(
    cast: Cast, enter: Enter, busy: Inquiry, freeze: Freeze
) -> None:
    client = enter(cast.zhou_ning)
    made = freeze()
    before = page(client, f"/bulletins/{made.pk}/")
    assert "Nothing has moved." in page(client, f"/bulletins/{made.pk}/moved/")
    answer_inquiry(busy.pk, EXPLAINED, by=cast.li_min, now=timezone.now())
    since = page(client, f"/bulletins/{made.pk}/moved/")
    assert re.search(
        r'>answered <span class="b-quiet">by the day of asking</span></th><td class="b-num">1</td><td class="b-num">2<',
        since,
    )
    assert f'<th scope="row">{cast.civil}</th>' in since
    assert f'<th scope="row">{cast.culture}</th>' not in since
    assert rows(page(client, f"/bulletins/{made.pk}/")) == rows(before)


@pytest.mark.usefixtures("busy")
def test_the_workbook_holds_what_was_frozen(cast: Cast, enter: Enter, freeze: Freeze) -> None:
    client = enter(cast.zhou_ning)
    made = freeze()
    response = client.get(f"/bulletins/{made.pk}/numbers.xlsx")
    assert f"{made.year}-1.xlsx" in response["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    head, *lines = sheet.iter_rows(values_only=True)
    told = [dict(zip(map(str, head), line, strict=True)) for line in lines]
    assert len(told) == len(made.figures["counts"])
    [settled] = [
        line for line in told if line["figure"] == "settled" and line["bureau"] == str(cast.civil.pk)
    ]
    assert (settled["n"], settled["of"], settled["bureau_zh"]) == (1, 2, str(cast.civil))
    assert told[0]["bureau_zh"] == "全区"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"last_on": "today"}, "This period is not over"),
        ({"first_on": "2199-01-01"}, "The period ends before it begins"),
        ({"first_on": "0001-01-01"}, "Give a day between 2001 and 2199"),
        ({"first_on": "yesterday"}, "Enter a valid date"),
        ({"withdraws": "on"}, "Only a bulletin of this district that stands"),
    ],
)
def test_what_cannot_be_made_is_refused_and_kept(
    cast: Cast, enter: Enter, given: dict[str, str], says: str
) -> None:
    today = timezone.localdate().isoformat()
    sent = {**days(), "words": "请阅", **{k: v.replace("today", today) for k, v in given.items()}}
    response = enter(cast.wu_fang).post("/bulletins/", sent)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert f'value="{sent["last_on"]}"' in response.content.decode()
    assert "请阅" in response.content.decode()
    assert not BulletinDraft.objects.exists()


def test_each_step_is_owed_by_the_next_and_its_event_stands(cast: Cast, enter: Enter) -> None:
    def owed() -> list[str]:
        return list(Duty.objects.open().order_by("pk").values_list("kind", flat=True))

    draft, director = make(enter(cast.wu_fang)), enter(cast.zhou_ning)
    assert owed() == ["bulletin_review"]
    [review] = Duty.objects.open()
    assert f"/bulletins/drafts/{draft.pk}/" in page(director, "/")
    assert director.get(f"/duties/{review.pk}/")["Location"] == f"/bulletins/drafts/{draft.pk}/"
    step(director, draft, "pass", "数字已核")
    assert owed() == ["bulletin_sign"]
    step(director, draft, "sign")
    assert owed() == ["bulletin_publish"]
    made = Bulletin.objects.get(draft=draft)
    assert director.post(f"/bulletins/{made.pk}/", {"step": "publish"}).status_code == 302
    assert owed() == []
    done = Event.objects.filter(duty__subject__in=[str(draft.pk), str(made.pk)], code="done")
    assert [event.codes["decision"] for event in done.order_by("at", "duty")] == [
        *("passed", "signed", "published")
    ]
    assert "数字已核" in page(director, f"/bulletins/{made.pk}/")
    told = Notice.objects.filter(kind="bulletin_published").values_list("recipient__name", flat=True)
    # A bureau without a head reaches the district's office, which knows.
    assert {"孙伟", "曹磊"} <= set(told)


def test_who_made_it_does_not_review_it(cast: Cast, enter: Enter) -> None:
    clerk = enter(cast.wu_fang)
    draft = make(clerk)
    assert "Another officer of the office reviews" in step(clerk, draft, "pass", status=422)
    assert "Another officer of the office reviews it next" in page(clerk, f"/bulletins/drafts/{draft.pk}/")
    with pytest.raises(IntegrityError, match="bulletin_reviewed_by_another"), transaction.atomic():
        BulletinDraft.objects.filter(pk=draft.pk).update(
            reviewed_by=cast.wu_fang, reviewed_at=timezone.now(), passed=True
        )


def test_nothing_is_signed_that_was_not_reviewed_and_nothing_decided_twice(cast: Cast, enter: Enter) -> None:
    director = enter(cast.zhou_ning)
    draft = make(enter(cast.wu_fang))
    assert "has to be reviewed before" in step(director, draft, "sign", status=422)
    assert "Give a reason" in step(director, draft, "back", status=422)
    step(director, draft, "back", "数字与台账不符")
    assert "decided already" in step(director, draft, "pass", status=422)
    assert "decided already" in step(director, draft, "sign", status=422)
    other = make(enter(cast.wu_fang))
    step(director, other, "pass")
    assert "Give a reason" in step(director, other, "refuse", status=422)
    step(director, other, "refuse", "暂不通报")
    assert "暂不通报" in page(director, f"/bulletins/drafts/{other.pk}/")
    assert "decided already" in step(director, other, "sign", status=422)
    assert not Bulletin.objects.exists()
    with pytest.raises(IntegrityError, match="never_rewritten"), transaction.atomic():
        BulletinDraft.objects.filter(pk=other.pk).update(words="改")
    third = make(enter(cast.wu_fang))
    with pytest.raises(IntegrityError, match="bulletin_signed_after_review"), transaction.atomic():
        BulletinDraft.objects.filter(pk=third.pk).update(
            decided_by=cast.zhou_ning, decided_at=timezone.now(), signed=True
        )


def test_who_may_do_what(cast: Cast, enter: Enter) -> None:
    draft = make(enter(cast.wu_fang))
    for officer in (cast.sun_wei, cast.bai_lu):
        assert enter(officer).post("/bulletins/", days()).status_code == 403
    assert "Your post may not" in step(enter(cast.bai_lu), draft, "pass", status=422)
    step(enter(cast.zhou_ning), draft, "pass")
    assert "Your post may not" in step(enter(cast.wu_fang), draft, "sign", status=422)
    assert enter(cast.sun_wei).get(f"/bulletins/drafts/{draft.pk}/").status_code == 403
    assert enter(cast.xu_kai).get(f"/bulletins/drafts/{draft.pk}/").status_code == 404
    assert enter(cast.zhou_ning).post(f"/bulletins/drafts/{draft.pk}/", {"step": "x"}).status_code == 404
    step(enter(cast.zhou_ning), draft, "sign")
    made = Bulletin.objects.get(draft=draft)
    refused = enter(cast.wu_fang).post(f"/bulletins/{made.pk}/", {"step": "publish"})
    assert refused.status_code == 422
    assert "Your post may not" in refused.content.decode()


@pytest.mark.usefixtures("busy")
def test_bureaus_read_what_is_published_and_nothing_else(cast: Cast, enter: Enter, freeze: Freeze) -> None:
    made, inside = freeze(), freeze()
    paths = ("/", "/numbers.xlsx", ".docx")
    bureau, director = enter(cast.sun_wei), enter(cast.zhou_ning)
    assert "No bulletin has been published yet" in page(bureau, "/bulletins/")
    for path in paths:
        assert bureau.get(f"/bulletins/{made.pk}{path}").status_code == 404
    assert director.post(f"/bulletins/{made.pk}/", {"step": "publish"}).status_code == 302
    again = director.post(f"/bulletins/{made.pk}/", {"step": "publish"})
    assert again.status_code == 422
    kept = director.post(f"/bulletins/{inside.pk}/", {"step": "keep"})
    assert "Give a reason" in kept.content.decode()
    kept = director.post(f"/bulletins/{inside.pk}/", {"step": "keep", "reason": "仅供内部参考"})
    assert kept.status_code == 302
    assert "仅供内部参考" in page(director, f"/bulletins/{inside.pk}/")
    shown = page(bureau, "/bulletins/")
    assert f'href="/bulletins/{made.pk}/"' in shown
    assert f'href="/bulletins/{inside.pk}/"' not in shown
    for path in paths:
        assert bureau.get(f"/bulletins/{made.pk}{path}").status_code == 200
        assert bureau.get(f"/bulletins/{inside.pk}{path}").status_code == 404
        # Another district's director has bulletins of his own.
        assert enter(cast.xu_kai).get(f"/bulletins/{made.pk}{path}").status_code == 404
    # What has moved since is for the office.
    assert bureau.get(f"/bulletins/{made.pk}/moved/").status_code == 403
    assert "How it came about" not in page(bureau, f"/bulletins/{made.pk}/")
    assert "No bulletin has been frozen yet." in page(enter(cast.xu_kai), "/bulletins/")


@pytest.mark.parametrize("withdraws", ["", "True"])
def test_a_newer_one_corrects_or_withdraws_and_the_earlier_says_so(
    cast: Cast, enter: Enter, freeze: Freeze, busy: Inquiry, withdraws: str
) -> None:
    first = freeze()
    clerk = enter(cast.wu_fang)
    asked = page(clerk, f"/bulletins/?replaces={first.pk}&withdraws=1")
    assert "Withdraw no. 1" in asked
    without = clerk.post("/bulletins/", {**days(), "replaces": first.pk})
    assert "Say in the foreword why" in without.content.decode()
    before = first.figures
    answer_inquiry(busy.pk, EXPLAINED, by=cast.li_min, now=timezone.now())
    newer = freeze(replaces=str(first.pk), withdraws=withdraws, words="民政局数字有误")
    first.refresh_from_db()
    assert first.figures == before
    assert newer.figures != before
    shown = page(clerk, f"/bulletins/{first.pk}/")
    assert ("Withdrawn by bulletin no. 2" if withdraws else "Corrected by bulletin no. 2") in shown
    paper = docx.Document(io.BytesIO(clerk.get(f"/bulletins/{newer.pk}.docx").content))
    text = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    assert "民政局数字有误" in text
    assert f"春和区公开办通报〔{first.year}〕1号" in text
    assert len(paper.tables) == (0 if withdraws else 1)
    # Once only, and never of another district.
    twice = clerk.post("/bulletins/", {**days(), "replaces": first.pk, "words": "再改"})
    assert "only once" in twice.content.decode()
    assert enter(cast.xu_kai).post("/bulletins/", {**days(), "replaces": first.pk}).status_code == 404
    assert clerk.get("/bulletins/?replaces=x").status_code == 404


def test_two_drafts_that_correct_the_same_one_are_not_both_signed(
    cast: Cast, enter: Enter, freeze: Freeze
) -> None:
    first, director = freeze(), enter(cast.zhou_ning)
    drafts = [make(enter(cast.wu_fang), replaces=str(first.pk), words="更正") for _ in range(2)]
    for draft in drafts:
        step(director, draft, "pass")
    step(director, drafts[0], "sign")
    assert "only once" in step(director, drafts[1], "sign", status=422)
    assert Bulletin.objects.count() == 2


def test_the_paper_holds_what_was_frozen_and_stays(
    cast: Cast, enter: Enter, freeze: Freeze, busy: Inquiry
) -> None:
    client = enter(cast.zhou_ning)
    made = freeze(words="现通报如下。\n请各单位对照整改。")
    first = client.get(f"/bulletins/{made.pk}.docx").content
    answer_inquiry(busy.pk, EXPLAINED, by=cast.li_min, now=timezone.now())

    def told(content: bytes) -> list[list[str]]:
        [table] = docx.Document(io.BytesIO(content)).tables
        return [[cell.text for cell in row.cells] for row in table.rows]

    lines = {row[0]: row[1:] for row in told(first)}
    assert lines[str(cast.civil)][:3] == ["2", "1", "50.0%\n(1/2)"]
    assert lines["合计"][:2] == ["3", "1"]
    # Why somebody has no rank stands below; the column has no room for words.
    assert {row[-1] for row in told(first)[1:]} == {"–"}
    text = "\n".join(each.text for each in docx.Document(io.BytesIO(first)).paragraphs)
    assert re.search("未列名次：.*民政局.*（件数过少）", text)
    assert told(client.get(f"/bulletins/{made.pk}.docx").content) == told(first)


def test_one_frozen_by_a_program_says_that_nobody_reviewed_it(cast: Cast, enter: Enter, web_as: As) -> None:
    now = timezone.now()
    today = timezone.localdate()
    with web_as(cast.zhou_ning, now):
        period = Period(today - timedelta(days=9), today - timedelta(days=1))
        made = freeze_bulletin(district=cast.district, period=period, by=cast.zhou_ning, now=now)
    assert "nobody reviewed it" in page(enter(cast.bai_lu), f"/bulletins/{made.pk}/")


def test_the_pages_ask_as_often_however_many_there_are(
    cast: Cast, enter: Enter, fresh: Fresh, freeze: Freeze
) -> None:
    client = enter(cast.zhou_ning)

    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            page(client, path)
        return len([q for q in seen if not re.match("SAVEPOINT|RELEASE|select current_user", q["sql"])]) - 1

    fresh(days=20)
    first = freeze()
    asked("/bulletins/")
    few, one = asked("/bulletins/"), asked(f"/bulletins/{first.pk}/")
    for by in (cast.tang_rui, cast.ma_chao, cast.wu_fang):
        fresh(days=20, by=by)
    second = freeze()
    assert asked("/bulletins/") == few
    assert asked(f"/bulletins/{second.pk}/") == one
    assert few <= 12
    assert one <= 10


@pytest.mark.usefixtures("busy")
def test_an_own_form_comes_back_filled_and_is_not_kept(cast: Cast, enter: Enter, freeze: Freeze) -> None:
    made, client = freeze(), enter(cast.zhou_ning)
    assert f'action="/bulletins/{made.pk}/filled/"' in page(client, f"/bulletins/{made.pk}/")

    def send(name: str) -> Any:
        book, written = Workbook(), io.BytesIO()
        book.active.cell(1, 1, name)  # type: ignore[union-attr]
        book.save(written)
        form = SimpleUploadedFile("月报.xlsx", written.getvalue())
        return client.post(f"/bulletins/{made.pk}/filled/", {"form": form})

    filled = send("{{recorded.cohort}}")
    assert filled.status_code == 200
    assert load_workbook(io.BytesIO(filled.content)).active.cell(1, 1).value == 3  # type: ignore[union-attr]
    for wrong, why in (
        (lambda: send("{{weather}}"), "weather"),
        (lambda: client.post(f"/bulletins/{made.pk}/filled/"), ".docx"),
    ):
        refused = wrong()
        assert refused.status_code == 302
        assert why in page(client, refused["Location"])
    assert enter(cast.xu_kai).post(f"/bulletins/{made.pk}/filled/").status_code == 404
