"""A citizen's row can be emptied for ever, and what else was known of her is forgotten with it."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

ERASING = """
-- A number, whoever asks: contact data is not erased behind the back of whoever else acts on it.
create function bida_under_key(key uuid) returns bigint
    language sql stable security definer set search_path = public, pg_temp as $$
    select count(*) from inquiries_inquiry i join inquiries_citizen c on c.id = i.citizen_id where c.key_id = key
$$;
revoke all on function bida_under_key(uuid) from public;
grant execute on function bida_under_key(uuid) to bida_web, bida_worker;

-- The keyed hash of a submission is made of the contact data too, and is its recorder's alone.
create function bida_forget_submissions(erased bigint[]) returns void
    language sql security definer set search_path = public, pg_temp as $$
    update inquiries_submission s set body_hash = ''
    from inquiries_inquiry i join inquiries_citizen c on c.id = i.citizen_id
    where s.inquiry_id = any (erased) and i.id = s.inquiry_id and c.erased_at is not null
$$;
revoke all on function bida_forget_submissions(bigint[]) from public;
grant execute on function bida_forget_submissions(bigint[]) to bida_web, bida_worker;
"""
ERASING_BACK = """
drop function bida_forget_submissions(bigint[]);
drop function bida_under_key(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0029_figures_of_what_is_open")]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="citizen",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="erased"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="citizen",
            trigger=pgtrigger.compiler.Trigger(
                name="erased_for_ever",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."erased_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="daff9d50dcce9e8969732f9c1713f0e4ee041809",
                    operation="UPDATE",
                    pgid="pgtrigger_erased_for_ever_019b2",
                    table="inquiries_citizen",
                    when="BEFORE",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="citizen",
            constraint=models.CheckConstraint(
                name="citizen_erased_holds_nothing",
                condition=models.Q(
                    ("erased_at", None),
                    models.Q(
                        ("address", ""),
                        ("email", ""),
                        ("identity_number", ""),
                        ("masked_name", ""),
                        ("masked_phone", ""),
                        ("name", ""),
                        ("phone", ""),
                        ("phone_hash", ""),
                    ),
                    _connector="OR",
                ),
            ),
        ),
        migrations.RunSQL(ERASING, ERASING_BACK),
    ]
