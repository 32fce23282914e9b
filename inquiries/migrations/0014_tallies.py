"""Totals of what was asked and of what happened, kept exact by triggers; the views they are counted again from."""

from django.db import migrations

# A column each. A later measure comes by a later migration; inquiries.models.tally names what code may ask for.
MEASURES = [
    "asked",
    "asked_child",
    "asked_imported",
    "asked_provisional",
    "asked_open",
    "asked_answered",
    "asked_at_once",
    "asked_filed",
    "asked_merged",
    "asked_designated",
    "asked_extended",
    "asked_returned",
    "asked_handed_over_between",
    "asked_reopened",
    "asked_again_later",
    "asked_settled_first",
    "asked_owed",
    "asked_owed_answered",
    "asked_in_time",
    "asked_in_time_first",
    "asked_contacted_in_time",
    "asked_solved",
    "asked_partly",
    "asked_planned",
    "asked_explained",
    "asked_not_accepted",
    "asked_handed_over",
    "asked_withdrawn",
    "asked_ended",
    "asked_unreachable",
    "asked_invalid",
    "asked_disclosed",
    "asked_partly_disclosed",
    "asked_already_public",
    "asked_refused",
    "asked_not_held",
    "asked_not_processed",
    "recorded",
    "recorded_child",
    "recorded_imported",
    "recorded_provisional",
    "dispatched",
    "designated",
    "signed_for",
    "returned",
    "disputed",
    "dispute_upheld",
    "dispute_refused",
    "reassigned",
    "handed_over",
    "hand_over_declined",
    "assist_asked",
    "extension_asked",
    "extended",
    "extension_refused",
    "asked_citizen",
    "citizen_replied",
    "contacted",
    "not_reached",
    "interim",
    "first_contact",
    "first_contact_late",
    "asked_again",
    "chased_by_hand",
    "reclassified",
    "merged",
    "unmerged",
    "split",
    "reopened",
    "filed",
    "answered",
    "answered_at_once",
    "answered_owed",
    "answered_late",
    "answered_late_first",
    "answered_solved",
    "answered_partly",
    "answered_planned",
    "answered_explained",
    "answered_not_accepted",
    "answered_handed_over",
    "answered_withdrawn",
    "answered_ended",
    "answered_unreachable",
    "answered_invalid",
    "answered_disclosed",
    "answered_partly_disclosed",
    "answered_already_public",
    "answered_refused",
    "answered_not_held",
    "answered_not_processed",
    "chased_reminder",
    "chased_urge",
    "chased_supervise",
    "chased_circular",
    "answered_after_none",
    "answered_after_reminder",
    "answered_after_urge",
    "answered_after_supervise",
    "answered_after_circular",
    "acknowledge_done",
    "rated_callback",
    "rated_citizen",
    "rated_callback_reached",
    "rated_callback_solved",
    "rated_callback_unsolved",
    "rated_callback_contacted",
    "rated_callback_not_contacted",
    "rated_callback_satisfied",
    "rated_callback_basically",
    "rated_callback_dissatisfied",
    "rated_citizen_reached",
    "rated_citizen_solved",
    "rated_citizen_unsolved",
    "rated_citizen_contacted",
    "rated_citizen_not_contacted",
    "rated_citizen_satisfied",
    "rated_citizen_basically",
    "rated_citizen_dissatisfied",
]

COLUMNS = ", ".join(f"{measure} int" for measure in MEASURES)
KEY = """district_id bigint not null references bureaus_place, place_id bigint, kind text, urgency text, channel text,
    topic_id bigint, officer_id bigint, day date not null"""

TABLES = f"""
set local lock_timeout = '5s';

-- What is not yet in the totals, at full width. A correction names the one family and grain it corrects.
create table inquiries_tallydelta (
    id bigint generated always as identity primary key, family text, grain text, {KEY},
    measure text not null, n int not null
);
create table inquiries_tally (family text not null, grain text not null, {KEY}, {COLUMNS}) with (fillfactor = 80);
create unique index tally_once on inquiries_tally
    (district_id, family, grain, place_id, day, kind, urgency, channel, topic_id, officer_id) nulls not distinct;

create table inquiries_timedelta (
    id bigint generated always as identity primary key, family text, grain text,
    district_id bigint not null references bureaus_place, place_id bigint, kind text, day date not null,
    timed text not null, bucket int not null, n int not null, longest int not null
);
create table inquiries_timetally (
    family text not null, grain text not null,
    district_id bigint not null references bureaus_place, place_id bigint, kind text, day date not null,
    timed text not null, bucket int not null, n int not null, longest int not null
) with (fillfactor = 80);
create unique index timetally_once on inquiries_timetally
    (district_id, family, grain, timed, place_id, day, kind, bucket) nulls not distinct;
"""

