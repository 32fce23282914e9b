"""Which bureau a received question probably belongs to, and why: a suggestion, never a decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from inquiries.models import Inquiry

# Earlier questions that are compared with: the newest of the district. Beyond them it is no longer the same town.
COMPARED = 1500
# The most alike of these decide.
ALIKE = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A bureau with its reason: the `topic`'s own, `named` in the words, or the one that answered the most `alike`.

    `words` is the topic, or the name or number that stands in the question; `n` how many of the most alike that bureau
    answered, `reference` the most alike of them.
    """

    place_id: int
    place: str
    reason: str
    words: str = ""
    n: int = 0
    inquiry_id: int | None = None
    reference: str = ""


# No bureau that it is about, and none that has sent it back. Sealed questions are compared with none.
_SUGGESTED = """
with asked as materialized (
    select i.id, i.question, i.topic_id, i.sealed, array(
        select d.asked_place_id from inquiries_duty d
        where d.inquiry_id = i.id and d.kind = 'dispatch' and d.asked_place_id is not null
        union all select i.about_place_id where i.about_place_id is not null) as never
    from inquiries_inquiry i where i.id = any(%(asked)s)
), place as materialized (
    select p.id, p.name, split_part(p.path, '/', 2)::bigint as bureau_id
    from bureaus_place p where p.district_id = %(district)s and p.abolished_on is null
), refused as materialized (
    select asked.id, split_part(p.path, '/', 2) as bureau
    from asked cross join unnest(asked.never) as not_to join bureaus_place p on p.id = not_to
), by_topic as (
    select asked.id, place.bureau_id, topic.name as words
    from asked join inquiries_topic topic on topic.id = asked.topic_id
    join place on place.id = topic.default_bureau_id
), called as (
    select place.bureau_id, place.name as words from place where char_length(place.name) >= 3
    union all
    select place.bureau_id, line.number from bureaus_hotline line join place on place.id = line.place_id
    where char_length(line.number) >= 5
), named as (
    select asked.id, called.bureau_id, called.words
    from asked join called on strpos(asked.question, called.words) > 0
), newest as materialized (
    select i.id, i.reference, i.holder_id, i.answered_at, i.sealed from inquiries_inquiry i
    where i.district_id = %(district)s order by i.recorded_at desc limit %(compared)s
), past as materialized (
    select newest.id, newest.reference, place.bureau_id, term
    from newest join place on place.id = newest.holder_id
    join inquiries_terms kept on kept.inquiry_id = newest.id cross join unnest(kept.terms) as term
    where newest.answered_at is not null and not newest.sealed
), often as (
    select term, count(*) as n from past group by term
), likeness as (
    select asked.id, past.id as past_id, past.reference, past.bureau_id,
        sum(ln(1 + %(compared)s::float / often.n)) as likeness
    from asked join inquiries_terms kept on kept.inquiry_id = asked.id cross join unnest(kept.terms) as wanted
    join past on past.term = wanted join often on often.term = wanted
    where not asked.sealed
    group by asked.id, past.id, past.reference, past.bureau_id, kept.terms
    having count(*) >= 3 and count(*) * 3 >= cardinality(kept.terms)
), nearest as (
    select *, row_number() over (partition by id order by likeness desc, past_id desc) as at from likeness
), by_answers as (
    select id, bureau_id, count(*) as n, sum(likeness) as likeness, min(at) as first from nearest
    where at <= %(alike)s group by id, bureau_id
), said as (
    select id, bureau_id, 1 as rank, 'topic' as reason, words, 0 as n, 0::float as weight, null::bigint as first
    from by_topic
    union all
    select id, bureau_id, 2, 'named', words, 0, char_length(words), null from named
    union all
    select id, bureau_id, 3, 'alike', '', n, likeness, first from by_answers
)
select distinct on (said.id) said.id, bureau.id, bureau.name, said.reason, said.words, said.n,
    nearest.past_id, nearest.reference
from said join place bureau on bureau.id = said.bureau_id
left join nearest on nearest.id = said.id and nearest.at = said.first
where not exists (select from refused where refused.id = said.id and refused.bureau = said.bureau_id::text)
order by said.id, said.rank, said.weight desc, bureau.id
"""


def suggest_bureaus(inquiries: Iterable[Inquiry], *, district_id: int) -> dict[int, Suggestion]:
    """The bureau suggested for each that one can be suggested for, in one statement however many they are."""
    asked = [inquiry.pk for inquiry in inquiries]
    with connection.cursor() as cursor:
        wanted: dict[str, Any] = {
            "asked": asked,
            "district": district_id,
            "compared": COMPARED,
            "alike": ALIKE,
        }
        cursor.execute(_SUGGESTED, wanted)
        return {pk: Suggestion(*rest) for pk, *rest in cursor.fetchall()}
