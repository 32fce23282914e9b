"""What a reader of many summaries stumbles over, found before one is approved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.models import Place
from disclosure.documents.summary import PARTS, TOKEN, Figure
from disclosure.models import Booth, OpenDay

# Fields of work as reports of open days name them: whose they are is read from names, topics and units.
FIELDS = (
    *(
        "民政",
        "教育",
        "公安",
        "司法",
        "财政",
        "人社",
        "住建",
        "交通",
        "水利",
        "农业",
        "商务",
        "文体",
        "文化",
        "卫生",
        "卫健",
    ),
    *(
        "审计",
        "税务",
        "市场监管",
        "统计",
        "城管",
        "环保",
        "生态环境",
        "应急",
        "消防",
        "医保",
        "退役军人",
        "信访",
        "档案",
    ),
)
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_ORDINAL = re.compile(r"第([0-9]+|[一二三四五六七八九十]+)[个届次]")
# A number with a measure word of this subject; 四个亲自 and the like count nothing that is recorded.
_NUMBER = re.compile(
    r"(?:[0-9][0-9,，.]*|[〇零一二两三四五六七八九十百千万]+)(?:余|多|来)?(?:人次|人|件|份|本|册|张|条|部|场|次)"
    r"|[百千万]余(?:人次|人|件|份|本|册|张)"
)
_LEADERS = re.compile(
    r"[一-龥]{0,2}(?:主要领导|主管领导|分管领导|局领导|领导班子)|局长|主任|[两三四五六七八九]个亲自|亲自"
)
_PRAISE = re.compile(r"好评|赞誉|点赞|称赞|高度评价|一致认可|群众满意")


@dataclass(frozen=True)
class Finding:
    """One thing to look at: which check, in which part, and the words it is about."""

    code: str
    part: str
    words: str

    @property
    def sentence(self) -> str | Promise:
        """What the author is told."""
        return SENTENCES[self.code]

    @property
    def part_name(self) -> str:
        """The heading of the part, as the summary has it."""
        return PARTS.get(self.part, "")


SENTENCES = {
    "ordinal": _("The open day is counted otherwise by its year."),
    "elsewhere": _("A bureau or field of work is named that did not take part."),
    "number": _("No record bears out this number. Name a figure instead, or take it out."),
    "added": _("This number is people added to visits. Nobody knows how often one person came."),
    "copied": _("The same text stands in another summary."),
    "leader": _("That leaders took part is in no record of the booth."),
    "praise": _("Praise needs ratings: no citizen rated an answer of this open day."),
    "empty": _("This part is empty."),
    "unknown": _("This figure is not known, or there is none of that name. It cannot be written."),
}


def ordinal_said(text: str) -> int | None:
    """The number of 第九个 or 第10届; None where it is no number up to 99."""
    if text.isdigit():
        return int(text)
    tens, _ten, ones = text.rpartition("十")
    if "十" not in text:
        return _DIGITS.get(text)
    return (_DIGITS.get(tens, 0) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)


def check_summary(
    parts: Mapping[str, str],
    *,
    day: OpenDay,
    place: Place,
    booths: Sequence[Booth],
    figures: Mapping[str, Figure],
    bureaus: Sequence[str],
    others: Sequence[str],
    rated: int,
    borne_out: Set[str] = frozenset(),
    sums: tuple[int, int] = (0, 0),
) -> list[Finding]:
    """Everything found, in the order of the parts.

    `bureaus` are the names of the district's bureaus, `others` the paragraphs of other summaries, `rated` how many
    ratings answers of this day have, `borne_out` further numbers that stand in
    records, `sums` the people and the visits that were counted.
    """
    found: list[Finding] = []
    taking_part = "".join(
        [place.name, place.full_name, day.theme, day.aim]
        + [
            word
            for booth in booths
            for word in (
                *(booth.place.name, booth.place.full_name, booth.plan_title),
                *(*booth.topics, *booth.team_heads, *booth.published, *booth.preparation),
                *(unit.name for unit in booth.units.all()),
            )
        ]
    )
    leaders = any(booth.leaders_acts for booth in booths)
    for code in PARTS:
        text = parts.get(code, "")
        if not text.strip():
            found.append(Finding("empty", code, ""))
            continue
        for token in TOKEN.finditer(text):
            if token[1] not in figures or not figures[token[1]].known:
                found.append(Finding("unknown", code, token[0]))
        bare = TOKEN.sub("◇", text)
        found += _ordinals(bare, code, day)
        found += _elsewhere(bare, code, taking_part, bureaus)
        found += _numbers(
            bare, code, taking_part, sums, borne_out | {figure.words for figure in figures.values()}
        )
        found += [
            Finding("copied", code, line[:40])
            for line in map(str.strip, text.splitlines())
            # A sentence of bound numbers is drafted alike for everybody.
            if len(line) >= 30 and line in others and not TOKEN.search(line)
        ]
        if not leaders:
            found += [Finding("leader", code, each[0]) for each in _LEADERS.finditer(bare)]
        if not rated:
            found += [Finding("praise", code, each[0]) for each in _PRAISE.finditer(bare)]
    return found


def _ordinals(bare: str, code: str, day: OpenDay) -> list[Finding]:
    near = [each for each in _ORDINAL.finditer(bare) if "公开日" in bare[each.end() : each.end() + 12]]
    return [Finding("ordinal", code, each[0]) for each in near if ordinal_said(each[1]) != day.ordinal]


def _elsewhere(bare: str, code: str, taking_part: str, bureaus: Sequence[str]) -> list[Finding]:
    named = [name for name in bureaus if name in bare and name not in taking_part]
    fields = [field for field in FIELDS if field in bare and field not in taking_part]
    # 民政局 says 民政 once.
    fields = [field for field in fields if not any(field in name for name in named)]
    return [Finding("elsewhere", code, word) for word in (*named, *fields)]


def _numbers(
    bare: str, code: str, taking_part: str, sums: tuple[int, int], borne_out: Set[str]
) -> list[Finding]:
    found = []
    people, visits = sums
    for each in _NUMBER.finditer(bare):
        if each[0] in taking_part or each[0] in borne_out:
            continue
        if re.match(r"个?(?:亲自|单位)", bare[each.end() : each.end() + 3]):
            continue
        digits = re.sub(r"[^0-9]", "", each[0])
        added = people and visits and digits and int(digits) == people + visits
        found.append(Finding("added" if added else "number", code, each[0]))
    return found
