"""Two who record the first question of a year at once both get a number."""

from django.db import migrations

BODY = """
create or replace function bida_next_reference(district bigint, year int) returns bigint
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    name text := format('reference_%s_%s', district, year);
begin
    if to_regclass(format('public.%I', name)) is null then
{lock}        execute format('create sequence if not exists public.%I', name);
    end if;
    return nextval(format('public.%I', name));
end $$;
"""
# "if not exists" looks before it waits, so the second of two would fail on the catalogue's own key.
LOCK = "        perform pg_advisory_xact_lock(7310003, hashtext(name));\n"


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0011_what_a_place_holds")]

    operations = [migrations.RunSQL(BODY.replace("{lock}", LOCK), BODY.replace("{lock}", ""))]
