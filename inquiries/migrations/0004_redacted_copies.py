"""A place that investigates a sealed matter sees its redacted copy, and nothing else."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

SEES_DUTY = """
    case when inquiry_id is not null then bida_sees(inquiry_id)
    else place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()) end
"""
READS_DUTY = f"({SEES_DUTY}) or (apart and place_id = any ((select bida_places())::bigint[]) and bida_sees_copy(inquiry_id))"

FUNCTION = """
-- Whether the scope may see a redacted copy that went to one of its places: never the district's office, which stands
-- above every place, and nobody of the office concerned, wherever else they hold a post.
create function bida_sees_copy(inquiry bigint) returns boolean
    language sql stable security definer cost 1000 set search_path = public, pg_temp as $$
    select bida_district() is null and not exists (
        select 1 from inquiries_inquiry i
        join bureaus_place about on about.id = i.about_place_id
        join bureaus_place own on own.id = any (bida_places())
        where i.id = inquiry
            and (string_to_array(trim(both '/' from own.path), '/'))[2]
                = (string_to_array(trim(both '/' from about.path), '/'))[2]
    )
$$;
"""

POLICIES = f"""
drop policy web on inquiries_duty;
create policy web_reads on inquiries_duty for select to bida_web using ({READS_DUTY});
-- Nobody hangs a duty on an inquiry that the scope does not see itself.
create policy web_opens on inquiries_duty for insert to bida_web with check ({SEES_DUTY});
create policy web_does on inquiries_duty for update to bida_web using ({READS_DUTY}) with check ({READS_DUTY});
"""
POLICIES_BACK = f"""
drop policy web_does on inquiries_duty;
drop policy web_opens on inquiries_duty;
drop policy web_reads on inquiries_duty;
create policy web on inquiries_duty to bida_web using ({SEES_DUTY}) with check ({SEES_DUTY});
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inquiries", "0003_pulse"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name="duty",
            name="done_stays_done",
        ),
        migrations.AddField(
            model_name="duty",
            name="apart",
            field=models.BooleanField(db_default=False, default=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="duty",
            trigger=pgtrigger.compiler.Trigger(
                name="done_stays_done",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF (NEW.inquiry_id, NEW.kind, NEW.district_id)\n                        IS DISTINCT FROM (OLD.inquiry_id, OLD.kind, OLD.district_id)\n                    THEN\n                        RAISE EXCEPTION 'a duty stays what it is and where it hangs'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'duty_keeps_its_origin';\n                    END IF;\n                    IF OLD.done_at IS NOT NULL OR NEW.chase_number < OLD.chase_number OR NEW.version < OLD.version\n                    THEN\n                        RAISE EXCEPTION 'what is done stays done, and numbers only rise'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'duty_done_stays_done';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="dc24d042b79acb7ed63c8aa70b08a00ea2137297",
                    operation="UPDATE",
                    pgid="pgtrigger_done_stays_done_98ce5",
                    table="inquiries_duty",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(FUNCTION, "drop function bida_sees_copy(bigint)"),
        migrations.RunSQL(POLICIES, POLICIES_BACK),
    ]
