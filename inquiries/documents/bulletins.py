"""What a bulletin froze: its lines, a table of keys and numbers, and the paper of GB/T 9704."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from bureaus.letterhead import Official, Table, day_of, number_of, span_of
from bureaus.workdays import local_date
from inquiries.documents.cubes import Both, Cube, Dimension, Key
from inquiries.documents.names import office_of
from inquiries.figures.ranking import WHY
from inquiries.models import Bulletin

# The columns of the page: what stands in each, of the names that a bulletin freezes.
COLUMNS = (
    "recorded.cohort",
    "answered.cohort",
    "settled.cohort",
    "in_time.cohort",
    "satisfaction_callback.happened",
)
# The name, five figures, what is late, score and rank: millimetres of the type area.
WIDTHS = (30, 13, 14, 21, 21, 21, 14, 12, 10)

BASES: dict[Key, Both] = {
    "cohort": {"zh": "按提出日", "en": "by the day of asking"},
    "happened": {"zh": "按发生日", "en": "by the day it was done"},
    "now": {"zh": "冻结时", "en": "when it was frozen"},
}


def figures_cube(bulletin: Bulletin) -> Cube:
    """Every count and rate by figure, basis and bureau: `n`, of a rate what it is `of`; the whole district first."""
    places: dict[str, str] = bulletin.figures["bureaus"]
    rows: list[tuple[tuple[Key, ...], tuple[int | None, ...]]] = []
    for name, (n, of) in bulletin.figures["counts"].items():
        code, basis, *bureau = name.split(".")
        rows.append(((code, basis, bureau[0] if bureau else None), (n, of)))
    order = list(bulletin.definitions)
    rows.sort(key=lambda row: (row[0][2] is not None, order.index(str(row[0][0])), str(row[0][1:])))
    labels: dict[Key, Both] = {
        code: {"zh": said["zh-hans"]["label"], "en": said["en"]["label"]}
        for code, said in bulletin.definitions.items()
    }
    named: dict[Key, Both] = {key: {"zh": name, "en": name} for key, name in places.items()}
    named[None] = {"zh": "全区", "en": "the whole district"}
    return Cube(
        code=f"bulletin-{bulletin.year}-{bulletin.number}",
        label={
            "zh": f"通报{bulletin.year}年第{bulletin.number}号",
            "en": f"Bulletin {bulletin.number} of {bulletin.year}",
        },
        dimensions=(
            Dimension("figure", {"zh": "指标", "en": "figure"}, labels),
            Dimension("basis", {"zh": "口径", "en": "basis"}, BASES),
            Dimension("bureau", {"zh": "单位", "en": "bureau"}, named),
        ),
        metrics=("n", "of"),
        rows=tuple(rows),
        asked=(
            ("from", bulletin.first_on.isoformat()),
            ("to", bulletin.last_on.isoformat()),
            ("version", bulletin.version),
        ),
    )


@dataclass(frozen=True)
class Line:
    """One bureau of a bulletin, or the district: its columns, what is late, score and rank or why there is none."""

    name: str
    cells: list[str]
    late: int
    score: str
    rank: str


def language() -> str:
    """In which of its languages a bulletin's definitions are told now."""
    return "zh-hans" if translation.get_language() == "zh-hans" else "en"


def written(pair: list[int | None] | None) -> str:
    """A count, or a share with what it is of; a dash where nothing is known."""
    if pair is None:
        return "–"
    n, of = pair
    if of is None:
        return str(n)
    return f"{100 * (n or 0) / of:.1f}% ({n}/{of})" if of else "–"


def line_of(found: Bulletin, key: str, name: str) -> Line:
    """The line of a bureau by its key; of the whole district without one."""
    figures: dict[str, Any] = found.figures
    counts = figures["counts"]
    cells = []
    for column in COLUMNS:
        pair = counts.get(f"{column}.{key}" if key else column)
        # Of a bureau without any such inquiry nothing is kept: a count is 0, a share of nothing unknown.
        cells.append("0" if pair is None and counts[column][1] is None else written(pair))
    late = figures["late_now"]
    standing = next((each for each in figures["standings"] if key and str(each["bureau"]) == key), None)
    return Line(
        name,
        cells,
        sum(late.get(key, [])) if key else sum(map(sum, late.values())),
        (standing and standing["score"]) or "–",
        "" if standing is None else str(standing["rank"] or WHY.get(standing["why"], "–")),
    )


