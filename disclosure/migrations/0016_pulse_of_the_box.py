"""What waits in the intake box for over ten minutes counts as set aside, whatever holds it up: the health page shows it.

A later edition of bida_pulse has to keep it.
"""

from django.db import migrations

PULSE = """
set local lock_timeout = '5s';
create or replace function bida_pulse(
    at timestamptz,
    out chase_at timestamptz, out message_at timestamptz, out set_aside bigint, out set_aside_at timestamptz
) language sql stable security definer set search_path = public, pg_temp as $$
    select
        (select min(next_chase_at) from (
            select next_chase_at from inquiries_inquiry i where next_chase_at <= at and not exists (
                select 1 from inquiries_setaside a where a.inquiry_id = i.id and a.retry_at > at)
            union all
            select next_chase_at from inquiries_duty d where next_chase_at <= at and not exists (
                select 1 from inquiries_setaside a where a.duty_id = d.id and a.retry_at > at)
        ) due),
        (select min(next_try_at) from bureaus_message
            where state in ('pending', 'sending') and next_try_at <= at),
        count(*), min(waits.since)
    from (
        select s.since from inquiries_setaside s
        union all
        select b.at from disclosure_intake b where b.at < bida_pulse.at - interval '10 minutes'
    ) waits
$$;
"""
BACK = """
create or replace function bida_pulse(
    at timestamptz,
    out chase_at timestamptz, out message_at timestamptz, out set_aside bigint, out set_aside_at timestamptz
) language sql stable security definer set search_path = public, pg_temp as $$
    select
        (select min(next_chase_at) from (
            select next_chase_at from inquiries_inquiry i where next_chase_at <= at and not exists (
                select 1 from inquiries_setaside a where a.inquiry_id = i.id and a.retry_at > at)
            union all
            select next_chase_at from inquiries_duty d where next_chase_at <= at and not exists (
                select 1 from inquiries_setaside a where a.duty_id = d.id and a.retry_at > at)
        ) due),
        (select min(next_try_at) from bureaus_message
            where state in ('pending', 'sending') and next_try_at <= at),
        count(*), min(since)
    from inquiries_setaside
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("disclosure", "0015_limits_of_the_portal"),
        ("inquiries", "0053_pulse_of_what_is_set_aside"),
    ]

    operations = [migrations.RunSQL(PULSE, BACK)]
