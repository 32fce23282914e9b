"""An application says in which form the information is wanted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inquiries", "0050_versions_of_topics"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        # The default stays in the database, for a release that does not know the column yet.
        migrations.RunSQL(
            "alter table inquiries_citizen add column wanted varchar(8) default '' not null",
            "alter table inquiries_citizen drop column wanted",
            state_operations=[
                migrations.AddField(
                    model_name="citizen",
                    name="wanted",
                    field=models.CharField(
                        blank=True,
                        choices=[
                            ("paper", "on paper"),
                            ("email", "by e-mail"),
                            ("copy", "as a copy of the file"),
                            ("viewing", "to read and copy out on the spot"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="form wanted",
                    ),
                ),
            ],
        ),
    ]
