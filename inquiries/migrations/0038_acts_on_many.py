"""Acts on many inquiries: what became of each row, for who confirmed it."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

POLICIES = """
alter table inquiries_bulkact enable row level security;
create policy web on inquiries_bulkact to bida_web
    using (officer_id = (select bida_officer())) with check (officer_id = (select bida_officer()));
grant select, insert, update, delete on inquiries_bulkact to bida_web;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0011_successors_of_posts"),
        ("inquiries", "0037_bulletins_by_steps"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="BulkAct",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("act", models.CharField(max_length=40, verbose_name="act")),
                ("begun_at", models.DateTimeField()),
                ("results", models.JSONField(default=dict)),
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
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "act on many inquiries",
                "verbose_name_plural": "acts on many inquiries",
            },
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
