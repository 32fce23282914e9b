"""A scan of what was signed counts as the decision; a callback names the recording of its call."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

GUARD = """
alter table inquiries_signedpaper enable row level security;
create policy web on inquiries_signedpaper to bida_web
    using (bida_sees(inquiry_id)) with check (bida_sees(inquiry_id));
create policy worker on inquiries_signedpaper for select to bida_worker using (bida_works(district_id));
grant select, insert on inquiries_signedpaper to bida_web;
grant select on inquiries_signedpaper to bida_worker;
grant usage on sequence inquiries_signedpaper_id_seq to bida_web;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0012_indexes_that_are_read"),
        ("inquiries", "0040_batches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="rating",
            name="recording",
            field=models.CharField(
                blank=True, db_default="", max_length=60, verbose_name="number of the recording"
            ),
        ),
        migrations.CreateModel(
            name="SignedPaper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("signed_on", models.DateField(verbose_name="signed on")),
                ("entered_at", models.DateTimeField(verbose_name="entered")),
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
                    "duty",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inquiries.duty",
                        verbose_name="duty",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "inquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signed_papers",
                        to="inquiries.inquiry",
                        verbose_name="inquiry",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.post",
                        verbose_name="post",
                    ),
                ),
                (
                    "scan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inquiries.attachment",
                        verbose_name="scan",
                    ),
                ),
                (
                    "signer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="signed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "paper that was signed",
                "verbose_name_plural": "papers that were signed",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signedpaper",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="d6033fe70802c8546ece911724d0b87718b6b9d8",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_d49f5",
                    table="inquiries_signedpaper",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signedpaper",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="5be74f48da8f7b0335e0b4d41f22de619adaa8de",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_e1e4a",
                    table="inquiries_signedpaper",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signedpaper",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="9612a12f8c78ddfbca2449983aa7111a17ca3c52",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_0921e",
                    table="inquiries_signedpaper",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
