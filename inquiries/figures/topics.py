"""What people ask about, and what rises (热点问题): by topic, by words, by who and what comes again."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import rjieba
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bureaus.workdays import Calendar, midnight
from inquiries.figures.asking import DAY, CannotAsk, Period, Query, TooWide
from inquiries.figures.counts import COUNTS
from inquiries.figures.figure import listed
from inquiries.figures.measured import SMALL
from inquiries.figures.reading import restrictions, run, so_many, waited_for
from inquiries.models import Inquiry

# More questions than this are not read while somebody waits.
MOST_QUESTIONS = 20_000
# Words that every question has and that say nothing of it.
SILENT = frozenset(
    """
    我们 你们 他们 自己 请问 您好 你好 谢谢 怎么 怎样 怎么办 如何 什么 为什么 哪里 哪些 多少 多久 是否 是不是
    能否 可以 可不可以 需要 应该 现在 已经 一直 一个 这个 那个 没有 还是 还有 或者 因为 所以 如果 但是 不能
    不会 不知道 知道 希望 想问 咨询 问题 情况 有关 关于 进行 部门 相关 就是 时候 一下 还要 还没 这样 这里
    那里 比较 非常 可能 以及
    """.split()  # noqa: SIM905  # a list of words reads better as words
)
_WORD = re.compile(r"[㐀-鿿]{2,}|[A-Za-z][A-Za-z0-9-]{2,}")
_RECORDED = next(figure for figure in COUNTS if figure.code == "recorded")


@dataclass(frozen=True, slots=True)
class Rising:
    """A topic (its key) or a word, asked about so often now, in the period before and a year earlier."""

    key: int | str | None
    n: int
    previous: int
    year_earlier: int

    @property
    def rise(self) -> int:
        return self.n - self.previous


@dataclass(frozen=True, slots=True)
class Repeated:
    """Inquiries of one caller, or with one and the same question, in the period; oldest first."""

    inquiry_ids: tuple[int, ...]

    @property
    def n(self) -> int:
        return len(self.inquiry_ids)


@dataclass(frozen=True, slots=True)
class Repeats:
    """What came again in the period, most first, and how often that was so in the period before and a year earlier."""

    found: tuple[Repeated, ...]
    previous: int
    year_earlier: int

    @property
    def n(self) -> int:
        return len(self.found)


def rising_topics(query: Query, *, now: datetime, calendar: Calendar, limit: int = 20) -> tuple[Rising, ...]:
    """Topics asked about in the period, what rises most against the period before first; without a topic is None."""
    check_basis(query)
    read = _RECORDED.read(
        replace(query, basis="cohort", group_by=("topic",), interval=""), now=now, calendar=calendar
    )
    found = []
    for cell in read.cells:
        key = cell.keys[0]
        before, year = cell.previous, cell.year_earlier
        found.append(Rising(key, cell.now.n, before.n if before else 0, year.n if year else 0))
    return tuple(sorted(found, key=lambda topic: (-topic.rise, -topic.n, str(topic.key)))[:limit])


def check_basis(query: Query) -> None:
    """Raises CannotAsk for another basis than the cohort, of which all of these are told."""
    if query.basis not in ("", "cohort"):
        raise CannotAsk("basis", _("This figure is not counted on that basis."))


def words_of(question: str) -> set[str]:
    """The words of a question that may say what it is about."""
    return {word for word in rjieba.cut(question) if _WORD.fullmatch(word) and word not in SILENT}


def rising_words(query: Query, *, now: datetime, limit: int = 30) -> tuple[Rising, ...]:
    """Words by the number of questions that hold them, what rises most against the period before first.

    Of what the reader may see, sealed matters left out; a word in fewer than five questions may point at somebody and
    is not told. Raises TooWide beyond so many questions as may be read.
    """
    periods = (query.period, query.period.previous, query.period.year_earlier)
    found, before, year = (_words(query, period, now=now) for period in periods)
    told = [Rising(word, n, before[word], year[word]) for word, n in found.items() if n >= SMALL]
    return tuple(sorted(told, key=lambda word: (-word.rise, -word.n, str(word.key)))[:limit])


def worded_inquiries(word: str, query: Query, *, now: datetime) -> QuerySet[Inquiry]:
    """The inquiries whose question holds the word; none for a word that is not told. Raises TooWide."""
    rows = _asked(query, "question, i.id", now=now)
    found = [pk for question, pk in rows if word in words_of(question)]
    return listed((pk, 1) for pk in found if len(found) >= SMALL)


def _words(query: Query, period: Period, *, now: datetime) -> Counter[str]:
    rows = _asked(replace(query, period=period), "question", now=now)
    found: Counter[str] = Counter()
    for (question,) in rows:
        found.update(words_of(question))
    return found


def _asked(query: Query, columns: str, *, now: datetime) -> list[tuple[Any, ...]]:
    check_basis(query)
    if query.dimensions & {"officer_id"}:
        raise CannotAsk("group_by", _("This figure is not kept by officer."))
    where, values = restrictions(query, now=now)
    rows = run(
        f"""select {columns} from inquiries_inquiry i
            left join inquiries_citizen c on c.id = i.citizen_id
            where asked_at >= %(begins)s and asked_at < %(ends)s and not sealed
                and {where.replace("place_id", "holder_id").replace("district_id", "i.district_id")}
            order by i.asked_at, i.id limit %(most)s""",
        values
        | {
            "begins": midnight(query.period.first_on),
            "ends": midnight(query.period.last_on + DAY),
            "most": so_many(MOST_QUESTIONS) + 1,
        },
        timeout=waited_for(),
    )
    if len(rows) > so_many(MOST_QUESTIONS):
        raise TooWide
    return rows


def repeat_callers(query: Query, *, now: datetime, at_least: int = 3) -> Repeats:
    """Callers known by the keyed hash of their number who asked so often in the period; children of a split once."""
    return _repeats(_callers, query, at_least, now=now)


def repeated_questions(query: Query, *, now: datetime, at_least: int = 2) -> Repeats:
    """Questions asked in the same words, blanks and marks aside, more than once in the period."""
    return _repeats(_questions, query, at_least, now=now)


def repeated_inquiries(what: str, first: int, query: Query, *, now: datetime) -> QuerySet[Inquiry]:
    """The inquiries of the same `caller`, or with the same `question`, as this one of the period, itself too; none for
    one that the period does not hold. Raises TooWide."""
    rows = list((_callers if what == "caller" else _questions)(query, now))
    wanted = {alike for alike, pk in rows if pk == first}
    return listed((pk, 1) for alike, pk in rows if alike in wanted)


def _callers(query: Query, now: datetime) -> Iterator[tuple[str, int]]:
    for caller, pk, child in _asked(query, "c.phone_hash, i.id, i.parent_id is not null", now=now):
        if caller and not child:
            yield caller, pk


def _questions(query: Query, now: datetime) -> Iterator[tuple[str, int]]:
    for question, pk in _asked(query, "question, i.id", now=now):
        yield re.sub(r"\W+", "", question), pk


def _repeats(
    read: Callable[[Query, datetime], Iterator[tuple[str, int]]],
    query: Query,
    at_least: int,
    *,
    now: datetime,
) -> Repeats:
    found, before, year = (
        _ordered(read(replace(query, period=period), now), at_least)
        for period in (query.period, query.period.previous, query.period.year_earlier)
    )
    return Repeats(found, len(before), len(year))


def _ordered(rows: Iterator[tuple[str, int]], at_least: int) -> tuple[Repeated, ...]:
    by: dict[str, list[int]] = defaultdict(list)
    for alike, pk in rows:
        by[alike].append(pk)
    many = [Repeated(tuple(ids)) for ids in by.values() if len(ids) >= at_least]
    return tuple(sorted(many, key=lambda repeated: (-repeated.n, repeated.inquiry_ids)))