TABLES_BACK = """
drop table inquiries_timetally, inquiries_timedelta, inquiries_tally, inquiries_tallydelta;
"""

COUNTED = """
-- What an inquiry counts for as it stands.
create function bida_cohort(i inquiries_inquiry) returns text[] language sql immutable
    set search_path = public, pg_temp as $$
    select array_remove(array[
        'asked',
        case when i.parent_id is not null then 'asked_child' end,
        case when i.imported then 'asked_imported' end,
        case when i.due_provisional then 'asked_provisional' end,
        case when i.merged_into_id is not null then 'asked_merged' end,
        case when i.designated then 'asked_designated' end,
        case when i.extensions > 0 then 'asked_extended' end,
        case when i.returns > 0 then 'asked_returned' end,
        case when i.hops > 0 then 'asked_handed_over_between' end,
        case when i.round > 1 then 'asked_reopened' end,
        case when i.asked_again > 0 then 'asked_again_later' end,
        case when i.answered_at is null then 'asked_open' else 'asked_answered' end,
        case when i.answered_at is not null then 'asked_' || i.outcome end,
        case when i.filed_at is not null then 'asked_filed' end,
        case when i.at_once then 'asked_at_once' end
    ] || case when i.parent_id is not null or coalesce(i.at_once, false) then '{}' else array[
        'asked_owed',
        case when i.answered_at is not null then 'asked_owed_answered' end,
        case when i.answered_at < i.due_at then 'asked_in_time' end,
        case when i.answered_at < i.original_due_at then 'asked_in_time_first' end,
        case when i.answered_at is not null and i.round = 1 and i.asked_again = 0 then 'asked_settled_first' end,
        case when not i.contacted_late then 'asked_contacted_in_time' end
    ] end, null)
$$;

-- Working minutes in steps of 1 below an hour, 5 below 8 hours, 30 below 80, then 480.
create function bida_bucket(minutes int) returns int language sql immutable as $$
    select minutes - minutes % case when minutes < 60 then 1 when minutes < 480 then 5 when minutes < 4800 then 30
        else 480 end
$$;

create function bida_day(at timestamptz) returns date language sql immutable as
    $$ select (at at time zone 'Asia/Shanghai')::date $$;

-- Only columns that a count needs, past the policies of the tables, for places that lie in the scope.
create view inquiries_cohort as
    select i.id as inquiry_id, i.district_id, i.holder_id as place_id, i.kind::text, i.urgency::text,
        i.channel::text, i.topic_id, null::bigint as officer_id, i.source::text, i.asked_at as at, i.due_at,
        i.answered_at is null as open, i.state::text, i.answered_at is null and i.merged_into_id is null as pursued,
        bida_cohort(i) as counted
    from inquiries_inquiry i
    where i.holder_id = any ((select bida_places())::bigint[])
        or (select current_setting('bida.district', true)) = 'all' or i.district_id = (select bida_district());
create view inquiries_happened as
    select e.inquiry_id, e.district_id, e.place_id, e.kind::text, e.urgency::text, e.channel::text, e.topic_id,
        e.by_id as officer_id, (select i.source::text from inquiries_inquiry i where i.id = e.inquiry_id) as source,
        e.at, string_to_array(e.counted, ' ') as counted, string_to_array(e.timed, ' ') as timed, e.minutes
    from inquiries_event e
    where e.counted is not null and (e.place_id = any ((select bida_places())::bigint[])
        or (select current_setting('bida.district', true)) = 'all' or e.district_id = (select bida_district()));
grant select on inquiries_cohort, inquiries_happened to bida_web, bida_worker;
"""

COUNTED_BACK = """
drop view inquiries_happened;
drop view inquiries_cohort;
drop function bida_day(timestamptz);
drop function bida_bucket(int);
drop function bida_cohort(inquiries_inquiry);
"""

