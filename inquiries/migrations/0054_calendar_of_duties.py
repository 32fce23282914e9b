"""A duty keeps the calendar that it was measured by, so that it follows an edit of it as an inquiry does."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0016_edits_of_accounts_and_keys"),
        ("inquiries", "0053_pulse_of_what_is_set_aside"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="duty",
            name="calendar_version",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="bureaus.calendarversion",
            ),
        ),
    ]
