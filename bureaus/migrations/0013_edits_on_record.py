"""Each edit of what a district sets up is on record."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

POLICIES = """
alter table bureaus_edit enable row level security;
create policy edit_read on bureaus_edit for select to bida_web
    using (bida_own_district(district_id) or by_id::text = current_setting('bida.officer', true));
create policy edit_made on bureaus_edit for insert to bida_web
    with check (by_id::text = current_setting('bida.officer', true));
create policy edit_worker on bureaus_edit for select to bida_worker
    using (current_setting('bida.district', true) in (district_id::text, 'all'));
grant select, insert on bureaus_edit to bida_web;
grant select on bureaus_edit to bida_worker;
grant usage on sequence bureaus_edit_id_seq to bida_web;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0012_indexes_that_are_read"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Edit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("place_opened", "place opened"),
                            ("place_renamed", "place renamed"),
                            ("place_abolished", "place abolished"),
                            ("places_merged", "places merged"),
                            ("place_split", "place split"),
                            ("place_moved", "place moved"),
                            ("hotline_published", "hotline published"),
                            ("hotline_changed", "hotline changed"),
                            ("post_opened", "post opened"),
                            ("tenure_begun", "tenure begun"),
                            ("tenure_ended", "tenure ended"),
                            ("absence_noted", "absence noted"),
                            ("officer_disabled", "account disabled"),
                            ("turn_listed", "turn put on the duty roster"),
                            ("turn_dropped", "turn taken off the duty roster"),
                            ("topic_opened", "topic added"),
                            ("topic_changed", "topic changed"),
                            ("topic_retired", "topic retired"),
                            ("topic_restored", "topic taken up again"),
                        ],
                        max_length=20,
                        verbose_name="edit",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("named", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                        verbose_name="district",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="edits",
                        to="bureaus.place",
                        verbose_name="place",
                    ),
                ),
            ],
            options={
                "verbose_name": "edit",
                "verbose_name_plural": "edits",
                "indexes": [models.Index(fields=["district", "-id"], name="edit_of_district")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edit",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="4f6392a06fa8f19d901c016009614ba4691f8af8",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_2a0c7",
                    table="bureaus_edit",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edit",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="d75e44cb8a9e3afadbefa46e08a9a01aa8743e4d",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_d0c33",
                    table="bureaus_edit",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edit",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="5c2fdcd1ed71a7f128980b18c71d109699e766cc",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_12544",
                    table="bureaus_edit",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
