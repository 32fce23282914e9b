"""Figures that take too long to wait for: a reader's question, and its reading once it is counted."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

POLICIES = """
alter table inquiries_counting enable row level security;
create policy web on inquiries_counting to bida_web using (
    (places is null and district_id = (select bida_district())) or places <@ (select bida_places())::bigint[]);
create policy worker on inquiries_counting to bida_worker using (bida_works(district_id));
grant select, insert on inquiries_counting to bida_web;
grant select, update, delete on inquiries_counting to bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0008_api_keys"),
        ("inquiries", "0022_received_on"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Counting",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("asked_by", models.CharField(max_length=40)),
                (
                    "places",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), null=True, size=None
                    ),
                ),
                ("figure", models.CharField(max_length=40, verbose_name="figure")),
                ("question", models.JSONField(verbose_name="question")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("done_at", models.DateTimeField(null=True, verbose_name="done")),
                ("reading", models.JSONField(null=True, verbose_name="reading")),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bureaus.place"
                    ),
                ),
            ],
            options={
                "verbose_name": "counting",
                "verbose_name_plural": "countings",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)), fields=["asked_at"], name="counting_waits"
                    )
                ],
            },
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
