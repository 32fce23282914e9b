"""A booklet as a paper: title page, contents, each item with its dates, and the hotlines to call.

A booklet is Chinese, whatever the officer reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import translation

from bureaus.letterhead import Heading, Official, Table, day_of
from bureaus.models import Hotline, Place
from bureaus.workdays import local_date
from disclosure.checklist import BY_CODE
from disclosure.models import BookletEdition, ItemVersion

_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Bound:
    """A version as it stands in a booklet, its text without marks, line by line."""

    version: ItemVersion
    place: Place
    kind: str
    published_on: date
    lines: Sequence[str]


def counted(number: int) -> str:
    """1 to 99 as headings count: 一, 十, 十一, 二十."""
    tens, ones = divmod(number, 10)
    head = ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "")
    return head + (_DIGITS[ones] if ones or not tens else "")


def paper_of_booklet(
    edition: BookletEdition, bound: Sequence[Bound], hotlines: Sequence[Hotline]
) -> Official:
    """Title page, contents, one item after the other, each on a page of its own; the hotlines last."""
    booklet, made_on = edition.booklet, local_date(edition.made_at)
    with translation.override("zh-hans"):
        heads = [f"{counted(n)}、{each.version.title}" for n, each in enumerate(bound, start=1)]
        contents = [
            f"{head}（{each.place.name}，{day_of(each.published_on)}公布）"
            for head, each in zip(heads, bound, strict=True)
        ]
        texts: list[str | Heading] = [Heading("目录", new_page=True), *contents]
        for head, each in zip(heads, bound, strict=True):
            texts += [Heading(head, new_page=True), *_item(each)]
        lines = tuple(
            (
                line.place.name,
                str(line.get_purpose_display()),
                line.number + (f"转{line.extension}" if line.extension else ""),
                line.hours,
            )
            for line in hotlines
        )
    name = booklet.place.full_name or booklet.place.name
    return Official(
        title=booklet.title,
        cover=(f"第{edition.number}版", name, day_of(made_on)),
        paragraphs=tuple(texts),
        tables=(
            Table(
                heads=("单位", "用途", "电话", "时间"),
                rows=lines,
                caption="咨询热线",
                widths=(40, 36, 40, 40),
            ),
        )
        if lines
        else (),
    )


def _item(each: Bound) -> list[str | Heading]:
    version = each.version
    said = [f"{each.place.name}，{day_of(each.published_on)}公布"]
    if version.effective_on:
        said.append(f"{day_of(version.effective_on)}起施行")
    if version.expires_on:
        said.append(f"有效期至{day_of(version.expires_on)}")
    texts: list[str | Heading] = [f"（{'，'.join(said)}）"]
    told = [part for part in BY_CODE[each.kind].parts if version.parts.get(part.code)]
    for number, part in enumerate(told, start=1):
        texts.append(Heading(f"（{counted(number)}）{part.label}", 2))
        lines = [line for line in version.parts[part.code].splitlines() if line.strip()]
        if part.listing and len(lines) > 1:
            lines = [f"{n}．{line}" for n, line in enumerate(lines, start=1)]
        texts += lines
    texts += each.lines
    if version.files:
        texts.append(f"附件：{'；'.join(file['name'] for file in version.files)}")
    return texts
