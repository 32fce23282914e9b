"""What the tables cannot say alone: composite keys, references, and who sees which rows."""

from django.db import migrations

KEYS = """
set local lock_timeout = '5s';

-- Answered means: this very answer of this very round stands.
alter table inquiries_inquiry add constraint inquiry_answered_by_its_answer
    foreign key (id, round, answered_at) references inquiries_answer (inquiry_id, round, answered_at)
    deferrable initially deferred;

-- A rider points at an inquiry that rides on none: no chain, no cycle, however it is written.
alter table inquiries_inquiry add constraint inquiry_rides_on_a_lead
    foreign key (merged_into_id, lead_rides) references inquiries_inquiry (id, rides);

-- The number of a reference, from a sequence per district and year. Made on first use, so by the owner.
create function bida_next_reference(district bigint, year int) returns bigint
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    name text := format('reference_%s_%s', district, year);
begin
    if to_regclass(format('public.%I', name)) is null then
        execute format('create sequence if not exists public.%I', name);
    end if;
    return nextval(format('public.%I', name));
end $$;
revoke all on function bida_next_reference(bigint, int) from public;
grant execute on function bida_next_reference(bigint, int) to bida_web, bida_worker;

-- Lists page over sight alone, so it carries what they are ordered by. The writer may not see every sight row.
create function bida_copy_to_sight() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update inquiries_sight set open = new.answered_at is null, due_at = new.due_at where inquiry_id = new.id;
    return null;
end $$;
create trigger copy_to_sight after update of answered_at, due_at on inquiries_inquiry for each row
    when (old.answered_at is distinct from new.answered_at or old.due_at <> new.due_at)
    execute function bida_copy_to_sight();
"""

KEYS_BACK = """
drop trigger copy_to_sight on inquiries_inquiry;
drop function bida_copy_to_sight();
drop function bida_next_reference(bigint, int);
alter table inquiries_inquiry drop constraint inquiry_rides_on_a_lead;
alter table inquiries_inquiry drop constraint inquiry_answered_by_its_answer;
"""

FUNCTIONS = """
-- The scope of this transaction; nothing set means nothing.
create function bida_places() returns bigint[] language sql stable set search_path = public, pg_temp as
    $$ select coalesce(nullif(current_setting('bida.places', true), ''), '{}')::bigint[] $$;
create function bida_district() returns bigint language sql stable set search_path = public, pg_temp as
    $$ select case when current_setting('bida.district', true) ~ '^[0-9]+$'
              then current_setting('bida.district', true)::bigint end $$;
create function bida_officer() returns bigint language sql stable set search_path = public, pg_temp as
    $$ select nullif(current_setting('bida.officer', true), '')::bigint $$;
-- What is being recorded is seen by its recorder until the transaction ends, even where it is sealed at once.
create function bida_recording() returns bigint language sql stable set search_path = public, pg_temp as
    $$ select nullif(current_setting('bida.recording', true), '')::bigint $$;
-- The worker's clock: one district, or every one.
create function bida_works(district bigint) returns boolean language sql stable set search_path = public, pg_temp as
    $$ select current_setting('bida.district', true) = 'all' or bida_district() = district $$;

-- Whether the scope sees an inquiry, asked by tables that hang on it. Reads past the policies, answers only yes or no.
create function bida_sees(inquiry bigint) returns boolean
    language sql stable security definer cost 1000 set search_path = public, pg_temp as $$
    select inquiry = bida_recording()
        or exists (
            select 1 from inquiries_sight s
            where s.inquiry_id = inquiry and s.place_id = any (bida_places())
                and (s.officer_id is null or s.officer_id = bida_officer())
        )
        or exists (
            select 1 from inquiries_inquiry i
            where i.id = inquiry and not i.sealed and i.district_id = bida_district()
        )
$$;
"""

FUNCTIONS_BACK = """
drop function bida_sees(bigint);
drop function bida_works(bigint);
drop function bida_recording();
drop function bida_officer();
drop function bida_district();
drop function bida_places();
"""

