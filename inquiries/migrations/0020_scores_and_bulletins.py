"""A district weighs its score and freezes its bulletins; neither is changed afterwards."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

GUARD = """
alter table inquiries_scoreweights enable row level security;
create policy web on inquiries_scoreweights to bida_web
    using (exists (select 1 from bureaus_place p where p.id = any ((select bida_places())::bigint[])
        and coalesce(p.district_id, p.id) = inquiries_scoreweights.district_id))
    with check (district_id = (select bida_district()));
create policy worker on inquiries_scoreweights to bida_worker
    using (bida_works(district_id)) with check (bida_works(district_id));
alter table inquiries_bulletin enable row level security;
create policy web on inquiries_bulletin to bida_web
    using (district_id = (select bida_district())) with check (district_id = (select bida_district()));
create policy worker on inquiries_bulletin to bida_worker
    using (bida_works(district_id)) with check (bida_works(district_id));
grant select, insert on inquiries_scoreweights, inquiries_bulletin to bida_web, bida_worker;
grant usage on sequence inquiries_scoreweights_id_seq, inquiries_bulletin_id_seq to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0008_api_keys"),
        ("inquiries", "0019_callback_draws"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ScoreWeights",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="edition")),
                ("weights", models.JSONField(verbose_name="weights")),
                (
                    "ranked_from",
                    models.PositiveIntegerField(default=10, verbose_name="ranked from so many inquiries"),
                ),
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
            ],
            options={
                "verbose_name": "edition of the score's weights",
                "verbose_name_plural": "editions of the score's weights",
            },
        ),
        migrations.CreateModel(
            name="Bulletin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("first_on", models.DateField(verbose_name="first day")),
                ("last_on", models.DateField(verbose_name="last day")),
                ("figures", models.JSONField(verbose_name="figures")),
                ("definitions", models.JSONField(verbose_name="definitions")),
                ("version", models.CharField(max_length=20, verbose_name="version")),
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
            ],
            options={
                "verbose_name": "bulletin",
                "verbose_name_plural": "bulletins",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "year", "number"), name="bulletin_number_once"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bulletin",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="be21c6abebaa4f47452fda7dbf31e35646cd5f30",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_56820",
                    table="inquiries_bulletin",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bulletin",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="8e7b990b3b620a09ab6006fbb28e5640c29decae",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_fdf3e",
                    table="inquiries_bulletin",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bulletin",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="fa5472da17ce6b825f83717f1ba42c716f808583",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_0b25a",
                    table="inquiries_bulletin",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="scoreweights",
            constraint=models.UniqueConstraint(fields=("district", "number"), name="score_weights_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="scoreweights",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="23d316b7cbf1487b7dd1efc52d22cfed79f63930",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_085f9",
                    table="inquiries_scoreweights",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="scoreweights",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="85d3abf96d2f0324f4df3b95dfa2fd0add3cd3b8",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_4be46",
                    table="inquiries_scoreweights",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="scoreweights",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="9fe2072cd39e75fc7888890d3da8c9715b576763",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_b037e",
                    table="inquiries_scoreweights",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
