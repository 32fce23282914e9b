"""Which rows of sight the acts of an inquiry give and which they do not, set-wise: what verify_promises asks."""

from __future__ import annotations

from django.utils.translation import gettext_noop

# promise: (rows looked at, references that break it), as in inquiries.services.verifying; %(ranks)s is RANK as JSON.
OF_SIGHT = {
    gettext_noop("whoever must see an inquiry does, and a sealed one has named readers only"): (
        "select count(*) from inquiries_inquiry",
        """
        -- who holds it, and who recorded it
        select i.reference from inquiries_inquiry i where not i.sealed and not exists (
            select 1 from inquiries_sight s where s.inquiry_id = i.id and s.place_id = i.holder_id
                and s.officer_id is null and s.reason = 'holds')
        union all
        select i.reference from inquiries_inquiry i where not i.sealed and not exists (
            select 1 from inquiries_sight s where s.inquiry_id = i.id and s.place_id = i.recorded_place_id
                and s.officer_id is null)
        union all
        -- who was asked to assist or to take it over, and who answers it with its lead
        select i.reference from inquiries_duty d join inquiries_inquiry i on i.id = d.inquiry_id
        where d.done_at is null and d.kind in ('assist', 'hand_over') and not d.apart and not i.sealed
            and not exists (select 1 from inquiries_sight s where s.inquiry_id = i.id and s.place_id = d.place_id
                and s.officer_id is null)
        union all
        select i.reference from inquiries_inquiry i join inquiries_inquiry lead on lead.id = i.merged_into_id
        where i.answered_at is null and not i.sealed and lead.holder_id <> i.district_id
            and not exists (select 1 from inquiries_sight s where s.inquiry_id = i.id and s.place_id = lead.holder_id
                and s.officer_id is null)
        union all
        select i.reference from inquiries_inquiry i join inquiries_sight s on s.inquiry_id = i.id
        where i.sealed and s.officer_id is null
        union all
        -- the office that a sealed one is about
        select i.reference from inquiries_inquiry i join inquiries_sight s on s.inquiry_id = i.id
        join bureaus_place p on p.id = s.place_id join bureaus_place about on about.id = i.about_place_id
        where p.path like about.path || '%%' or exists (
            with recursive heir as (
                select p.successor_id as id where p.abolished_on is not null
                union select next.successor_id from heir join bureaus_place next on next.id = heir.id
                    where next.abolished_on is not null)
            select 1 from heir join bureaus_place now on now.id = heir.id where now.path like about.path || '%%')
        """,
    ),
    gettext_noop("nobody sees an inquiry whom no act let see it, and lists have its rank and due"): (
        "select count(*) from inquiries_sight",
        """
        select i.reference || ' ' || s.reason || ' ' || s.place_id from inquiries_sight s
        join inquiries_inquiry i on i.id = s.inquiry_id join bureaus_place p on p.id = s.place_id
        where s.open <> (i.answered_at is null) or s.due_at <> i.due_at or s.district_id <> i.district_id
            or s.rank <> (%(ranks)s::jsonb ->> i.urgency)::int
            or (s.officer_id is null and not case s.reason
                when 'holds' then s.place_id = i.holder_id
                when 'recorded' then s.place_id = i.recorded_place_id
                -- the chain of events says where it came and who was asked
                when 'held' then s.place_id = i.district_id or exists (
                    select 1 from inquiries_event e where e.inquiry_id = i.id and e.place_id = s.place_id)
                when 'assists' then exists (
                    select 1 from inquiries_event e where e.inquiry_id = i.id and e.place_id = s.place_id
                        and (e.code = 'assist_asked' or e.code like '%%\\_passed'))
                when 'offered' then exists (
                    select 1 from inquiries_event e where e.inquiry_id = i.id and e.place_id = s.place_id
                        and e.code in ('offered', 'hand_over_passed'))
                -- whoever was to answer, or to take over, what it rode on
                when 'leads' then exists (
                    select 1 from (
                        -- apart, or the policy of events would not let its index be used
                        select (m.codes ->> 'lead')::bigint as id from inquiries_event m
                        where m.inquiry_id = i.id and m.code = 'merged' offset 0
                    ) lead join inquiries_event e on e.inquiry_id = lead.id
                    where s.place_id in (e.place_id, i.district_id))
                else false end)
            -- a named reader recorded it, or holds or held a post there or above; who reads the whole reads its parts
            or (s.officer_id is not null and not (i.sealed and s.reason in ('reads', 'recorded') and (
                (s.place_id = i.recorded_place_id and s.officer_id = i.recorded_by_id)
                or (s.reason = 'reads' and exists (
                    select 1 from bureaus_tenure t join bureaus_post post on post.id = t.post_id
                    join bureaus_place at on at.id = post.place_id
                    where t.officer_id = s.officer_id and p.path like at.path || '%%')
                    and (s.place_id = i.district_id
                        or exists (
                            select 1 from inquiries_event e where e.inquiry_id = i.id and e.place_id = s.place_id)
                        or exists (
                            select 1 from (
                                select (m.codes ->> 'lead')::bigint as id from inquiries_event m
                                where m.inquiry_id = i.id and m.code = 'merged' offset 0
                            ) lead join inquiries_event e on e.inquiry_id = lead.id
                            where e.place_id = s.place_id)))
                or exists (
                    select 1 from inquiries_sight whole where whole.inquiry_id = i.parent_id
                        and whole.place_id = s.place_id and whole.officer_id = s.officer_id))))
        """,
    ),
}
