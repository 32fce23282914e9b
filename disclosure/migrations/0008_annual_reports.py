"""Yearly reports: a draft is of its place and of the district's office, an approved one of the whole district."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

POLICIES = """
alter table disclosure_annualreport enable row level security;
create policy web_reads on disclosure_annualreport for select to bida_web
    using (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district())
        or (approved_at is not null and bida_own_district(district_id)));
create policy web_adds on disclosure_annualreport for insert to bida_web
    with check (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()));
create policy web_changes on disclosure_annualreport for update to bida_web
    using (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()))
    with check (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()));
create policy worker on disclosure_annualreport for select to bida_worker using (bida_works(district_id));
grant select, insert, update on disclosure_annualreport to bida_web;
grant select on disclosure_annualreport to bida_worker;
grant usage on all sequences in schema public to bida_web, bida_worker;
"""
POLICIES_BACK = """
drop policy worker on disclosure_annualreport;
drop policy web_changes on disclosure_annualreport;
drop policy web_adds on disclosure_annualreport;
drop policy web_reads on disclosure_annualreport;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0013_edits_on_record"),
        ("disclosure", "0007_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="AnnualReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("cells", models.JSONField(default=dict)),
                ("parts", models.JSONField(default=dict)),
                ("version", models.PositiveIntegerField(default=1)),
                ("edited_at", models.DateTimeField(verbose_name="edited")),
                ("frozen", models.JSONField(blank=True, null=True)),
                ("approved_at", models.DateTimeField(null=True, verbose_name="approved")),
                ("approved_although", models.TextField(blank=True, verbose_name="although")),
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
                    "edited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="edited by",
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
            ],
            options={
                "verbose_name": "yearly report",
                "verbose_name_plural": "yearly reports",
                "constraints": [
                    models.UniqueConstraint(fields=("place", "year"), name="annual_report_once"),
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
                        name="annual_report_approved_whole",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="annualreport",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen_once_approved",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.approved_at IS NOT NULL)",
                    func="RAISE EXCEPTION 'an approved report stays as it was approved' USING ERRCODE = 'check_violation', CONSTRAINT = 'annual_report_frozen';",
                    hash="0d14609e42930d4acd70067dffa358f82abd28d2",
                    operation="UPDATE",
                    pgid="pgtrigger_frozen_once_approved_e2563",
                    table="disclosure_annualreport",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="annualreport",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="a021a7cdd862c381e90754c18ad1d44fb6d7e3e0",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_2646f",
                    table="disclosure_annualreport",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="annualreport",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="1f1cb78218fced4956e0649b2c4cdcb7a88cd26f",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_ebf9b",
                    table="disclosure_annualreport",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(POLICIES, POLICIES_BACK),
    ]
