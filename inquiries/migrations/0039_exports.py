"""Lists that go out as files: for who asked, written by the worker."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

POLICIES = """
alter table inquiries_export enable row level security;
create policy web on inquiries_export to bida_web
    using (officer_id = (select bida_officer())) with check (officer_id = (select bida_officer()));
create policy worker on inquiries_export to bida_worker using (bida_works(district_id));
grant select, insert on inquiries_export to bida_web;
grant select, update, delete on inquiries_export to bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0011_successors_of_posts"),
        ("inquiries", "0038_acts_on_many"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[("today", "Today"), ("search", "Search"), ("behind", "Behind a number")],
                        max_length=8,
                        verbose_name="list",
                    ),
                ),
                (
                    "form",
                    models.CharField(
                        choices=[("xlsx", "Excel"), ("csv", "CSV")], max_length=4, verbose_name="kind of file"
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                (
                    "inquiry_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("total", models.PositiveIntegerField()),
                ("written", models.PositiveIntegerField(default=0, verbose_name="rows written")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("held_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("done_at", models.DateTimeField(null=True, verbose_name="done")),
                (
                    "places",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("whole_district", models.BooleanField(default=False)),
                ("stored_as", models.CharField(blank=True, max_length=200)),
                ("size", models.PositiveBigIntegerField(default=0)),
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
                        null=True,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.datakey",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)), fields=["asked_at"], name="export_waits"
                    ),
                    models.Index(fields=["officer", "-asked_at"], name="export_of_officer"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("key", None), ("stored_as", "")),
                            models.Q(("done_at__isnull", False), ("key__isnull", False)),
                            _connector="OR",
                        ),
                        name="export_file_when_done",
                    )
                ],
            },
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
