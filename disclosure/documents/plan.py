"""The plan of an open day as a paper: of the district with all its bureaus, or of one bureau.

A plan is Chinese, whatever the officer reads. A part that nobody wrote has no heading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.letterhead import Heading, Official, Table, day_of
from bureaus.models import Place
from bureaus.workdays import local_date
from disclosure.documents.summary import _COUNTED
from disclosure.models import DayPlan, PlannedMaterial, PlanTask
from inquiries.models import Duty

# What is asked of a plan, by its code: of the district, and of a bureau.
PARTS_OF_DISTRICT: Mapping[str, str | Promise] = {
    "documents": _("Documents it rests on"),
    "venues": _("Venues"),
    "leading_group": _("Leading group"),
    "meetings": _("Meetings held"),
    "requirements": _("Requirements"),
    "lessons": _("What is kept from earlier editions, and what is done better"),
}
PARTS_OF_BUREAU: Mapping[str, str | Promise] = {
    "aim": _("Aim"),
    "venue": _("Where the booth stands"),
    "people": _("People at the booth"),
    "answering": _("Who answers on which line of business"),
    "leaders": _("Leaders present, and when"),
    "activities": _("Activities"),
    "published": _("Shown there"),
    "meetings": _("Meetings held"),
    "lessons": _("What is kept from earlier editions, and what is done better"),
}
# Without these nobody can work by it.
NEEDED_OF_DISTRICT = ("venues", "requirements")
NEEDED_OF_BUREAU = ("people", "answering")
# One line, as a booth has room for it; every other part is one entry on each line.
SHORT = {"aim": 300, "venue": 120}


@dataclass(frozen=True)
class Planned:
    """A plan as it reads at one moment, with what hangs on it."""

    plan: DayPlan
    units: Sequence[str] = ()
    hotlines: Sequence[str] = ()
    materials: Sequence[PlannedMaterial] = ()
    # Each with its duty; None where the reader sees the plan and not what its posts owe.
    tasks: Sequence[tuple[PlanTask, Duty | None]] = ()

    def lines(self, code: str) -> list[str]:
        """The part, one entry for each line."""
        return lines_of(self.plan.parts.get(code, ""))

    @property
    def answering(self) -> list[tuple[str, str]]:
        """Each line of business with who answers on it; nobody where the line names none."""
        return [line_of_business(line) for line in self.lines("answering")]


def parts_for(place: Place) -> Mapping[str, str | Promise]:
    """What the plan of this place says."""
    return PARTS_OF_DISTRICT if place.kind == Place.Kind.DISTRICT else PARTS_OF_BUREAU


def needed_of(place: Place) -> tuple[str, ...]:
    """What it has to say before it goes out."""
    return NEEDED_OF_DISTRICT if place.kind == Place.Kind.DISTRICT else NEEDED_OF_BUREAU


def lines_of(text: str) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def line_of_business(line: str) -> tuple[str, str]:
    """低保：社会救助科 is the line of business and who answers on it."""
    business, _colon, who = line.replace(":", "：", 1).partition("：")
    return business.strip(), who.strip()


def title_of_plan(plan: DayPlan) -> str:
    """Whose, of which year, of what."""
    place = plan.place
    return f"{place.full_name or place.name}\n{plan.open_day.on.year}年政务公开日活动方案"


def paper_of_plan(planned: Planned, bureaus: Sequence[Planned] = ()) -> Official:
    """The plan with headings in the levels of GB/T 9704-2012, 7.3.3; of the district with its `bureaus` rolled in."""
    plan = planned.plan
    of_district = plan.place.kind == Place.Kind.DISTRICT
    sections = _district(planned, bureaus) if of_district else _bureau(planned)
    texts: list[str | Heading] = [_lead(planned)]
    told = [(title, lines) for title, lines in sections if lines]
    for number, (title, lines) in enumerate(told[:10]):
        texts += [Heading(f"{_COUNTED[number]}、{title}", 1), *lines]
    everybody = [*bureaus] if of_district else [planned]
    return Official(
        title=title_of_plan(plan),
        paragraphs=tuple(texts),
        tables=tuple(
            table for table in (_answering(everybody), _printed(everybody), _tasks(planned)) if table.rows
        ),
        signed=plan.place.full_name or plan.place.name,
        signed_on=local_date(plan.handed_in_at) if plan.handed_in_at else None,
    )


def _lead(planned: Planned) -> str:
    day = planned.plan.open_day
    rests = "、".join(planned.lines("documents"))
    by = f"根据{rests}，" if rests else "按照全区活动方案，" if planned.plan.asked_id else ""
    return f"为做好第{day.ordinal}个政务公开日活动，{by}结合实际，制定本方案。"


def _when(planned: Planned) -> str:
    day = planned.plan.open_day
    until = f"至{day_of(day.until_on)}" if day.until_on else ""
    return f"时间：{day_of(day.on)}{until}。"


def _about(planned: Planned) -> list[str]:
    day = planned.plan.open_day
    aim = planned.plan.parts.get("aim", "") or day.aim
    return [f"主题：{_ended(day.theme)}", *([f"宗旨：{_ended(aim)}"] if aim else [])]


def _named(label: str, words: Iterable[str]) -> list[str]:
    said = "；".join(word.rstrip("。；") for word in words)
    return [f"{label}：{said}。"] if said else []


def _ended(text: str) -> str:
    return text if text.endswith(("。", "！", "？")) else f"{text}。"


def _listed(lines: Sequence[str]) -> list[str]:
    """One entry stands as it is; several are numbered as the third level is."""
    if len(lines) == 1:
        return [_ended(lines[0])]
    return [f"{number}. {_ended(line)}" for number, line in enumerate(lines, 1)]


def _district(planned: Planned, bureaus: Sequence[Planned]) -> list[tuple[str, list[str | Heading]]]:
    taking_part: list[str | Heading] = []
    for number, each in enumerate(bureaus, 1):
        taking_part.append(Heading(f"（{chinese(number)}）{each.plan.place.name}", 2))
        taking_part += [*_booth(each), *_named("活动内容", each.lines("activities"))]
    return [
        ("活动主题和宗旨", [*_about(planned)]),
        ("活动时间和地点", [_when(planned), *_named("地点", planned.lines("venues"))]),
        (
            "组织领导",
            [
                *_named("领导小组", planned.lines("leading_group")),
                *_named("已召开会议", planned.lines("meetings")),
            ],
        ),
        ("活动要求", [*_listed(planned.lines("requirements"))]),
        ("总结往届，扬长避短", [*_listed(planned.lines("lessons"))]),
        ("各单位安排", taking_part),
    ]


def _booth(planned: Planned) -> list[str]:
    venue = planned.plan.parts.get("venue", "")
    return [
        *_named("咨询台", [venue] if venue else []),
        *_named("现场人员", planned.lines("people")),
        *_named("参加单位", planned.units),
        *_named("到场领导", planned.lines("leaders")),
        *_named("当日开通热线", planned.hotlines),
    ]


def _bureau(planned: Planned) -> list[tuple[str, list[str | Heading]]]:
    return [
        ("活动主题和宗旨", [*_about(planned)]),
        ("时间、地点和人员", [_when(planned), *_booth(planned)]),
        (
            "活动内容",
            [
                *_listed(planned.lines("activities")),
                *_named("现场公开", planned.lines("published")),
            ],
        ),
        ("组织部署", [*_named("已召开会议", planned.lines("meetings"))]),
        ("总结往届，扬长避短", [*_listed(planned.lines("lessons"))]),
    ]


def _answering(everybody: Sequence[Planned]) -> Table:
    rows = [
        (business, each.plan.place.name, who or "—") for each in everybody for business, who in each.answering
    ]
    return Table(("业务", "单位", "答复人"), tuple(rows), "业务咨询分工", (52, 52, 52))


def _printed(everybody: Sequence[Planned]) -> Table:
    with translation.override("zh-hans"):
        rows = [
            (row.material.name, each.plan.place.name, str(row.count))
            for each in everybody
            for row in each.materials
        ]
    return Table(("材料", "单位", "印制数量"), tuple(rows), "宣传材料", (66, 52, 38))


def _tasks(planned: Planned) -> Table:
    rows = [
        (task.what, str(task.post), day_of(task.due_on))
        for task, duty in planned.tasks
        if duty is None or duty.decision != "withdrawn"
    ]
    return Table(("任务", "责任岗位", "完成时限"), tuple(rows), "任务分工", (66, 52, 38))


def chinese(number: int) -> str:
    """1 to 99 as headings count: 十二."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _COUNTED[ones - 1]
    return f"{_COUNTED[tens - 1] if tens > 1 else ''}十{_COUNTED[ones - 1] if ones else ''}"
