"""A place keeps standard texts, in editions that are never rewritten."""

import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

POLICIES = """
alter table inquiries_standardtext enable row level security;
-- Every place of a district may look at the words of another; only who stands above a place writes for it.
create policy web on inquiries_standardtext to bida_web
    using (bida_own_district(district_id))
    with check (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()));
create policy worker on inquiries_standardtext to bida_worker
    using (bida_works(district_id)) with check (bida_works(district_id));
grant select, insert on inquiries_standardtext to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0011_successors_of_posts"),
        ("inquiries", "0033_owed_at_a_place"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="StandardText",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("line", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("number", models.PositiveIntegerField(verbose_name="edition")),
                ("title", models.CharField(max_length=60, verbose_name="title")),
                ("text", models.TextField(max_length=5000, verbose_name="text")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="withdrawn")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                        verbose_name="district",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standard_texts",
                        to="bureaus.place",
                        verbose_name="place",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inquiries.topic",
                        verbose_name="topic",
                    ),
                ),
            ],
            options={
                "verbose_name": "standard text",
                "verbose_name_plural": "standard texts",
                "indexes": [models.Index(fields=["place", "line", "number"], name="standard_text_of_place")],
                "constraints": [
                    models.UniqueConstraint(fields=("line", "number"), name="standard_text_edition_once"),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="standard_text_counts_from_one"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="standardtext",
            trigger=pgtrigger.compiler.Trigger(
                name="goes_on",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF NEW.number > 1 THEN\n                        PERFORM FROM inquiries_standardtext t\n                            WHERE t.line = NEW.line AND t.number = NEW.number - 1 AND t.place_id = NEW.place_id\n                                AND NOT t.withdrawn;\n                        IF NOT FOUND THEN\n                            RAISE EXCEPTION 'an edition follows the one before it, at the same place'\n                                USING ERRCODE = 'check_violation', CONSTRAINT = 'standard_text_goes_on';\n                        END IF;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="70b2c4ddeafe06ffdb44149c7403deab2cb175bb",
                    operation="INSERT",
                    pgid="pgtrigger_goes_on_e98f1",
                    table="inquiries_standardtext",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="standardtext",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="c08fb4ba9709149328269a4a4a7a420f62ee00f7",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_155d1",
                    table="inquiries_standardtext",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="standardtext",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="0c2ccc87de3c0be880b99b4bd172f7ae8bf4812f",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_5499b",
                    table="inquiries_standardtext",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="standardtext",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="614816c77da4fee38c4ecbada445e1564dd6ba2c",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_f3724",
                    table="inquiries_standardtext",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
