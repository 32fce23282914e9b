"""A topic counts its edits, so that of two officers who edit it at once the second is told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inquiries", "0049_signed_circulars"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        # The default stays in the database, for a release that does not know the column yet.
        migrations.RunSQL(
            "alter table inquiries_topic add column version integer default 1 not null check (version >= 0)",
            "alter table inquiries_topic drop column version",
            state_operations=[
                migrations.AddField(
                    model_name="topic",
                    name="version",
                    field=models.PositiveIntegerField(default=1, editable=False),
                ),
            ],
        ),
    ]
