"""A district's own form is filled with what the bulletin froze, and with nothing else."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import Workbook, load_workbook

from inquiries.documents import own_forms
from inquiries.documents.own_forms import NotAForm, UnknownNames, fill_form
from inquiries.figures import Period
from inquiries.models import Bulletin
from inquiries.services.bulletins import freeze_bulletin
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

MAY = Period(date(2026, 5, 1), date(2026, 5, 31))


@pytest.fixture
def bulletin(cast: Cast, ask: Ask, web_as: As, now: datetime) -> Bulletin:
    for _ in range(2):
        ask(answer=EXPLAINED)
    ask(by=cast.tang_rui)
    june = now + timedelta(days=20)
    with web_as(cast.zhou_ning, june):
        return freeze_bulletin(district=cast.district, period=MAY, by=cast.zhou_ning, now=june)


def workbook(*cells: str) -> bytes:
    book = Workbook()
    for number, text in enumerate(cells, 1):
        book.active.cell(number, 1, text)  # type: ignore[union-attr]
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def cells(form: bytes) -> list[object]:
    sheet = load_workbook(io.BytesIO(form)).active
    return [row[0].value for row in sheet.iter_rows()]  # type: ignore[union-attr]


def test_a_cell_that_is_a_name_becomes_the_number(bulletin: Bulletin) -> None:
    form = workbook(
        "{{recorded.cohort}}",
        "{{ recorded.cohort.民政局 }}",
        "{{recorded.cohort.城市管理局}}",
        "{{at_once_rate.cohort}}",
        "{{at_once_rate.cohort.n}}",
        "{{satisfaction_callback.happened}}",
        "本期 {{recorded.cohort}} 件, {{first_on}} 起",
        "=A1+A2",
        "合计",
    )
    assert cells(fill_form(form, bulletin)) == [
        3,
        2,
        0,
        66.67,
        2,
        "—",
        "本期 3 件, 2026-05-01 起",
        "=A1+A2",
        "合计",
    ]


def test_a_name_in_a_letter_is_filled_however_word_cut_it(bulletin: Bulletin) -> None:
    letter = docx.Document()
    paragraph = letter.add_paragraph("第{{number}}期：受理")
    for piece in ("{{reco", "rded.coh", "ort}}", "件"):
        paragraph.add_run(piece)
    letter.add_table(1, 1).cell(0, 0).text = "{{answered.happened}}"
    letter.sections[0].header.paragraphs[0].text = "{{year}}"
    made = io.BytesIO()
    letter.save(made)
    filled = docx.Document(io.BytesIO(fill_form(made.getvalue(), bulletin)))
    assert filled.paragraphs[0].text == "第1期：受理3件"
    assert filled.tables[0].cell(0, 0).text == "2"
    assert filled.sections[0].header.paragraphs[0].text == "2026"


def test_a_name_that_no_figure_has_is_refused_and_nothing_filled(bulletin: Bulletin) -> None:
    with pytest.raises(UnknownNames) as refused:
        fill_form(workbook("{{recorded.cohort}}", "{{weather}}", "{{recorded.cohort.气象局}}"), bulletin)
    assert refused.value.names == ["recorded.cohort.气象局", "weather"]


@pytest.mark.parametrize("form", [b"", b"not a form", b"PK\x03\x04"])
def test_what_is_no_form_is_refused(form: bytes, bulletin: Bulletin) -> None:
    with pytest.raises(NotAForm):
        fill_form(form, bulletin)


def test_what_unpacks_to_too_much_or_is_something_else_is_refused(
    bulletin: Bulletin, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as packed:
        packed.writestr("readme", "x")
    with pytest.raises(NotAForm):
        fill_form(other.getvalue(), bulletin)
    monkeypatch.setattr(own_forms, "MOST_BYTES", 100)
    with pytest.raises(NotAForm):
        fill_form(workbook("{{recorded.cohort}}"), bulletin)


def test_the_command_fills_a_form(bulletin: Bulletin, tmp_path: Path) -> None:
    (tmp_path / "form.xlsx").write_bytes(workbook("{{recorded.cohort}}"))
    call_command("fill_form", bulletin.pk, tmp_path / "form.xlsx", tmp_path / "filled.xlsx")
    assert cells((tmp_path / "filled.xlsx").read_bytes()) == [3]
    (tmp_path / "form.xlsx").write_bytes(workbook("{{weather}}"))
    for key in (bulletin.pk, bulletin.pk + 1):
        with pytest.raises(CommandError):
            call_command("fill_form", key, tmp_path / "form.xlsx", tmp_path / "filled.xlsx")


def corner() -> bytes:
    """One cell, in the last corner there is."""
    book = Workbook()
    book.active.cell(1_048_576, 16_384, "{{recorded.cohort}}")  # type: ignore[union-attr]
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def broken() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook")
    return made.getvalue()


def send(client: Client, bulletin: Bulletin, form: bytes) -> Any:
    return client.post(
        f"/api/v1/bulletins/{bulletin.pk}/filled", {"form": SimpleUploadedFile("通报.xlsx", form)}
    )


def test_a_form_is_filled_through_the_api(bulletin: Bulletin, key: Key, cast: Cast) -> None:
    client = key("statistics:read", officer=cast.zhou_ning)
    filled = send(client, bulletin, workbook("{{recorded.cohort}}"))
    assert filled.status_code == 200, filled.content
    assert cells(filled.content) == [3]
    assert "%E9%80%9A%E6%8A%A5.xlsx" in filled["Content-Disposition"]


@pytest.mark.parametrize(
    "form",
    [workbook("{{weather}}"), b"", b"MZ", broken(), corner()],
    # Not by length: that of a workbook hangs on the second it was packed in, and each process packs its own.
    ids=["unknown figure", "empty", "no workbook", "broken", "corner"],
)
def test_a_form_that_cannot_be_filled_names_the_field(
    form: bytes, bulletin: Bulletin, key: Key, cast: Cast
) -> None:
    refused = send(key("statistics:read", officer=cast.zhou_ning), bulletin, form)
    assert refused.status_code == 409, refused.content
    [error] = refused.json()["errors"]
    assert (error["field"], error["code"]) == ("form", "cannot_fill")


def test_too_large_a_form_is_refused_unread(
    bulletin: Bulletin, key: Key, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inquiries.api.bulletins.MOST_BYTES", 100)
    form = workbook("{{recorded.cohort}}")
    assert send(key("statistics:read", officer=cast.zhou_ning), bulletin, form).status_code == 409


def test_a_bulletin_of_another_district_fills_no_form(bulletin: Bulletin, key: Key, cast: Cast) -> None:
    stranger = key("statistics:read", officer=cast.xu_kai)
    assert send(stranger, bulletin, workbook("{{recorded.cohort}}")).status_code == 404
