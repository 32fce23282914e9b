"""How much a post owes is a number for whoever keeps posts, sealed matters counted: else one could be left behind."""

from django.db import migrations

OWED = """
create function bida_owed_by(post bigint) returns bigint
    language sql stable security definer set search_path = public, pg_temp as $$
    select (select count(*) from inquiries_inquiry i where i.post_id = post and i.answered_at is null)
        + (select count(*) from inquiries_duty d where d.post_id = post and d.done_at is null)
$$;
revoke all on function bida_owed_by(bigint) from public;
grant execute on function bida_owed_by(bigint) to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0008_steps_once_by_key")]

    operations = [migrations.RunSQL(OWED, "drop function bida_owed_by(bigint)")]
