"""A summary drafted from what was written down, in the customary order; nothing recorded, nothing claimed.

A summary is Chinese, whatever the officer reads. In its texts a figure is its name in braces (`{visits}`): the number
is put in when the text is read, or as it was frozen when it was approved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import translation

from bureaus.letterhead import Heading, Official, day_of
from bureaus.models import Hotline, Place
from bureaus.workdays import local_date
from disclosure.figures.open_days import Standing
from disclosure.models import Booth, OpenDay, Sum
from disclosure.models.summaries import Summary

# The customary order: 导语, 一 to 四; 落款 is the name and the day.
PARTS = {
    "lead": "导语",
    "situation": "基本情况",
    "methods": "主要做法",
    "insights": "活动体会",
    "next": "存在问题及下一步",
}
_NUMBERED = ("situation", "methods", "insights", "next")
_COUNTED = "一二三四五六七八九十"
TOKEN = re.compile(r"\{([a-z]+(?:\.\d+)?)\}")


@dataclass(frozen=True)
class Figure:
    """One number of a summary: its words (50余人), the query of the rows behind it, and whether it is known at all."""

    words: str
    behind: str
    known: bool
    label: str


def figures_for(day: OpenDay, standing: Standing, *, booth: Booth | None) -> dict[str, Figure]:
    """Every number a summary may name, in Chinese; of one booth, or of all where there is none."""
    at = f"&booth={booth.pk}" if booth else ""
    with translation.override("zh-hans"):
        found = {"ordinal": Figure(f"第{day.ordinal}个", "", True, "届次")}
        for name, total, label in (
            ("people", standing.people, "接待群众（人）"),
            ("visits", standing.visits, "接待群众（人次）"),
            ("answered", standing.answered, "当场解答问题"),
            ("issues", standing.issues, "收集热点问题"),
        ):
            if total is not None:
                found[name] = _figure(total, f"of={name}{at}", label)
        if standing.followed:
            found["followed"] = Figure(f"{standing.followed}件", f"of=followed{at}", True, "登记待办问题")
        if standing.cards:
            found["cards"] = Figure(f"{standing.cards}张", f"of=cards{at}", True, "发放联心卡（按编号）")
        for each in standing.handed:
            if each.given.known.value != 0 or each.given.unknown:
                name = f"handed.{each.material.pk}"
                found[name] = _figure(each.given, f"of=handed{at}", f"发放{each.material.name}")
    return found


def _figure(total: Sum, behind: str, label: str) -> Figure:
    return Figure(str(total.known), behind, total.known.value is not None, label)


def draft_parts(
    day: OpenDay,
    place: Place,
    booths: Sequence[Booth],
    standings: Mapping[int, Standing],
    figures: Mapping[str, Figure],
    *,
    open_questions: int,
    prepared: Sequence[str] = (),
) -> dict[str, str]:
    """The texts as the records have them. What nobody wrote down is left out; a part without records stays empty."""
    district = place.kind == Place.Kind.DISTRICT
    name = place.full_name or place.name
    theme = f"以“{day.theme}”为主题"
    lead = (
        f"{{ordinal}}政务公开日（{day_of(day.on)}）当天，{name}{theme}，"
        f"{f'组织{len(booths)}个单位' if district else ''}开展了政务公开活动。现将活动情况总结如下："
    )
    situation = [_aim(day, booths), _where(booths) if not district else "", _numbers(figures)]
    if district:
        situation += [_of_booth(booth, standings[booth.pk]) for booth in booths]
    return {
        "lead": lead,
        "situation": "\n".join(text for text in situation if text),
        "methods": "\n".join(_methods(booths, prepared)),
        "insights": _insights(booths),
        "next": _next(open_questions),
    }


def _aim(day: OpenDay, booths: Sequence[Booth]) -> str:
    aim = (booths[0].aim if len(booths) == 1 else "") or day.aim
    plan = booths[0].plan_title if len(booths) == 1 else ""
    made = f"制定了《{plan}》" if plan and "《" not in plan else ""
    told = [f"活动以“{aim}”为宗旨" if aim else "", made]
    return "，".join(text for text in told if text) + "。" if any(told) else ""


def _where(booths: Sequence[Booth]) -> str:
    return "".join(f"活动当天，在{booth.venue}设立政务公开咨询台。" for booth in booths if booth.venue)


def _numbers(figures: Mapping[str, Figure]) -> str:
    """One sentence of what is known; 人 and 人次 each for itself."""
    said = []
    for name, words in (
        ("people", "接待群众{people}"),
        ("visits", "接待群众{visits}"),
        ("answered", "当场解答问题{answered}"),
        ("followed", "登记待办问题{followed}"),
        ("issues", "收集热点问题{issues}"),
        ("cards", "按编号发放联心卡{cards}"),
    ):
        if name in figures and figures[name].known:
            said.append(words)
    said += [
        f"{figure.label}{{{name}}}"
        for name, figure in figures.items()
        if name.startswith("handed.") and figure.known
    ]
    return f"活动中，共{'，'.join(said)}。" if said else ""


def _of_booth(booth: Booth, standing: Standing) -> str:
    """A bureau in the district's summary. Its numbers are bound to the bureau's own summary, and so are named here."""
    figures = figures_for(booth.open_day, standing, booth=booth)
    known = [
        f"{figure.label.replace('（人）', '').replace('（人次）', '')}{figure.words}"
        for name, figure in figures.items()
        if name != "ordinal" and figure.known
    ]
    return f"{booth.place.name}{'，'.join(known)}。" if known else ""


def _methods(booths: Sequence[Booth], done: Sequence[str]) -> list[str]:
    parts: list[tuple[str, str]] = []
    prepared = _joined([*(word for booth in booths for word in booth.preparation), *done])
    if prepared:
        parts.append(("做好活动准备", f"活动前，完成了{prepared}等准备。"))
    topics = _joined(word for booth in booths for word in (*booth.team_heads, *booth.topics))
    if topics:
        parts.append(("开展现场咨询", f"围绕{topics}等业务解答群众提问，不能当场答复的逐件登记、持续催办。"))
    published = _joined(word for booth in booths for word in booth.published)
    if published:
        parts.append(("公开政务事项", f"现场公开了{published}等内容。"))
    units = _joined(unit.name for booth in booths for unit in booth.units.all())
    if units:
        parts.append(("局属单位参加服务公开", f"{units}到场参加活动。"))
    lines = _hotlines(booths)
    if lines:
        parts.append(("公布咨询热线", lines))
    return [f"（{_COUNTED[number]}）{title}。{text}" for number, (title, text) in enumerate(parts[:10])]


def _hotlines(booths: Sequence[Booth]) -> str:
    if len(booths) != 1:
        return ""
    lines = list(
        Hotline.objects.filter(place__path__startswith=booths[0].place.path)
        .select_related("place")
        .order_by("pk")
    )
    if not lines:
        return ""
    with translation.override("zh-hans"):
        named = "、".join(f"{line.place.name}（{line.get_purpose_display()}）" for line in lines)
    return f"对外公布了{{lines}}咨询热线：{named}。"


def _insights(booths: Sequence[Booth]) -> str:
    acts = _joined(f"亲自{word}" for booth in booths for word in booth.leaders_acts)
    return f"主要领导{acts}。" if acts and len(booths) == 1 else ""


def _next(open_questions: int) -> str:
    if not open_questions:
        return ""
    return f"现场登记的问题尚有{open_questions}件未答复，将逐件催办，直至答复群众。"


def _joined(words: Iterable[str]) -> str:
    return "、".join(dict.fromkeys(word for word in words if word))


def read_text(text: str, figures: Mapping[str, str]) -> str:
    """The text with each figure's words; what is no figure, or not known, stays as its name so that it is seen."""
    return TOKEN.sub(lambda named: figures.get(named[1], named[0]), text)


def title_of(day: OpenDay, place: Place) -> str:
    """The title: whose, of which year, of what."""
    return f"{place.full_name or place.name}\n{day.on.year}年政务公开日活动总结"


def paper_of(summary: Summary, figures: Mapping[str, str]) -> Official:
    """The summary as a paper: headings in the levels of GB/T 9704-2012, 7.3.3; signed once it is approved."""
    texts: list[str | Heading] = [read_text(summary.parts.get("lead", ""), figures)]
    for number, code in enumerate(name for name in _NUMBERED if summary.parts.get(name, "").strip()):
        texts.append(Heading(f"{_COUNTED[number]}、{PARTS[code]}", 1))
        for line in read_text(summary.parts[code], figures).splitlines():
            head = re.fullmatch(r"(（[一二三四五六七八九十]+）[^。]+。)(.*)", line)
            if head:
                texts.append(Heading(head[1].removesuffix("。"), 2))
                line = head[2]
            if line.strip():
                texts.append(line.strip())
    return Official(
        title=title_of(summary.open_day, summary.place),
        paragraphs=tuple(texts),
        signed=summary.place.full_name or summary.place.name,
        signed_on=local_date(summary.approved_at) if summary.approved_at else None,
    )
