"""Booklets: public items bound into one paper, each edition as it was put together."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from bureaus.migrating import InOneStep

POLICIES = """
alter table disclosure_booklet enable row level security;
alter table disclosure_bookletedition enable row level security;
alter table disclosure_bookletentry enable row level security;
create policy web on disclosure_booklet to bida_web
    using (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()))
    with check (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()));
create policy web on disclosure_bookletedition to bida_web
    using (exists (select 1 from disclosure_booklet b where b.id = booklet_id))
    with check (exists (select 1 from disclosure_booklet b where b.id = booklet_id));
create policy web on disclosure_bookletentry to bida_web
    using (exists (select 1 from disclosure_bookletedition e where e.id = edition_id))
    with check (exists (select 1 from disclosure_bookletedition e where e.id = edition_id)
        and exists (select 1 from disclosure_itemversion v where v.id = version_id));
create policy worker on disclosure_booklet for select to bida_worker using (bida_works(district_id));
create policy worker on disclosure_bookletedition for select to bida_worker
    using (exists (select 1 from disclosure_booklet b where b.id = booklet_id));
create policy worker on disclosure_bookletentry for select to bida_worker
    using (exists (select 1 from disclosure_bookletedition e where e.id = edition_id));
grant select, insert on disclosure_booklet, disclosure_bookletedition, disclosure_bookletentry to bida_web;
grant select on disclosure_booklet, disclosure_bookletedition, disclosure_bookletentry to bida_worker;
grant usage on all sequences in schema public to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0014_edits_of_settings"),
        ("disclosure", "0008_annual_reports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Booklet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="title")),
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
                    "material",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="booklet",
                        to="disclosure.material",
                        verbose_name="material",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="booklets",
                        to="bureaus.place",
                        verbose_name="published by",
                    ),
                ),
            ],
            options={
                "verbose_name": "booklet",
                "verbose_name_plural": "booklets",
            },
        ),
        migrations.CreateModel(
            name="BookletEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                (
                    "booklet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="disclosure.booklet",
                        verbose_name="booklet",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
            ],
            options={
                "verbose_name": "edition of a booklet",
                "verbose_name_plural": "editions of booklets",
            },
        ),
        migrations.CreateModel(
            name="BookletEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "edition",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="disclosure.bookletedition",
                        verbose_name="edition",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="disclosure.itemversion",
                        verbose_name="published version",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of a booklet",
                "verbose_name_plural": "entries of booklets",
            },
        ),
        InOneStep(
            migrations.AddConstraint(
                model_name="booklet",
                constraint=models.CheckConstraint(
                    condition=models.Q(("title", ""), _negated=True), name="booklet_has_a_title"
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="booklet",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                        hash="e7b20ff436fcf485826cb5d119ebc3ed346ed279",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_ebe72",
                        table="disclosure_booklet",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="booklet",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="ce577f88e37d61963ebc779c6dd39e5c0e5fb213",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_4185a",
                        table="disclosure_booklet",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="booklet",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="cee9fa4a7d0bd9168c4dd6ce76c750e24c135db7",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_cf890",
                        table="disclosure_booklet",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="bookletedition",
                constraint=models.UniqueConstraint(fields=("booklet", "number"), name="booklet_edition_once"),
            ),
            migrations.AddConstraint(
                model_name="bookletedition",
                constraint=models.CheckConstraint(
                    condition=models.Q(("number__gte", 1)), name="booklet_edition_from_one"
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bookletedition",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                        hash="98bf8d3d25b47f594a654d1db725a75fc50e9967",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_badb2",
                        table="disclosure_bookletedition",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bookletedition",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="f1f33a0410d8fab99e45384ca74112f223e9f122",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_87d50",
                        table="disclosure_bookletedition",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bookletedition",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="0eca6f110e99e876c4694ba709720653bdd73f60",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_c97f1",
                        table="disclosure_bookletedition",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="bookletentry",
                constraint=models.UniqueConstraint(
                    fields=("edition", "position"), name="booklet_position_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="bookletentry",
                constraint=models.UniqueConstraint(fields=("edition", "version"), name="booklet_holds_once"),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bookletentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                        hash="a70b0eddf9781a5087099b5adb880379b5004d3e",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_2229d",
                        table="disclosure_bookletentry",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bookletentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="22a66a09ab91af6e03a69707dcc789248f178ec6",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_2f5e5",
                        table="disclosure_bookletentry",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bookletentry",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="c2ca321fd8b3f5f145ccbf9cc203279ae98bd346",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_53136",
                        table="disclosure_bookletentry",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
