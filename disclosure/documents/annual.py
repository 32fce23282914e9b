"""The yearly report as a paper: six parts, its tables cell by cell, and the rules by which they are checked.

国办公开办函〔2021〕30号, as in force since 2021. A report is Chinese, whatever the officer reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.letterhead import Heading, Official, Table
from bureaus.models import Place
from bureaus.workdays import local_date
from disclosure.documents.summary import read_text
from disclosure.figures.annual import APPLICANTS, CARRIED, DISCLOSED, LEFT, NEW, OTHER, PARTLY, TOTAL, Cells
from disclosure.models.annual import AnnualReport
from inquiries.states import LegalGround

# The texts; parts two to four are the tables.
PARTS = {"overview": "总体情况", "problems": "存在的主要问题及改进情况", "others": "其他需要报告的事项"}
_RESULTS = {"upheld": "结果维持", "corrected": "结果纠正", "otherwise": "其他结果", "pending": "尚未审结"}
_WAYS = {"review": "行政复议", "suit": "未经复议直接起诉", "after": "复议后起诉"}
# What is kept elsewhere, entered by hand: by the name of the cell, what it is and where it stands. Whole numbers, but
# for the fees, which are in ten thousand yuan (table two) and in yuan (art. 42).
CELLS: dict[str, str] = {
    "rules_made": "规章：本年制发件数",
    "rules_ended": "规章：本年废止件数",
    "rules_valid": "规章：现行有效件数",
    "norms_made": "行政规范性文件：本年制发件数",
    "norms_ended": "行政规范性文件：本年废止件数",
    "norms_valid": "行政规范性文件：现行有效件数",
    "permits": "行政许可：本年处理决定数量",
    "penalties": "行政处罚：本年处理决定数量",
    "coercions": "行政强制：本年处理决定数量",
    "fees": "行政事业性收费：本年收费金额（万元）",
    "processing": "信息处理费（元）",
}
MONEY = frozenset({"fees", "processing"})
_COLUMNS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
# Table three, row by row as it is printed.
_ROWS: tuple[tuple[str, str], ...] = (
    (NEW, "一、本年新收政府信息公开申请数量"),
    (CARRIED, "二、上年结转政府信息公开申请数量"),
    (DISCLOSED, "三、本年度办理结果（一）予以公开"),
    (PARTLY, "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"),
    (LegalGround.STATE_SECRET, "（三）不予公开 1．属于国家秘密"),
    (LegalGround.FORBIDDEN, "2．其他法律行政法规禁止公开"),
    (LegalGround.SAFETY, "3．危及“三安全一稳定”"),
    (LegalGround.THIRD_PARTY, "4．保护第三方合法权益"),
    (LegalGround.INTERNAL, "5．属于三类内部事务信息"),
    (LegalGround.IN_PROCESS, "6．属于四类过程性信息"),
    (LegalGround.CASE_FILE, "7．属于行政执法案卷"),
    (LegalGround.REGISTER, "8．属于行政查询事项"),
    (LegalGround.NOT_HERE, "（四）无法提供 1．本机关不掌握相关政府信息"),
    (LegalGround.TO_BE_MADE, "2．没有现成信息需要另行制作"),
    (LegalGround.UNCLEAR, "3．补正后申请内容仍不明确"),
    (LegalGround.PETITION, "（五）不予处理 1．信访举报投诉类申请"),
    (LegalGround.REPEATED, "2．重复申请"),
    (LegalGround.PUBLICATION, "3．要求提供公开出版物"),
    (LegalGround.EXCESSIVE, "4．无正当理由大量反复申请"),
    (LegalGround.CONFIRMING, "5．要求行政机关确认或重新出具已获取信息"),
    (
        LegalGround.UNCORRECTED,
        "（六）其他处理 1．申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
    ),
    (LegalGround.UNPAID, "2．申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
    (OTHER, "3．其他"),
    (TOTAL, "（七）总计"),
    (LEFT, "四、结转下年度继续办理"),
)


@dataclass(frozen=True)
class Numbers:
    """Every number of a report: tables three and four, the cells as typed, and the items published in the year."""

    applications: Cells
    challenges: Cells
    cells: Mapping[str, str]
    items: int

    def frozen(self) -> dict[str, object]:
        """As it is kept."""
        return {
            "applications": self.applications,
            "challenges": self.challenges,
            "cells": dict(self.cells),
            "items": self.items,
        }

    def words(self) -> dict[str, str]:
        """What stands in a text in place of a name in braces."""
        said = {row: str(self.applications[row][TOTAL]) for row in (NEW, CARRIED, LEFT)}
        return said | {"closed": str(self.applications[TOTAL][TOTAL]), "items": str(self.items)}


def draft_texts(place: Place, year: int) -> dict[str, str]:
    """The texts as the records have them; what is to be improved only people know."""
    name = place.full_name or place.name
    return {
        "overview": f"{year}年，{name}主动公开政府信息{{items}}条；收到政府信息公开申请{{new}}件，"
        "上年结转{carried}件，"
        "办结{closed}件，结转下年度继续办理{left}件。",
        "problems": "",
        "others": "",
    }


def tables_of(numbers: Numbers) -> tuple[Table, ...]:
    """Tables two, three and four, each cell as it is printed; empty is what nobody entered."""
    cell = {name: numbers.cells.get(name, "") for name in CELLS}
    laws = Table(
        heads=("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
        rows=tuple(
            (label, *(cell[f"{code}_{what}"] for what in ("made", "ended", "valid")))
            for code, label in (("rules", "规章"), ("norms", "行政规范性文件"))
        ),
        caption="第二十条第（一）项",
        heading="二、主动公开政府信息情况",
        widths=(48, 36, 36, 36),
    )
    decided = Table(
        heads=("信息内容", "本年处理决定数量"),
        rows=(
            ("第二十条第（五）项：行政许可", cell["permits"]),
            ("第二十条第（六）项：行政处罚", cell["penalties"]),
            ("第二十条第（六）项：行政强制", cell["coercions"]),
        ),
        widths=(90, 66),
    )
    fees = Table(
        heads=("信息内容", "本年收费金额（单位：万元）"),
        rows=(("第二十条第（八）项：行政事业性收费", cell["fees"]),),
        widths=(90, 66),
    )
    asked = Table(
        heads=("申请人情况", *_COLUMNS),
        rows=tuple(
            (label, *(str(numbers.applications[code][column]) for column in (*APPLICANTS, TOTAL)))
            for code, label in _ROWS
        ),
        caption="本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和",
        heading="三、收到和处理政府信息公开申请情况",
        groups=(("", 1), ("", 1), ("法人或其他组织", 5), ("", 1)),
        widths=(68, 14, 12, 12, 13, 13, 12, 12),
    )
    fought = [
        Table(
            heads=(*_RESULTS.values(), "总计"),
            rows=(tuple(str(numbers.challenges[way][column]) for column in (*_RESULTS, TOTAL)),),
            caption=label if way == "review" else f"行政诉讼：{label}",
            heading="四、政府信息公开行政复议、行政诉讼情况" if way == "review" else "",
            widths=(32, 31, 31, 31, 31),
        )
        for way, label in _WAYS.items()
    ]
    return (laws, decided, fees, asked, *fought)


def is_number(name: str, typed: str) -> bool:
    """Whether a cell may hold what was typed: a whole number, of money with two places at most."""
    if name not in MONEY:
        return typed.isascii() and typed.isdigit() and len(typed) <= 9
    try:
        value = Decimal(typed)
    except InvalidOperation:
        return False
    exponent = value.as_tuple().exponent
    return value.is_finite() and 0 <= value < 10**9 and isinstance(exponent, int) and exponent >= -6


def check_numbers(numbers: Numbers, parts: Mapping[str, str], before: Numbers | None) -> list[str | Promise]:
    """What a reader of many reports stumbles over: rules that are printed, and what does not follow on last year's."""
    found: list[str | Promise] = []
    empty = [label for name, label in CELLS.items() if not numbers.cells.get(name)]
    if empty:
        which = "；".join(empty[:3]) + ("…" if len(empty) > 3 else "")
        found.append(_("%(n)d cells are empty: %(which)s.") % {"n": len(empty), "which": which})
    found += [_("Part “%(part)s” is empty.") % {"part": PARTS[code]} for code in PARTS if not parts.get(code)]
    # Each column: 第一项加第二项之和,等于第三项加第四项之和.
    applied = numbers.applications
    for column in (*APPLICANTS, TOTAL):
        if applied[NEW][column] + applied[CARRIED][column] != applied[TOTAL][column] + applied[LEFT][column]:
            found.append(_("Table three does not add up in a column."))
    if before is None:
        return found
    left = before.applications[LEFT]
    if any(applied[CARRIED][column] != left[column] for column in (*APPLICANTS, TOTAL)):
        found.append(
            _("%(carried)d applications are carried in; last year's report carried %(left)d out.")
            % {"carried": applied[CARRIED][TOTAL], "left": left[TOTAL]}
        )
    for code, label in (("rules", "规章"), ("norms", "行政规范性文件")):
        made, ended, valid = (numbers.cells.get(f"{code}_{what}") for what in ("made", "ended", "valid"))
        was = before.cells.get(f"{code}_valid")
        if made and ended and valid and was and int(valid) != int(was) + int(made) - int(ended):
            found.append(
                _("%(what)s in force: %(valid)s; last year's %(was)s, made and ended give %(gives)d.")
                % {"what": label, "valid": valid, "was": was, "gives": int(was) + int(made) - int(ended)}
            )
    return found


def paper_of_report(report: AnnualReport, numbers: Numbers) -> Official:
    """The report as a paper, signed once it is approved."""
    words = numbers.words()
    text: dict[str, list[str | Heading]] = {
        code: [*read_text(report.parts.get(code, ""), words).splitlines()] for code in PARTS
    }
    fee = numbers.cells.get("processing", "")
    if fee:
        text["others"] = [*text["others"], f"本年度收取信息处理费{fee}元。"]
    name = report.place.full_name or report.place.name
    return Official(
        title=f"{name}\n{report.year}年政府信息公开工作年度报告",
        paragraphs=(Heading(f"一、{PARTS['overview']}"), *text["overview"]),
        tables=tables_of(numbers),
        closing=(
            *(Heading(f"五、{PARTS['problems']}"), *text["problems"]),
            *(Heading(f"六、{PARTS['others']}"), *text["others"]),
        ),
        signed=name,
        signed_on=local_date(report.approved_at) if report.approved_at else None,
    )
