"""The portal reads booklets that are published, and follows a matter by a code that was replaced."""

from django.db import migrations

OUTSIDE = """
-- Of a booklet what is published of it, and no column that names an officer.
create policy portal_reads on disclosure_bookletpublication for select to bida_portal using (withdrawn_at is null);
create policy portal_reads on disclosure_booklet for select to bida_portal using (
    exists (select 1 from disclosure_bookletpublication p where p.booklet_id = disclosure_booklet.id
        and p.withdrawn_at is null));
create policy portal_reads on disclosure_bookletedition for select to bida_portal using (
    exists (select 1 from disclosure_bookletpublication p where p.edition_id = disclosure_bookletedition.id
        and p.withdrawn_at is null));
create policy portal_reads on disclosure_bookletentry for select to bida_portal using (
    exists (select 1 from disclosure_bookletpublication p where p.edition_id = disclosure_bookletentry.edition_id
        and p.withdrawn_at is null));
grant select (edition_id, booklet_id, published_at, withdrawn_at) on disclosure_bookletpublication to bida_portal;
grant select (id, district_id, place_id, title) on disclosure_booklet to bida_portal;
grant select (id, booklet_id, number, made_at) on disclosure_bookletedition to bida_portal;
grant select (id, edition_id, position, version_id) on disclosure_bookletentry to bida_portal;

-- Which items a published edition holds in a version that stands no longer, though they are public in a later one.
create function bida_published_anew(of_edition bigint) returns setof bigint
    language sql stable security definer set search_path = public, pg_temp as $$
    select v.item_id from disclosure_bookletpublication b
        join disclosure_bookletentry e on e.edition_id = b.edition_id
        join disclosure_itemversion v on v.id = e.version_id
        join disclosure_publicitem p on p.item_id = v.item_id and p.current_id <> v.id
        where b.edition_id = of_edition and b.withdrawn_at is null
        order by e.position
$$;
revoke all on function bida_published_anew(bigint) from public;
grant execute on function bida_published_anew(bigint) to bida_web, bida_portal;

-- A replaced code shows nothing outside from the moment in which the new one is given; the new one may, once asked for.
create function bida_code_replaced() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update disclosure_publicstate set digest = 'void ' || new.inquiry_id where inquiry_id = new.inquiry_id;
    return null;
end $$;
create trigger code_replaced after insert on disclosure_newcode for each row execute function bida_code_replaced();
update disclosure_publicstate s set digest = 'void ' || s.inquiry_id
    where exists (select 1 from disclosure_newcode n where n.inquiry_id = s.inquiry_id);
create or replace function bida_public_state(of_district bigint, of_digest text) returns jsonb
    language sql stable security definer set search_path = public, pg_temp as $$
    select coalesce(
        (select s.content from disclosure_publicstate s where s.district_id = of_district and s.digest = of_digest
            and of_digest not like 'void %'),
        (select jsonb_build_object('state', 'waits', 'asked_at', b.at) from disclosure_intake b
            where b.district_id = of_district and b.digest = of_digest and of_digest <> '' limit 1))
$$;
-- The worker counts wrong codes that came by the portal with those of the inside's own pages.
grant execute on function bida_knock(text, text, timestamptz, int) to bida_worker;
"""
BACK = """
revoke execute on function bida_knock(text, text, timestamptz, int) from bida_worker;
create or replace function bida_public_state(of_district bigint, of_digest text) returns jsonb
    language sql stable security definer set search_path = public, pg_temp as $$
    select coalesce(
        (select s.content from disclosure_publicstate s where s.district_id = of_district and s.digest = of_digest
            and not exists (select 1 from disclosure_newcode n where n.inquiry_id = s.inquiry_id)),
        (select jsonb_build_object('state', 'waits', 'asked_at', b.at) from disclosure_intake b
            where b.district_id = of_district and b.digest = of_digest and of_digest <> '' limit 1))
$$;
drop trigger code_replaced on disclosure_newcode;
drop function bida_code_replaced();
drop function bida_published_anew(bigint);
revoke select on disclosure_bookletpublication, disclosure_booklet, disclosure_bookletedition, disclosure_bookletentry
    from bida_portal;
drop policy portal_reads on disclosure_bookletentry;
drop policy portal_reads on disclosure_bookletedition;
drop policy portal_reads on disclosure_booklet;
drop policy portal_reads on disclosure_bookletpublication;
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0018_nobody_deletes")]

    operations = [migrations.RunSQL(OUTSIDE, BACK)]
