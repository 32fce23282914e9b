"""Papers have a number per bureau, kind and year, without gaps."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

POLICIES = """
-- The next number. Who asks for one holds the row until her transaction ends, so what is taken back leaves no gap.
create function bida_next_paper(of_bureau bigint, of_kind text, of_year int) returns int
    language sql security definer set search_path = public, pg_temp as $$
    insert into inquiries_papercount (bureau_id, kind, year, last) values (of_bureau, of_kind, of_year, 1)
    on conflict (bureau_id, kind, year) do update set last = inquiries_papercount.last + 1
    returning last
$$;
revoke all on function bida_next_paper(bigint, text, int) from public;
grant execute on function bida_next_paper(bigint, text, int) to bida_web;
alter table inquiries_papercount enable row level security;
alter table inquiries_issuedpaper enable row level security;
create policy web on inquiries_issuedpaper to bida_web
    using (bida_sees(inquiry_id)) with check (bida_sees(inquiry_id));
create policy worker on inquiries_issuedpaper for select to bida_worker using (bida_works(district_id));
grant select, insert on inquiries_issuedpaper to bida_web;
grant select on inquiries_issuedpaper to bida_worker;
"""
BACK = "drop function bida_next_paper(bigint, text, int);"


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0010_tables_of_the_owner_first"),
        ("inquiries", "0031_erased_rows_are_empty"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="PaperCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField()),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bureaus.place"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IssuedPaper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=10, verbose_name="kind")),
                ("about", models.BigIntegerField()),
                ("word", models.CharField(max_length=90)),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("issued_at", models.DateTimeField(verbose_name="issued")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                        verbose_name="bureau",
                    ),
                ),
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
                (
                    "inquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issued_papers",
                        to="inquiries.inquiry",
                        verbose_name="inquiry",
                    ),
                ),
            ],
            options={
                "verbose_name": "issued paper",
                "verbose_name_plural": "issued papers",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("bureau", "kind", "year", "number"), name="paper_number_once"
                    ),
                    models.UniqueConstraint(fields=("inquiry", "kind", "about"), name="paper_issued_once"),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="paper_counts_from_one"
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuedpaper",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="df68a155c084be873512892df108f7e716610d6c",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_01908",
                    table="inquiries_issuedpaper",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuedpaper",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="435424a6a5cb011304e8649ce88e9a02e89588ea",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_b16d6",
                    table="inquiries_issuedpaper",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuedpaper",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="cffa73c8a06fb9eae1d7e6dae47ee7459eb39f70",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_a548e",
                    table="inquiries_issuedpaper",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="papercount",
            constraint=models.UniqueConstraint(fields=("bureau", "kind", "year"), name="paper_count_once"),
        ),
        migrations.RunSQL(POLICIES, BACK),
    ]
