import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

GRANTS = """
grant select, insert, update on disclosure_summary to bida_web, bida_worker;
grant usage on all sequences in schema public to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0012_indexes_that_are_read"),
        ("disclosure", "0005_the_day_at_the_booth"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Summary",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("parts", models.JSONField(default=dict)),
                ("version", models.PositiveIntegerField(default=1)),
                ("drafted_at", models.DateTimeField(verbose_name="drafted")),
                ("edited_at", models.DateTimeField(verbose_name="edited")),
                ("frozen", models.JSONField(blank=True, null=True)),
                ("approved_at", models.DateTimeField(null=True, verbose_name="approved")),
                ("approved_although", models.TextField(blank=True, verbose_name="although")),
                ("published_at", models.DateTimeField(null=True, verbose_name="published")),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
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
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="drafted by",
                    ),
                ),
                (
                    "edited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="edited by",
                    ),
                ),
                (
                    "open_day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="summaries",
                        to="disclosure.openday",
                        verbose_name="open day",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                        verbose_name="bureau",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "summary",
                "verbose_name_plural": "summaries",
                "constraints": [
                    models.UniqueConstraint(fields=("open_day", "place"), name="summary_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at", None), ("approved_by", None), ("frozen", None)),
                            models.Q(
                                ("approved_at__isnull", False),
                                ("approved_by__isnull", False),
                                ("frozen__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="summary_approved_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_at", None),
                            models.Q(("approved_at__isnull", False), ("published_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="summary_published_once_approved",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="summary",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen_once_approved",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.approved_at IS NOT NULL AND (OLD.published_at IS NOT NULL OR (to_jsonb(OLD) - 'published_at' - 'published_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'published_at' - 'published_by_id')))",
                    func="RAISE EXCEPTION 'an approved summary stays as it was approved' USING ERRCODE = 'check_violation', CONSTRAINT = 'summary_frozen';",
                    hash="92fb01d640f4297ece8c42212fa078bb23435a1d",
                    operation="UPDATE",
                    pgid="pgtrigger_frozen_once_approved_34a19",
                    table="disclosure_summary",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="summary",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="c004f63e21f3226ae9ba862d79324524b0dada1d",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_75cd6",
                    table="disclosure_summary",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="summary",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="c3cb533a6e334e5356be9089049e1e3e46fe965d",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_d8e5e",
                    table="disclosure_summary",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
