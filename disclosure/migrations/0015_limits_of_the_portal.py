"""What the portal's login calls and adds is bounded: a knock is one, now; an entry is no larger than a form can be."""

from django.db import migrations

LIMITS = """
set local lock_timeout = '5s';
revoke execute on function bida_knock(text, text, timestamptz, int) from bida_portal;
create function bida_knock_outside(of_what text, by_whom text, counted boolean) returns int
    language sql security definer set search_path = public, pg_temp as $$
    select bida_knock(of_what, by_whom, now(), case when counted then 1 else 0 end)
$$;
revoke all on function bida_knock_outside(text, text, boolean) from public;
grant execute on function bida_knock_outside(text, text, boolean) to bida_portal;
-- Five files of ten MiB, twice in base 64, and the words.
alter table disclosure_intake add constraint intake_at_most check (octet_length(sealed) <= 96 * 1024 * 1024);
"""
BACK = """
alter table disclosure_intake drop constraint intake_at_most;
drop function bida_knock_outside(text, text, boolean);
grant execute on function bida_knock(text, text, timestamptz, int) to bida_portal;
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0014_drawn_references")]

    operations = [migrations.RunSQL(LIMITS, BACK)]
