"""What open days add to the figures."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from inquiries.figures.credibility import Signal

# Only where the booth knows how many it received: "50 and more" proves nothing. People are never added to visits.
MORE_THAN_RECEIVED = Signal(
    "more_than_received",
    _("answered at once at a booth, beyond the people it received"),
    _("answers at once at the desks of an open day"),
    """select place_id, inquiry_id, nth > received as shows from (
        select e.place_id, e.inquiry_id, r.received, row_number() over (partition by b.id order by e.at, i.id) as nth
        from inquiries_event e
        join inquiries_inquiry i on i.id = e.inquiry_id and i.channel = 'desk' and not i.sealed
        join inquiries_answer a on a.inquiry_id = e.inquiry_id and a.id = (e.codes ->> 'answer')::bigint and a.at_once
        join disclosure_openday o on o.district_id = e.district_id and o."on" = bida_day(a.answered_at)
        join bureaus_place p on p.id = e.place_id
        join disclosure_booth b on b.open_day_id = o.id
        join bureaus_place stood on stood.id = b.place_id and p.path like stood.path || '%%'
        join (
            select booth_id, greatest(
                sum(people_value) filter (where people_measure = 'person'),
                sum(people_value) filter (where people_measure = 'visit')) as received
            from disclosure_reception where taken_back_at is null group by booth_id
            having not bool_or(people_at_least or people_value is null)
        ) r on r.booth_id = b.id
        where e.code = 'answered' and e.district_id = %(district)s and e.at >= %(begins)s and e.at < %(ends)s) n""",
)
