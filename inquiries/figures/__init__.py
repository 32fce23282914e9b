"""The figures: a count, rate or list for somebody, each with one definition, read by whoever shows it.

`FIGURES` holds the counts and rates by code, in the order of docs/figures.md.
"""

from inquiries.figures.asking import CannotAsk, Filters, NotForReader, Period, Query, TooWide
from inquiries.figures.counts import COUNTS
from inquiries.figures.figure import PARTS, Definition, Figure, Share, read_together
from inquiries.figures.measured import Cell, Measured, Reading
from inquiries.figures.rates import RATES

FIGURES: dict[str, Figure] = {figure.code: figure for figure in (*COUNTS, *RATES)}

__all__ = [
    "FIGURES",
    "PARTS",
    "CannotAsk",
    "Cell",
    "Definition",
    "Figure",
    "Filters",
    "Measured",
    "NotForReader",
    "Period",
    "Query",
    "Reading",
    "Share",
    "TooWide",
    "read_together",
]
