"""Of what lies in the box the inside accepts a number that was drawn for it, and no day but that on which it was laid."""

import django.db.models.deletion
from django.db import migrations, models

POLICIES = """
alter table disclosure_drawnreference enable row level security;
create policy worker on disclosure_drawnreference to bida_worker
    using (bida_works(district_id)) with check (bida_works(district_id));
grant select, delete on disclosure_drawnreference to bida_worker;

create or replace function bida_draw_reference(of_district bigint, out year int, out number bigint)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform 1 from bureaus_place p where p.id = of_district and p.kind = 'district';
    if not found then
        raise exception 'references are drawn of districts';
    end if;
    year := extract(year from now() at time zone 'Asia/Shanghai');
    number := bida_next_reference(of_district, year);
    insert into disclosure_drawnreference (district_id, year, number)
        values (of_district, bida_draw_reference.year, bida_draw_reference.number);
end $$;

-- By the clock of this server: not ahead, and minutes back at most, for the clock of the portal's host may be late.
create function bida_laid_now() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    new.at := least(greatest(new.at, now() - interval '5 minutes'), now());
    return new;
end $$;
create trigger laid_now before insert on disclosure_intake for each row execute function bida_laid_now();
"""
BACK = """
drop trigger laid_now on disclosure_intake;
drop function bida_laid_now();
create or replace function bida_draw_reference(of_district bigint, out year int, out number bigint)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform 1 from bureaus_place p where p.id = of_district and p.kind = 'district';
    if not found then
        raise exception 'references are drawn of districts';
    end if;
    year := extract(year from now() at time zone 'Asia/Shanghai');
    number := bida_next_reference(of_district, year);
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0013_rounds_in_states")]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="DrawnReference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("number", models.PositiveBigIntegerField()),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bureaus.place"
                    ),
                ),
            ],
            options={
                "verbose_name": "number drawn by the portal",
                "verbose_name_plural": "numbers drawn by the portal",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "year", "number"), name="reference_drawn_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(POLICIES, BACK),
    ]
