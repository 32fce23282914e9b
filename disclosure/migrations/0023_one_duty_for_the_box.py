"""What waits in the intake box hangs on one duty of its district: a flood of it is one matter to look into."""

import django.db.models.deletion
from django.db import migrations, models

# What the office has ended stays ended; all else hangs on the oldest that is open, and the worker ends the others.
STANDS = """
update disclosure_intake i set duty_id = (
    select d.id from inquiries_duty d
    where d.kind = 'take_in' and d.district_id = i.district_id and (d.done_at is null or d.subject = i.id::text)
    order by d.done_at nulls last, d.id limit 1
) where i.tries >= 3;
set constraints all immediate;
"""
BACK = """
alter policy portal_hands_in on disclosure_intake with check (tries = 0 and trouble = '');
"""
POLICY = """
alter policy portal_hands_in on disclosure_intake with check (tries = 0 and trouble = '' and duty_id is null);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("disclosure", "0022_told_by_the_servers_clock"),
        ("inquiries", "0055_nobody_deletes"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="intake",
            name="duty",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inquiries.duty",
            ),
        ),
        migrations.RunSQL(POLICY, BACK),
        migrations.RunSQL(STANDS, migrations.RunSQL.noop),
    ]
