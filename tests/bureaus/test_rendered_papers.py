"""A paper as LibreOffice shows it, where that is installed; the pictures are kept to be looked at."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from bureaus.letterhead import Cell, Official, Table, docx_of
from tests.house.running import ROOT

pytestmark = pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftotext")),
    reason="LibreOffice and poppler-utils are not installed: no paper is rendered",
)
DAY = date(2026, 5, 20)


def pages_of(paper: Official, into: Path) -> list[list[str]]:
    """The lines of each page, without the blanks; a picture of each stands beside."""
    (into / "paper.docx").write_bytes(docx_of(paper))
    faces = {**os.environ, "FONTCONFIG_FILE": str(ROOT / "deploy" / "fonts.conf")}
    for command in (
        ["soffice", f"-env:UserInstallation=file://{into}/office", "--headless", "--convert-to", "pdf"],
        ["pdftoppm", "-r", "60", "-png", "paper.pdf", "page"],
        ["pdftotext", "-layout", "paper.pdf", "paper.txt"],
    ):
        given = ["paper.docx"] if command[0] == "soffice" else []
        subprocess.run([*command, *given], cwd=into, env=faces, check=True, capture_output=True)
    *pages, _end = (into / "paper.txt").read_text().split("\f")
    assert len(list(into.glob("page*.png"))) == len(pages)
    return [["".join(line.split()) for line in page.splitlines() if line.strip()] for page in pages]


def test_a_line_holds_as_many_characters_as_it_has_room_for(tmp_path: Path) -> None:
    [page] = pages_of(Official("通报", paragraphs=("有问必答" * 40,)), tmp_path)
    title, *text, foot = page
    assert (title, foot) == ("通报", "—1—")
    assert [len(line) for line in text[:-1]] == [25, *[27] * (len(text) - 2)]


def test_a_signature_never_stands_alone_on_its_page(tmp_path: Path) -> None:
    paper = Official(
        "活动总结", paragraphs=tuple(f"第{n}段。" for n in range(1, 20)), signed="民政局", signed_on=DAY
    )
    first, second = pages_of(paper, tmp_path)
    assert first[-2] == "第18段。"
    assert second[:3] == ["第19段。", "民政局", "2026年5月20日"]


def test_tables_are_told_apart_and_a_form_fills_one_page(tmp_path: Path) -> None:
    tables = tuple(Table(("单位", "件数"), (("民政局", "5"),)) for _each in range(2))
    rooms = tuple((Cell(label, lines=5),) for label in ("拟办", "批示", "承办", "审核"))
    form = ((Cell("编号", "2026-0000017-9"), Cell("渠道", "现场")), *rooms)
    [page] = pages_of(Official("办理单", rows=form), tmp_path)
    assert "编号2026-0000017-9渠道现场" in page
    [page] = pages_of(Official("周报", tables=tables), tmp_path)
    assert page[1:-1] == ["单位件数", "民政局5"] * 2
