"""What each written row asks is planned once a connection, not once a row; what it means has not changed.

A function in SQL that has settings of its own is planned anew at each statement that calls it: recording one question
spent half of its time in the database so. In PL/pgSQL the plan is kept; without settings a single expression is
taken into the statement around it. Names are given with their schema instead.
"""

from django.db import migrations

KEPT = r"""
set local lock_timeout = '5s';

create or replace function bida_places() returns bigint[] language sql stable parallel safe
    return coalesce(nullif(current_setting('bida.places', true), ''), '{}')::bigint[];
create or replace function bida_district() returns bigint language sql stable parallel safe
    return case when current_setting('bida.district', true) ~ '^[0-9]+$'
        then current_setting('bida.district', true)::bigint end;
create or replace function bida_officer() returns bigint language sql stable parallel safe
    return nullif(current_setting('bida.officer', true), '')::bigint;
create or replace function bida_recording() returns bigint language sql stable parallel safe
    return nullif(current_setting('bida.recording', true), '')::bigint;
create or replace function bida_works(district bigint) returns boolean language sql stable parallel safe
    return current_setting('bida.district', true) = 'all' or public.bida_district() = district;
alter function bida_places() reset all;
alter function bida_district() reset all;
alter function bida_officer() reset all;
alter function bida_recording() reset all;
alter function bida_works(bigint) reset all;

create or replace function bida_sees(inquiry bigint) returns boolean
    language plpgsql stable security definer cost 1000 set search_path = public, pg_temp as $$
begin
    if inquiry = bida_recording() then
        return true;
    end if;
    return exists (
        select 1 from inquiries_sight s
        where s.inquiry_id = inquiry and s.place_id = any (bida_places())
            and (s.officer_id is null or s.officer_id = bida_officer())
    ) or exists (
        select 1 from inquiries_inquiry i
        where i.id = inquiry and not i.sealed and i.district_id = bida_district()
    );
end $$;

create or replace function bida_cohort(i inquiries_inquiry) returns text[]
    language plpgsql immutable parallel safe as $$
begin
    return array_remove(array[
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
    ] end, null);
end $$;
alter function bida_cohort(inquiries_inquiry) reset all;

create or replace function bida_plain(words text) returns text language sql immutable parallel safe
    return lower(normalize(coalesce(words, ''), NFKC));
alter function bida_plain(text) reset all;
create or replace function bida_terms(words text) returns text[]
    language plpgsql immutable parallel safe set search_path = public, pg_temp as $$
declare
    plain text := bida_plain(words);
begin
    return coalesce((select array_agg(distinct term) from (
        select substr(m[1], n, 2) as term from regexp_matches(plain,
            '[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+', 'g') m,
            generate_series(1, char_length(m[1]) - 1) n
        union all
        select left(m[1], 60) from regexp_matches(plain,
            '[^\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u2bff\u3000-\u303f'
            '\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe10-\ufe6f\U00020000-\U0003ffff]+', 'g') m
    ) found), '{}');
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0023_countings")]

    operations = [migrations.RunSQL(KEPT, migrations.RunSQL.noop)]
