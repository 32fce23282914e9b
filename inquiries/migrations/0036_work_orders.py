"""Files that came in are known again, and what each work order said when it was last read."""

import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

POLICIES = """
alter table inquiries_ledgerfile enable row level security;
create policy web on inquiries_ledgerfile to bida_web
    using (district_id = (select bida_district())) with check (district_id = (select bida_district()));
create policy worker on inquiries_ledgerfile to bida_worker
    using (bida_works(district_id)) with check (bida_works(district_id));
grant select, insert on inquiries_ledgerfile to bida_web, bida_worker;
alter table inquiries_workorder enable row level security;
create policy web on inquiries_workorder to bida_web
    using (bida_sees(inquiry_id)) with check (bida_sees(inquiry_id));
create policy worker on inquiries_workorder to bida_worker
    using (exists (select from inquiries_inquiry i where i.id = inquiry_id))
    with check (exists (select from inquiries_inquiry i where i.id = inquiry_id));
grant select, insert, update on inquiries_workorder to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0011_successors_of_posts"),
        ("inquiries", "0035_indexes_that_are_read"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="WorkOrder",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("said", models.JSONField(default=dict)),
                ("read_at", models.DateTimeField()),
                (
                    "inquiry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="work_order",
                        to="inquiries.inquiry",
                    ),
                ),
            ],
            options={
                "verbose_name": "work order",
                "verbose_name_plural": "work orders",
            },
        ),
        migrations.CreateModel(
            name="LedgerFile",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "holds",
                    models.CharField(
                        choices=[("history", "matters of before"), ("work_orders", "12345 work orders")],
                        max_length=12,
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                ("digest", models.CharField(max_length=64)),
                ("lines", models.PositiveIntegerField()),
                ("columns", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bureaus.place"
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a ledger",
                "verbose_name_plural": "files of ledgers",
                "indexes": [models.Index(fields=["district", "digest"], name="ledger_file_by_digest")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ledgerfile",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="0a603057bfbf7af7579daaa541ab2ecda92f5ea9",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_77c55",
                    table="inquiries_ledgerfile",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ledgerfile",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="090253adfde49e1e72f38ae0d77094053a0873fb",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_18334",
                    table="inquiries_ledgerfile",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ledgerfile",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="e40e75f16dfbc240c56c7cf0751d837fff2d2d77",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_bfd05",
                    table="inquiries_ledgerfile",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workorder",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="b63571b2a9ff203be995a0816b62c4c0510fb381",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_87490",
                    table="inquiries_workorder",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workorder",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="a5022a1bcc9ca41cae123a9881dd5cf843f655b4",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_8ec93",
                    table="inquiries_workorder",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
