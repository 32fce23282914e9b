"""Inquiries that are like a text: those that share the telling words of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import F, Func, IntegerField, QuerySet, TextField, Value

from bureaus.models.scope import Scope
from inquiries.figures.asking import TooWide
from inquiries.figures.lists import SHOWN, visible_inquiries
from inquiries.figures.reading import no_longer_than
from inquiries.models import Inquiry, Terms

# Somebody is typing: what is not found by then is not shown.
PATIENCE = "200ms"
# What is found by these terms is looked at; words that stand everywhere tell nothing.
MOST_TERMS, MOST_ROWS = 24, 4000
# As much of the words must be shared, in percent.
LIKENESS = 40


class _Shared(Func):
    """How many of the terms are among the others."""

    template = "(select count(*) from (select unnest(%(expressions)s)) shared)"
    arg_joiner = ") intersect select unnest("
    output_field = IntegerField()


def alike(
    seen: Scope, text: str, *, limit: int, answered: bool = False, lent_to: Inquiry | None = None
) -> list[Inquiry]:
    """Up to `limit` of what the reader may see that share most words with the text, then the newest; two queries.

    Each has `shared`, how many terms; with `answered` only those that are; `lent_to` another, neither that one nor what
    is sealed. What takes too long is left.
    """
    try:
        with no_longer_than(PATIENCE):
            terms, telling = _terms(text)
            if len(terms) < 2:
                return []
            found = visible_inquiries(seen)
            if answered:
                found = found.filter(answered_at__isnull=False)
            if lent_to is not None:
                found = found.filter(sealed=False).exclude(pk=lent_to.pk)
            return list(_sharing(found, terms, telling)[:limit])
    except TooWide:
        return []


def _terms(text: str) -> tuple[list[str], list[str]]:
    """All terms of the text, and the rarer of them, as far as the statistics of the table know."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with known as (
                select unnest(most_common_elems::text::text[]) as term, unnest(most_common_elem_freqs) as share
                from pg_stats where schemaname = 'public' and tablename = 'inquiries_terms' and attname = 'terms'
            )
            select term, coalesce(share, 0)
                * greatest((select reltuples from pg_class where oid = 'inquiries_terms'::regclass), 0)
            from unnest(bida_terms(%s)) term left join known using (term) order by 2, 1
            """,
            [text],
        )
        rows: list[tuple[str, float]] = cursor.fetchall()
    telling: list[str] = []
    looked_at = 0.0
    for term, expected in rows[:MOST_TERMS]:
        looked_at += expected
        if looked_at > MOST_ROWS and telling:
            break
        telling.append(term)
    return [term for term, _expected in rows], telling


def _sharing(found: QuerySet[Inquiry], terms: list[str], telling: list[str]) -> QuerySet[Inquiry]:
    wanted = Value(terms, output_field=ArrayField(TextField()))
    return (
        found.filter(pk__in=Terms.objects.filter(terms__overlap=telling).values("inquiry_id"))
        .annotate(shared=_Shared(F("terms__terms"), wanted))
        .filter(shared__gte=max(2, -(-len(terms) * LIKENESS // 100)))
        .select_related(*SHOWN)
        .order_by("-shared", "-pk")
    )
