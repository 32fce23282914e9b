"""How much is open at a place and below it is a number for whoever abolishes it, sealed matters too."""

from django.db import migrations

OWED = """
create function bida_owed_at(beginning text) returns table (inquiries bigint, duties bigint)
    language sql stable security definer set search_path = public, pg_temp as $$
    select
        (select count(*) from inquiries_inquiry i join bureaus_place p on p.id = i.holder_id
            where p.path like beginning || '%' and i.answered_at is null),
        (select count(*) from inquiries_duty d join bureaus_place p on p.id = d.place_id
            where p.path like beginning || '%' and d.done_at is null)
$$;
revoke all on function bida_owed_at(text) from public;
grant execute on function bida_owed_at(text) to bida_web, bida_worker;
grant update (bureau_id) on inquiries_subscription to bida_web;
"""
BACK = """
revoke update (bureau_id) on inquiries_subscription from bida_web;
drop function bida_owed_at(text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0011_successors_of_posts"),
        ("inquiries", "0032_papers_by_number"),
    ]

    operations = [migrations.RunSQL(OWED, BACK)]
