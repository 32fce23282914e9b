"""A district says of which answers it asks the citizen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0006_notices"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="districtsettings",
            name="callbacks",
            field=models.CharField(
                choices=[
                    ("none", "of none"),
                    ("flagged", "of those that did not solve it or follow dissatisfaction"),
                    ("every", "of every one"),
                ],
                db_default="flagged",
                default="flagged",
                max_length=8,
                verbose_name="callbacks are owed",
            ),
        ),
    ]