def lines_of(found: Bulletin) -> list[Line]:
    """Every bureau that had anything, the ranked first."""
    figures = found.figures
    stem = f"{COLUMNS[0]}."
    ranks = {str(each["bureau"]): each["rank"] for each in figures["standings"]}
    keys = {name.removeprefix(stem) for name in figures["counts"] if name.startswith(stem)}
    keys |= {*ranks, *figures["late_now"]}
    names = {key: figures["bureaus"].get(key, found.district.name) for key in keys}
    order = sorted(keys, key=lambda key: (ranks.get(key) is None, ranks.get(key) or 0, names[key]))
    return [line_of(found, key, names[key]) for key in order]


def number_said(found: Bulletin) -> str:
    """The number as the paper has it: 机关代字, year, number."""
    with translation.override("zh-hans"):
        word = _("%(district)s open-government office bulletin") % {"district": found.district.name}
        return number_of(word, found.year, found.number)


def paper_of(found: Bulletin) -> Official:
    """The bulletin as a paper, in Chinese, of what was frozen alone."""
    with translation.override("zh-hans"):
        office = office_of(found.district)
        span = span_of(found.first_on, found.last_on)
        # A month has room on one line of the title, days have not.
        title = _("Bulletin on how matters were handled, %(span)s") % {
            "span": span if span.endswith("月") else f"{span}\n"
        }
        said = [found.draft.words] if found.draft and found.draft.words else []
        if found.withdraws and found.replaces:
            title = _("Bulletin on the withdrawal of %(number)s") % {"number": number_said(found.replaces)}
            said.append(_("%(number)s is void from today.") % {"number": number_said(found.replaces)})
        elif found.replaces:
            said.append(
                _("This bulletin stands in the stead of %(number)s.")
                % {"number": number_said(found.replaces)}
            )
        if not found.withdraws:
            said.append(
                _("How the matters asked from %(span)s were handled is made known as follows.")
                % {"span": span}
            )
        return Official(
            title=f"{office}\n{title}",
            number=number_said(found),
            to=_("All offices"),
            paragraphs=tuple(said),
            tables=() if found.withdraws else (_table(found),),
            closing=()
            if found.withdraws
            else (
                *_unranked(found),
                _("As of %(day)s; formulas %(version)s.")
                % {"day": day_of(_day(found)), "version": found.version},
            ),
            signed=office,
            signed_on=_day(found),
            seal=True,
        )


def _day(found: Bulletin) -> date:
    return local_date(found.made_at)


def _unranked(found: Bulletin) -> list[str]:
    """Who has no rank, by the reason: it has no room in the column."""
    whose: dict[str, list[str]] = {}
    for each in lines_of(found):
        if each.rank.strip("–") and not each.rank.isdigit():
            whose.setdefault(each.rank, []).append(each.name)
    if not whose:
        return []
    said = "；".join(f"{'、'.join(names)}（{why}）" for why, names in whose.items())
    return [_("Not ranked: %(names)s.") % {"names": said}]


def _table(found: Bulletin) -> Table:
    heads = [found.definitions[name.split(".")[0]]["zh-hans"]["label"] for name in COLUMNS]
    rows = [
        (
            each.name,
            *(cell.replace(" (", "\n(") for cell in each.cells),
            str(each.late),
            each.score,
            each.rank if each.rank.isdigit() else "–",
        )
        for each in (*lines_of(found), line_of(found, "", _("In all")))
    ]
    return Table(
        heads=(_("Bureau"), *heads, _("overdue when frozen"), _("Score"), _("Rank")),
        rows=tuple(rows),
        widths=WIDTHS,
    )