TRIGGERS = """
create function bida_tally_events() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into inquiries_tallydelta
        (district_id, place_id, kind, urgency, channel, topic_id, officer_id, day, measure, n)
    select district_id, place_id, kind, urgency, channel, topic_id, by_id, bida_day(at), measure, count(*)
    from fresh, unnest(string_to_array(counted, ' ')) as measure
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9;
    insert into inquiries_timedelta (district_id, place_id, kind, day, timed, bucket, n, longest)
    select district_id, place_id, kind, bida_day(at), word, bida_bucket(minutes), count(*), max(minutes)
    from fresh, unnest(string_to_array(timed, ' ')) as word
    where minutes is not null
    group by 1, 2, 3, 4, 5, 6;
    return null;
end $$;
create trigger tally after insert on inquiries_event referencing new table as fresh
    for each statement execute function bida_tally_events();

create function bida_tally_asked() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into inquiries_tallydelta (district_id, place_id, kind, urgency, channel, topic_id, day, measure, n)
    select i.district_id, i.holder_id, i.kind, i.urgency, i.channel, i.topic_id, bida_day(i.asked_at), measure, count(*)
    from fresh join inquiries_inquiry i on i.id = fresh.id, unnest(bida_cohort(i)) as measure
    group by 1, 2, 3, 4, 5, 6, 7, 8;
    return null;
end $$;
create trigger tally_asked after insert on inquiries_inquiry referencing new table as fresh
    for each statement execute function bida_tally_asked();

create function bida_tally_changed() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into inquiries_tallydelta (district_id, place_id, kind, urgency, channel, topic_id, day, measure, n)
    select district_id, holder_id, kind, urgency, channel, topic_id, bida_day(asked_at), measure, sum(n)
    from (
        select old.district_id, old.holder_id, old.kind, old.urgency, old.channel, old.topic_id, old.asked_at,
            measure, -1 as n from unnest(bida_cohort(old)) as measure
        union all
        select new.district_id, new.holder_id, new.kind, new.urgency, new.channel, new.topic_id, new.asked_at,
            measure, 1 from unnest(bida_cohort(new)) as measure
    ) moved
    group by 1, 2, 3, 4, 5, 6, 7, 8 having sum(n) <> 0;
    return null;
end $$;
-- The sweep changes none of these, so it pays nothing.
create trigger tally_changed after update on inquiries_inquiry for each row
    when ((old.holder_id, old.kind, old.urgency, old.channel, old.topic_id, old.parent_id, old.imported,
        old.due_provisional, old.merged_into_id, old.designated, old.extensions, old.returns, old.hops, old.round,
        old.asked_again, old.answered_at, old.outcome, old.filed_at, old.at_once, old.due_at, old.contacted_late)
        is distinct from
        (new.holder_id, new.kind, new.urgency, new.channel, new.topic_id, new.parent_id, new.imported,
        new.due_provisional, new.merged_into_id, new.designated, new.extensions, new.returns, new.hops, new.round,
        new.asked_again, new.answered_at, new.outcome, new.filed_at, new.at_once, new.due_at, new.contacted_late))
    execute function bida_tally_changed();
"""

TRIGGERS_BACK = """
drop trigger tally_changed on inquiries_inquiry;
drop trigger tally_asked on inquiries_inquiry;
drop trigger tally on inquiries_event;
drop function bida_tally_changed();
drop function bida_tally_asked();
drop function bida_tally_events();
"""

NAMES = ("tallydelta", "tally", "timedelta", "timetally")
SEES = "place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district())"
WORKS = "bida_works(district_id)"


def _policies() -> str:
    made = []
    for name in NAMES:
        table = f"inquiries_{name}"
        made.append(f"alter table {table} enable row level security;")
        made.append(f"create policy web on {table} for select to bida_web using ({SEES});")
        made.append(f"create policy worker on {table} to bida_worker using ({WORKS}) with check ({WORKS});")
        made.append(f"grant select on {table} to bida_web;")
        made.append(f"grant select, insert, update, delete on {table} to bida_worker;")
    return "\n".join(made)


# What stood before the triggers did, counted once.
FIRST = """
insert into inquiries_tallydelta
    (district_id, place_id, kind, urgency, channel, topic_id, officer_id, day, measure, n)
select district_id, holder_id, kind, urgency, channel, topic_id, null::bigint, bida_day(asked_at), measure, count(*)
from inquiries_inquiry i, unnest(bida_cohort(i)) as measure group by 1, 2, 3, 4, 5, 6, 7, 8, 9
union all
select district_id, place_id, kind, urgency, channel, topic_id, by_id, bida_day(at), measure, count(*)
from inquiries_event, unnest(string_to_array(counted, ' ')) as measure group by 1, 2, 3, 4, 5, 6, 7, 8, 9;
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0013_what_the_figures_count")]

    operations = [
        migrations.RunSQL(TABLES, TABLES_BACK),
        migrations.RunSQL(COUNTED, COUNTED_BACK),
        migrations.RunSQL(TRIGGERS, TRIGGERS_BACK),
        migrations.RunSQL(_policies(), migrations.RunSQL.noop),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
    ]
