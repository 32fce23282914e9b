"""A day is public too once the answer to an issue that people raised there is: whoever published it was told so."""

from django.db import migrations

PUBLIC = """
create or replace function bida_day_is_public(day bigint) returns boolean
    language sql stable security definer set search_path = public, pg_temp as $$
    select exists (select 1 from disclosure_openday d where d.id = day and (d.is_history
        or exists (select 1 from disclosure_dayplan p where p.open_day_id = d.id and p.place_id = d.district_id
            and p.handed_in_at is not null)
        or exists (select 1 from disclosure_summary s where s.open_day_id = d.id and s.published_at is not null)
        or exists (select 1 from disclosure_issuepublication p join disclosure_hotissue i on i.id = p.issue_id
            join disclosure_booth b on b.id = i.booth_id
            where b.open_day_id = d.id and p.withdrawn_at is null and i.taken_back_at is null)))
$$;
"""
BACK = """
create or replace function bida_day_is_public(day bigint) returns boolean
    language sql stable security definer set search_path = public, pg_temp as $$
    select exists (select 1 from disclosure_openday d where d.id = day and (d.is_history
        or exists (select 1 from disclosure_dayplan p where p.open_day_id = d.id and p.place_id = d.district_id
            and p.handed_in_at is not null)
        or exists (select 1 from disclosure_summary s where s.open_day_id = d.id and s.published_at is not null)))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0023_one_duty_for_the_box")]

    operations = [migrations.RunSQL(PUBLIC, BACK)]
