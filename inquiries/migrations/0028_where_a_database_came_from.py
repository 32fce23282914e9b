"""A restore into the same server, as another database or to an earlier moment, begins a new era of changes too."""

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

update inquiries_changeera set cluster = bida_origin()
    where cluster = (select system_identifier::text from pg_control_system());

create or replace function bida_follow_restore() returns void
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
"""
# What 0027 put there compares a number again.
BACK = """
update inquiries_changeera set cluster = split_part(cluster, '/', 1);
create or replace function bida_follow_restore() returns void
    language plpgsql set search_path = public, pg_temp as $$
declare
    last bigint;
begin
    if (select cluster from inquiries_changeera order by base desc limit 1)
        = (select system_identifier from pg_control_system()) then
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
    insert into inquiries_changeera (base, cluster, restored)
        select last + 8589934592, system_identifier, last from pg_control_system();
end $$;
drop function bida_origin();
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0027_changes_after_a_restore")]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AlterField(model_name="changeera", name="cluster", field=models.CharField(max_length=80)),
        migrations.RunSQL(FOLLOW, BACK),
    ]
