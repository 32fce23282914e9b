"""The health page knows since when rows are set aside: where every row is, nothing else is late.

All of them are counted, those too that are about to be tried again.
"""

from django.db import migrations

PULSE = """
set local lock_timeout = '5s';
drop function bida_pulse(timestamptz);
create function bida_pulse(
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
revoke all on function bida_pulse(timestamptz) from public;
grant execute on function bida_pulse(timestamptz) to bida_web, bida_worker;
"""

PULSE_BACK = """
set local lock_timeout = '5s';
drop function bida_pulse(timestamptz);
create function bida_pulse(at timestamptz, out chase_at timestamptz, out message_at timestamptz, out set_aside bigint)
    language sql stable security definer set search_path = public, pg_temp as $$
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
        (select count(*) from inquiries_setaside a where a.retry_at > at)
$$;
revoke all on function bida_pulse(timestamptz) from public;
grant execute on function bida_pulse(timestamptz) to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0052_seeds_from_roots")]

    operations = [migrations.RunSQL(PULSE, PULSE_BACK)]
