"""Writes the tables of docs/figures.md from the definitions beside the figures.

python -m tools.figures
"""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.utils import translation

PAGE = Path(__file__).resolve().parent.parent / "docs" / "figures.md"
HEADING = "| figure | what is counted | formula | whose, if otherwise | excluded |"
MARK = "<!-- written by python -m tools.figures from inquiries/figures; a test holds it to the code -->\n"


def tables() -> str:
    """Every figure with its definition, as the code has it now."""
    from inquiries.figures import FIGURES
    from inquiries.figures.counts import HOLDER, NOTHING

    lines = []
    with translation.override("en"):
        for group in dict.fromkeys(figure.group for figure in FIGURES.values()):
            lines += [
                f"\n### {group.capitalize()}\n",
                "| figure | what is counted | formula | whose | excluded |",
                "|---" * 5 + "|",
            ]
            for figure in FIGURES.values():
                if figure.group != group:
                    continue
                defined = figure.definition
                what = (
                    f"{defined.numerator}, of: {defined.denominator}"
                    if figure.unit == "rate"
                    else defined.numerator
                )
                formulas = []
                for basis, share in figure.shares.items():
                    formula = " + ".join(share.n) + "".join(f" − {less}" for less in share.less)
                    if share.of:
                        formula = f"({formula}) / ({' + '.join(share.of)})"
                    formulas.append(f"{basis}: `{formula}`")
                lines.append(
                    f"| {figure.label} `{figure.code}` | {what} | {'<br>'.join(formulas)} "
                    f"| {'' if defined.attribution is HOLDER else defined.attribution} "
                    f"| {'' if defined.excludes is NOTHING else defined.excludes} |"
                )
    return "\n".join(lines) + "\n"


def text(page: str) -> str:
    """The page with its tables as they are now."""
    before, _mark, _after = page.partition(MARK)
    return before + MARK + tables()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    PAGE.write_text(text(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
