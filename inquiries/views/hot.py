"""What comes up more often, and what comes again: words, callers and questions, read from the questions themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from bureaus.models.scope import of_one_moment
from inquiries.figures import TooWide
from inquiries.figures.topics import Repeats, repeat_callers, repeated_questions, rising_words
from inquiries.models import Inquiry
from inquiries.views.asked import Asked, asked_by, come_later

WORDS_SHOWN, REPEATS_SHOWN, INQUIRIES_SHOWN = 12, 5, 5


@dataclass(frozen=True)
class Again:
    """What came so often: the first of its inquiries, how many more there are, and a question that is the same."""

    n: int
    inquiries: list[Inquiry]
    more: int
    address: str
    question: str = ""


@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def hot(request: HttpRequest) -> HttpResponse:
    """Words that rise, callers and questions that come again. Read question by question, so it comes after the page."""
    _form, asked = asked_by(request)
    now = timezone.now()
    context: dict[str, Any] = {"asked": asked}
    try:
        words = rising_words(asked.query, now=now, limit=WORDS_SHOWN)
        callers, questions = (find(asked.query, now=now) for find in (repeat_callers, repeated_questions))
    except TooWide as wide:
        return come_later(request, "inquiries/hot.html", context | {"wide": str(wide)}, of="overview")
    context |= {
        "words": [(each, asked.behind("rising-words", word=each.key)) for each in words],
        "callers": callers,
        "by_caller": _again(asked, "caller", callers),
        "questions": questions,
        "by_question": _again(asked, "question", questions),
    }
    return come_later(request, "inquiries/hot.html", context, of="overview")


def _again(asked: Asked, what: str, repeats: Repeats) -> list[Again]:
    shown = repeats.found[:REPEATS_SHOWN]
    ids = {pk for each in shown for pk in each.inquiry_ids[:INQUIRIES_SHOWN]}
    rows = Inquiry.objects.only("reference", "question").in_bulk(list(ids))
    found = []
    for each in shown:
        first = [rows[pk] for pk in each.inquiry_ids[:INQUIRIES_SHOWN] if pk in rows]
        question = first[0].question if what == "question" and first else ""
        address = asked.behind(f"again-{what}", first=each.inquiry_ids[0])
        found.append(Again(each.n, first, each.n - len(first), address, question))
    return found
