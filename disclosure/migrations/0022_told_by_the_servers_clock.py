"""A key is told at the moment of this server's clock, as an entry is laid in the box: the two are compared."""

from django.db import migrations

FORTH = """
create function bida_told_now() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    new.made_at := clock_timestamp();
    return new;
end $$;
create trigger told_now before insert or update on disclosure_intakekey
    for each row execute function bida_told_now();
"""
BACK = """
drop trigger told_now on disclosure_intakekey;
drop function bida_told_now();
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0021_results_of_issues")]

    operations = [migrations.RunSQL(FORTH, BACK)]
