"""A chase says whom it reached; the district may hold the pen to coordinate."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inquiries", "0009_owed_by_a_post"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="chase",
            name="told",
            field=models.JSONField(null=True),
        ),
        migrations.AlterField(
            model_name="pen",
            name="part",
            field=models.CharField(
                choices=[
                    ("dispatcher", "dispatcher"),
                    ("handler", "handler"),
                    ("approver", "approver"),
                    ("citizen", "citizen"),
                    ("coordinate", "coordinator"),
                ],
                max_length=10,
            ),
        ),
    ]
