import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from bureaus.migrating import InOneStep

KEYS = """
set local lock_timeout = '5s';

-- What hangs on an open day is of its district, whoever writes it.
alter table disclosure_booth add constraint booth_of_its_district
    foreign key (open_day_id, district_id) references disclosure_openday (id, district_id);
alter table disclosure_reception add constraint reception_of_its_district
    foreign key (booth_id, district_id) references disclosure_booth (id, district_id);
alter table disclosure_handout add constraint handout_of_its_district
    foreign key (booth_id, district_id) references disclosure_booth (id, district_id);
alter table disclosure_handout add constraint handout_material_of_its_district
    foreign key (material_id, district_id) references disclosure_material (id, district_id);

grant select, insert, update on
    disclosure_openday, disclosure_booth, disclosure_reception, disclosure_material, disclosure_handout
    to bida_web, bida_worker;
grant select, insert, delete on disclosure_booth_units to bida_web, bida_worker;
grant usage on all sequences in schema public to bida_web, bida_worker;
"""

KEYS_BACK = """
alter table disclosure_handout drop constraint handout_material_of_its_district;
alter table disclosure_handout drop constraint handout_of_its_district;
alter table disclosure_reception drop constraint reception_of_its_district;
alter table disclosure_booth drop constraint booth_of_its_district;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("bureaus", "0006_notices"),
        ("inquiries", "0002_promises_and_policies"),
    ]

    operations = [
        migrations.CreateModel(
            name="Booth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("venue", models.CharField(blank=True, max_length=120, verbose_name="venue")),
                (
                    "plan_title",
                    models.CharField(blank=True, max_length=200, verbose_name="title of the plan"),
                ),
                ("aim", models.CharField(blank=True, max_length=300, verbose_name="aim")),
                ("team_heads", models.JSONField(blank=True, default=list)),
                ("topics", models.JSONField(blank=True, default=list)),
                ("published", models.JSONField(blank=True, default=list)),
                ("preparation", models.JSONField(blank=True, default=list)),
                ("leaders_acts", models.JSONField(blank=True, default=list)),
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
                        related_name="booths",
                        to="bureaus.place",
                        verbose_name="bureau",
                    ),
                ),
                (
                    "units",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="bureaus.place", verbose_name="units present"
                    ),
                ),
            ],
            options={
                "verbose_name": "booth",
                "verbose_name_plural": "booths",
            },
        ),
        migrations.CreateModel(
            name="Material",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("leaflet", "leaflet"),
                            ("handbook", "handbook"),
                            ("contact_card", "contact card"),
                            ("poster", "poster"),
                            ("other", "other"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("person", "people"),
                            ("visit", "visits"),
                            ("case", "matters"),
                            ("copy", "copies"),
                            ("booklet", "booklets"),
                            ("sheet", "sheets"),
                            ("volume", "volumes"),
                        ],
                        max_length=8,
                        verbose_name="measure",
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
                "verbose_name": "material",
                "verbose_name_plural": "materials",
            },
        ),
        migrations.CreateModel(
            name="Handout",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value", models.IntegerField(blank=True, null=True, verbose_name="handed out")),
                ("at_least", models.BooleanField(default=False, verbose_name="handed out, and more")),
                (
                    "booth",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handouts",
                        to="disclosure.booth",
                        verbose_name="booth",
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
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handouts",
                        to="disclosure.material",
                        verbose_name="material",
                    ),
                ),
            ],
            options={
                "verbose_name": "handout",
                "verbose_name_plural": "handouts",
            },
        ),
        migrations.CreateModel(
            name="OpenDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                (
                    "base_year",
                    models.PositiveSmallIntegerField(default=2006, verbose_name="year before the first"),
                ),
                (
                    "ordinal",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            django.db.models.functions.datetime.ExtractYear("on"), "-", models.F("base_year")
                        ),
                        output_field=models.IntegerField(verbose_name="which one"),
                    ),
                ),
                (
                    "ordinal_stated",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="which one, as a document says"
                    ),
                ),
                ("theme", models.CharField(max_length=200, verbose_name="theme")),
                ("aim", models.CharField(blank=True, max_length=300, verbose_name="aim")),
                ("is_history", models.BooleanField(default=False, verbose_name="from reports of the past")),
                ("is_example", models.BooleanField(default=False, verbose_name="example")),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="open_days",
                        to="bureaus.place",
                        verbose_name="district",
                    ),
                ),
            ],
            options={
                "verbose_name": "open day",
                "verbose_name_plural": "open days",
                "ordering": ["-on", "pk"],
            },
        ),
        migrations.AddField(
            model_name="booth",
            name="open_day",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="booths",
                to="disclosure.openday",
                verbose_name="open day",
            ),
        ),
        migrations.CreateModel(
            name="Reception",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("people_value", models.IntegerField(blank=True, null=True, verbose_name="received")),
                ("people_at_least", models.BooleanField(default=False, verbose_name="received, and more")),
                (
                    "people_measure",
                    models.CharField(
                        choices=[
                            ("person", "people"),
                            ("visit", "visits"),
                            ("case", "matters"),
                            ("copy", "copies"),
                            ("booklet", "booklets"),
                            ("sheet", "sheets"),
                            ("volume", "volumes"),
                        ],
                        default="person",
                        max_length=8,
                        verbose_name="received, counted as",
                    ),
                ),
                (
                    "questions_value",
                    models.IntegerField(blank=True, null=True, verbose_name="questions answered"),
                ),
                (
                    "questions_at_least",
                    models.BooleanField(default=False, verbose_name="questions answered, and more"),
                ),
                ("issues_value", models.IntegerField(blank=True, null=True, verbose_name="issues collected")),
                (
                    "issues_at_least",
                    models.BooleanField(default=False, verbose_name="issues collected, and more"),
                ),
                (
                    "booth",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receptions",
                        to="disclosure.booth",
                        verbose_name="booth",
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
                    "inquiry",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inquiries.inquiry",
                        verbose_name="inquiry",
                    ),
                ),
            ],
            options={
                "verbose_name": "reception",
                "verbose_name_plural": "receptions",
            },
        ),
        InOneStep(
            migrations.AddConstraint(
                model_name="material",
                constraint=models.UniqueConstraint(fields=("district", "name"), name="material_once"),
            ),
            migrations.AddConstraint(
                model_name="material",
                constraint=models.UniqueConstraint(fields=("id", "district"), name="material_district_key"),
            ),
            migrations.AddConstraint(
                model_name="material",
                constraint=models.CheckConstraint(
                    condition=models.Q(("measure__in", ["person", "visit", "case"]), _negated=True),
                    name="material_is_no_person",
                ),
            ),
            migrations.AddConstraint(
                model_name="handout",
                constraint=models.UniqueConstraint(fields=("booth", "material"), name="handout_once"),
            ),
            migrations.AddConstraint(
                model_name="handout",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("value__gte", 0), ("value__isnull", False)),
                        models.Q(("at_least", False), ("value", None)),
                        _connector="OR",
                    ),
                    name="handout_count",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="handout",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="2cb3c40a076f71d42239e6548fcc9f02907c7d65",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_809e6",
                        table="disclosure_handout",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="handout",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="0dd315fa93415ff60cc4609e0b8b29c4dd4d65a6",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_ee4a0",
                        table="disclosure_handout",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="openday",
                constraint=models.UniqueConstraint(fields=("district", "on"), name="open_day_once"),
            ),
            migrations.AddConstraint(
                model_name="openday",
                constraint=models.UniqueConstraint(fields=("id", "district"), name="open_day_district_key"),
            ),
            migrations.AddConstraint(
                model_name="openday",
                constraint=models.CheckConstraint(
                    condition=models.Q(("on__year__gt", models.F("base_year"))),
                    name="open_day_after_its_base_year",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="openday",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="3eb2ba1d87096331a5695e6e04e39ae310b95b61",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_c8ec9",
                        table="disclosure_openday",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="openday",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="4a540b27ff2a3bde001d79b88786f44eeffb160a",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_2b723",
                        table="disclosure_openday",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="booth",
                constraint=models.UniqueConstraint(fields=("open_day", "place"), name="booth_once"),
            ),
            migrations.AddConstraint(
                model_name="booth",
                constraint=models.UniqueConstraint(fields=("id", "district"), name="booth_district_key"),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="booth",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="f18b29cbd309e7652327f9e6743ecb2283489400",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_d3bd7",
                        table="disclosure_booth",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="booth",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="03c12639be926c7c88b6c872776bb56285bad166",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_c8aac",
                        table="disclosure_booth",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="reception",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("people_value__gte", 0), ("people_value__isnull", False)),
                        models.Q(("people_at_least", False), ("people_value", None)),
                        _connector="OR",
                    ),
                    name="reception_people_count",
                ),
            ),
            migrations.AddConstraint(
                model_name="reception",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("questions_value__gte", 0), ("questions_value__isnull", False)),
                        models.Q(("questions_at_least", False), ("questions_value", None)),
                        _connector="OR",
                    ),
                    name="reception_questions_count",
                ),
            ),
            migrations.AddConstraint(
                model_name="reception",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("issues_value__gte", 0), ("issues_value__isnull", False)),
                        models.Q(("issues_at_least", False), ("issues_value", None)),
                        _connector="OR",
                    ),
                    name="reception_issues_count",
                ),
            ),
            migrations.AddConstraint(
                model_name="reception",
                constraint=models.CheckConstraint(
                    condition=models.Q(("people_measure__in", ["person", "visit"])),
                    name="reception_people_or_visits",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="reception",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="6110e5af960831cbf375a21cf954d0aa9216462c",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_0010b",
                        table="disclosure_reception",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="reception",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="6c4b8ea61118074d54eb1dc2ca41655f50af1162",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_df021",
                        table="disclosure_reception",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
        migrations.RunSQL(KEYS, KEYS_BACK),
    ]