SEES_INQUIRY = """
    id = (select bida_recording())
    or exists (
        select 1 from inquiries_sight s
        where s.inquiry_id = inquiries_inquiry.id and s.place_id = any ((select bida_places())::bigint[])
            and (s.officer_id is null or s.officer_id = (select bida_officer()))
    )
    or (not sealed and district_id = (select bida_district()))
"""
SEES_SIGHT = """
    (place_id = any ((select bida_places())::bigint[])
        and (officer_id is null or officer_id = (select bida_officer())))
    or bida_sees(inquiry_id)
"""
OF_INQUIRY = "bida_sees(inquiry_id)"
OF_INQUIRY_OR_DUTY = """
    case when inquiry_id is not null then bida_sees(inquiry_id)
    else exists (select 1 from inquiries_duty d where d.id = duty_id) end
"""
SEES_DUTY = """
    case when inquiry_id is not null then bida_sees(inquiry_id)
    else place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()) end
"""
WORKS = "bida_works(district_id)"
WORKS_INQUIRY = "exists (select 1 from inquiries_inquiry i where i.id = inquiry_id)"
WORKS_ASIDE = "current_setting('bida.district', true) = 'all' or " + WORKS_INQUIRY

# table: (web sees, web may write anew although it does not see it yet, worker sees)
TABLES = {
    "inquiry": (SEES_INQUIRY, None, WORKS),
    # Nobody lets a place see what the scope does not see itself.
    "sight": (SEES_SIGHT, OF_INQUIRY, WORKS),
    "answer": (OF_INQUIRY, None, WORKS_INQUIRY),
    "draft": (OF_INQUIRY, None, WORKS_INQUIRY),
    "contact": (OF_INQUIRY, None, WORKS_INQUIRY),
    "rating": (OF_INQUIRY, None, WORKS_INQUIRY),
    "attachment": (OF_INQUIRY, None, WORKS_INQUIRY),
    "pen": (OF_INQUIRY, None, WORKS_INQUIRY),
    "duty": (SEES_DUTY, None, WORKS),
    "chase": (OF_INQUIRY_OR_DUTY, None, WORKS),
    "event": (OF_INQUIRY_OR_DUTY, None, WORKS),
    "setaside": (OF_INQUIRY_OR_DUTY, None, WORKS_ASIDE),
    "citizen": (
        "exists (select 1 from inquiries_inquiry i where i.citizen_id = inquiries_citizen.id)",
        "true",
        WORKS,
    ),
    "submission": ("recorder_id = (select bida_officer())", None, WORKS_INQUIRY),
    "clearreading": (
        "officer_id = (select bida_officer()) or district_id = (select bida_district())",
        "true",
        WORKS,
    ),
    "dailyroot": ("district_id = (select bida_district())", "false", WORKS),
}


def _policies() -> str:
    made = []
    for table, (web, anew, worker) in TABLES.items():
        name = f"inquiries_{table}"
        made.append(f"alter table {name} enable row level security;")
        if anew is None:
            made.append(f"create policy web on {name} to bida_web using ({web}) with check ({web});")
        else:
            made.append(f"create policy web on {name} to bida_web using ({web}) with check ({anew});")
        made.append(f"create policy worker on {name} to bida_worker using ({worker}) with check ({worker});")
    return "\n".join(made)


GRANTS = """
grant select, insert on inquiries_topic, inquiries_rulebook, inquiries_answerrule, inquiries_ladder
    to bida_web, bida_worker;
grant update on inquiries_topic to bida_web;
grant select, insert, update on
    inquiries_inquiry, inquiries_sight, inquiries_draft, inquiries_attachment, inquiries_pen, inquiries_duty,
    inquiries_citizen to bida_web, bida_worker;
grant select, insert on
    inquiries_answer, inquiries_contact, inquiries_rating, inquiries_chase, inquiries_event, inquiries_submission,
    inquiries_clearreading to bida_web, bida_worker;
grant delete on inquiries_sight to bida_web, bida_worker;
grant select, insert, update, delete on inquiries_setaside to bida_worker;
grant select on inquiries_setaside, inquiries_dailyroot to bida_web;
grant select, insert on inquiries_dailyroot to bida_worker;
grant usage on all sequences in schema public to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0001_life_of_an_inquiry")]

    operations = [
        migrations.RunSQL(KEYS, KEYS_BACK),
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        migrations.RunSQL(
            _policies(),
            "\n".join(
                f"drop policy web on inquiries_{t}; drop policy worker on inquiries_{t}; "
                f"alter table inquiries_{t} disable row level security;"
                for t in TABLES
            ),
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
