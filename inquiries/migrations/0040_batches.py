"""An officer keeps a grid of cards before they are recorded, and nobody else sees it."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

POLICIES = """
alter table inquiries_batch enable row level security;
create policy web on inquiries_batch to bida_web
    using (officer_id = (select bida_officer())) with check (officer_id = (select bida_officer()));
grant select, insert, update on inquiries_batch to bida_web;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0012_indexes_that_are_read"),
        ("inquiries", "0039_exports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("content", models.TextField(blank=True)),
                ("kept_at", models.DateTimeField()),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.datakey",
                    ),
                ),
                (
                    "officer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
