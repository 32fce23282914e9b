"""The clock forgets the grids of cards that nobody went on with."""

from django.db import migrations

FORGETTING = """
create policy worker on inquiries_batch to bida_worker using (bida_works(district_id));
grant select, delete on inquiries_batch to bida_worker;
"""
FORGETTING_BACK = """
revoke select, delete on inquiries_batch from bida_worker;
drop policy worker on inquiries_batch;
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0046_grounds_that_fit")]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(FORGETTING, FORGETTING_BACK),
    ]
