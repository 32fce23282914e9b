"""A copy that a client keeps goes on after a restore, whose cluster counts transactions anew."""

from django.db import migrations, models

FOLLOW = """
-- A dump is restored into another database, a base backup to a moment after which its server counts a new time line.
create function bida_origin() returns text
    language sql stable set search_path = public, pg_temp as $$
    select concat_ws('/', (select system_identifier from pg_control_system()),
        (select oid from pg_database where datname = current_database()),
        (select timeline_id from pg_control_checkpoint()))
$$;
revoke all on function bida_origin() from public;

insert into inquiries_changeera (base, cluster, restored) values (0, bida_origin(), 0);

create or replace function bida_note_change() returns trigger
    language plpgsql set search_path = public, pg_temp as $$
begin
    new.changed_xid := coalesce((select max(base) from inquiries_changeera), 0) + pg_current_xact_id()::text::bigint;
    return new;
end $$;

create or replace function bida_note_gone() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    xid bigint := coalesce((select max(base) from inquiries_changeera), 0) + pg_current_xact_id()::text::bigint;
begin
    if tg_table_name = 'inquiries_sight' then
        insert into inquiries_tombstone (district_id, place_id, inquiry_id, changed_xid, at)
            values (old.district_id, (to_jsonb(old) ->> 'place_id')::bigint, (to_jsonb(old) ->> 'inquiry_id')::bigint,
                xid, now());
    else
        insert into inquiries_tombstone (district_id, place_id, inquiry_id, changed_xid, at)
            values (old.district_id, null, old.id, xid, now());
    end if;
    return null;
end $$;

-- Called by every migrate. The new base leaves room above what was restored for all that a restore can have lost, so
-- that a copy which knows of lost changes shows by its cursor.
create function bida_follow_restore() returns void
    language plpgsql set search_path = public, pg_temp as $$
declare
    last bigint;
begin
    if (select cluster from inquiries_changeera order by base desc limit 1) = bida_origin() then
        return;
    end if;
    select greatest(
        (select coalesce(max(base), 0) from inquiries_changeera),
        (select max(newest.changed_xid) from bureaus_place district, lateral (
            select changed_xid from inquiries_inquiry where district_id = district.id
            order by changed_xid desc limit 1) newest),
        (select max(newest.changed_xid) from bureaus_place district, lateral (
            select changed_xid from inquiries_tombstone where district_id = district.id
            order by changed_xid desc limit 1) newest)
    ) into last;
    insert into inquiries_changeera (base, cluster, restored) values (last + 8589934592, bida_origin(), last);
end $$;
revoke all on function bida_follow_restore() from public;
grant select on inquiries_changeera to bida_web, bida_worker;
"""
BACK = """
drop function bida_follow_restore();
drop function bida_origin();
create or replace function bida_note_change() returns trigger
    language plpgsql set search_path = public, pg_temp as $$
begin
    new.changed_xid := pg_current_xact_id()::text::bigint;
    return new;
end $$;
create or replace function bida_note_gone() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    xid bigint := pg_current_xact_id()::text::bigint;
begin
    if tg_table_name = 'inquiries_sight' then
        insert into inquiries_tombstone (district_id, place_id, inquiry_id, changed_xid, at)
            values (old.district_id, (to_jsonb(old) ->> 'place_id')::bigint, (to_jsonb(old) ->> 'inquiry_id')::bigint,
                xid, now());
    else
        insert into inquiries_tombstone (district_id, place_id, inquiry_id, changed_xid, at)
            values (old.district_id, null, old.id, xid, now());
    end if;
    return null;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0026_lists_at_any_size")]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="ChangeEra",
            fields=[
                ("base", models.BigIntegerField(primary_key=True, serialize=False)),
                ("cluster", models.CharField(max_length=80)),
                ("restored", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(FOLLOW, BACK),
    ]
