import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from bureaus.migrating import InOneStep

POLICIES = """
-- What hangs on a plan is of its district, whoever writes it.
alter table disclosure_dayplan add constraint plan_of_its_district
    foreign key (open_day_id, district_id) references disclosure_openday (id, district_id);
alter table disclosure_plannedmaterial add constraint planned_material_of_its_district
    foreign key (plan_id, district_id) references disclosure_dayplan (id, district_id);
alter table disclosure_plannedmaterial add constraint planned_material_s_material_of_its_district
    foreign key (material_id, district_id) references disclosure_material (id, district_id);
alter table disclosure_plantask add constraint plan_task_of_its_district
    foreign key (plan_id, district_id) references disclosure_dayplan (id, district_id);

alter table disclosure_dayplan enable row level security;
alter table disclosure_plannedmaterial enable row level security;
alter table disclosure_plantask enable row level security;

-- All of the district read what is issued or handed in; a draft is of its place and of the district's office.
create policy web_reads on disclosure_dayplan for select to bida_web
    using (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district())
        or (handed_in_at is not null and bida_own_district(district_id)));
create policy web_adds on disclosure_dayplan for insert to bida_web
    with check (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()));
create policy web_changes on disclosure_dayplan for update to bida_web
    using (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()))
    with check (place_id = any ((select bida_places())::bigint[]) or district_id = (select bida_district()));
create policy worker on disclosure_dayplan for select to bida_worker using (bida_works(district_id));

create policy web_reads on disclosure_plannedmaterial for select to bida_web
    using (exists (select 1 from disclosure_dayplan p where p.id = plan_id));
create policy web_adds on disclosure_plannedmaterial for insert to bida_web
    with check (exists (select 1 from disclosure_dayplan p where p.id = plan_id and (
        p.place_id = any ((select bida_places())::bigint[]) or p.district_id = (select bida_district()))));
create policy web_changes on disclosure_plannedmaterial for update to bida_web
    using (exists (select 1 from disclosure_dayplan p where p.id = plan_id and (
        p.place_id = any ((select bida_places())::bigint[]) or p.district_id = (select bida_district()))));
create policy web_reads on disclosure_plantask for select to bida_web
    using (exists (select 1 from disclosure_dayplan p where p.id = plan_id));
create policy web_adds on disclosure_plantask for insert to bida_web
    with check (exists (select 1 from disclosure_dayplan p where p.id = plan_id and (
        p.place_id = any ((select bida_places())::bigint[]) or p.district_id = (select bida_district()))));

grant select, insert, update on disclosure_dayplan, disclosure_plannedmaterial to bida_web;
grant select, insert on disclosure_plantask to bida_web;
grant select on disclosure_dayplan to bida_worker;
grant usage on all sequences in schema public to bida_web, bida_worker;
"""

POLICIES_BACK = """
drop policy web_adds on disclosure_plantask;
drop policy web_reads on disclosure_plantask;
drop policy web_changes on disclosure_plannedmaterial;
drop policy web_adds on disclosure_plannedmaterial;
drop policy web_reads on disclosure_plannedmaterial;
drop policy worker on disclosure_dayplan;
drop policy web_changes on disclosure_dayplan;
drop policy web_adds on disclosure_dayplan;
drop policy web_reads on disclosure_dayplan;
alter table disclosure_plantask drop constraint plan_task_of_its_district;
alter table disclosure_plannedmaterial drop constraint planned_material_s_material_of_its_district;
alter table disclosure_plannedmaterial drop constraint planned_material_of_its_district;
alter table disclosure_dayplan drop constraint plan_of_its_district;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0012_indexes_that_are_read"),
        ("disclosure", "0006_summaries"),
        ("inquiries", "0043_totals_of_what_is_referenced"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="DayPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("parts", models.JSONField(default=dict)),
                (
                    "units",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "hotlines",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                ("edited_at", models.DateTimeField(blank=True, null=True, verbose_name="edited")),
                ("handed_in_at", models.DateTimeField(blank=True, null=True, verbose_name="handed in")),
            ],
            options={
                "verbose_name": "plan of an open day",
                "verbose_name_plural": "plans of open days",
            },
        ),
        migrations.CreateModel(
            name="PlannedMaterial",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("printed", models.PositiveIntegerField(verbose_name="printed")),
            ],
            options={
                "verbose_name": "planned material",
                "verbose_name_plural": "planned materials",
            },
        ),
        migrations.CreateModel(
            name="PlanTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=200, verbose_name="task")),
                ("due_on", models.DateField(verbose_name="due")),
            ],
            options={
                "verbose_name": "task of a plan",
                "verbose_name_plural": "tasks of plans",
            },
        ),
        InOneStep(
            migrations.AddField(
                model_name="openday",
                name="until_on",
                field=models.DateField(blank=True, null=True, verbose_name="last day"),
            ),
            migrations.AddConstraint(
                model_name="openday",
                constraint=models.CheckConstraint(
                    condition=models.Q(("until_on", None), ("until_on__gt", models.F("on")), _connector="OR"),
                    name="open_day_ends_after_it_begins",
                ),
            ),
            migrations.AddField(
                model_name="dayplan",
                name="asked",
                field=models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="inquiries.duty",
                    verbose_name="asked for",
                ),
            ),
            migrations.AddField(
                model_name="dayplan",
                name="district",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.place",
                    verbose_name="district",
                ),
            ),
            migrations.AddField(
                model_name="dayplan",
                name="edited_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="edited by",
                ),
            ),
            migrations.AddField(
                model_name="dayplan",
                name="handed_in_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="handed in by",
                ),
            ),
            migrations.AddField(
                model_name="dayplan",
                name="open_day",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="plans",
                    to="disclosure.openday",
                    verbose_name="open day",
                ),
            ),
            migrations.AddField(
                model_name="dayplan",
                name="place",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.place",
                    verbose_name="place",
                ),
            ),
            migrations.AddField(
                model_name="plannedmaterial",
                name="district",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.place",
                    verbose_name="district",
                ),
            ),
            migrations.AddField(
                model_name="plannedmaterial",
                name="material",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="disclosure.material",
                    verbose_name="material",
                ),
            ),
            migrations.AddField(
                model_name="plannedmaterial",
                name="plan",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="materials",
                    to="disclosure.dayplan",
                    verbose_name="plan",
                ),
            ),
            migrations.AddField(
                model_name="plantask",
                name="district",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.place",
                    verbose_name="district",
                ),
            ),
            migrations.AddField(
                model_name="plantask",
                name="duty",
                field=models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="inquiries.duty",
                    verbose_name="duty",
                ),
            ),
            migrations.AddField(
                model_name="plantask",
                name="plan",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="tasks",
                    to="disclosure.dayplan",
                    verbose_name="plan",
                ),
            ),
            migrations.AddField(
                model_name="plantask",
                name="post",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.post",
                    verbose_name="post",
                ),
            ),
            migrations.AddConstraint(
                model_name="dayplan",
                constraint=models.UniqueConstraint(fields=("open_day", "place"), name="plan_once"),
            ),
            migrations.AddConstraint(
                model_name="dayplan",
                constraint=models.UniqueConstraint(fields=("id", "district"), name="plan_district_key"),
            ),
            migrations.AddConstraint(
                model_name="dayplan",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("edited_at", None), ("edited_by", None)),
                        models.Q(("edited_at__isnull", False), ("edited_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="plan_edited_by_somebody",
                ),
            ),
            migrations.AddConstraint(
                model_name="dayplan",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("handed_in_at", None), ("handed_in_by", None)),
                        models.Q(
                            ("edited_at__isnull", False),
                            ("handed_in_at__isnull", False),
                            ("handed_in_by__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="plan_written_before_handed_in",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="dayplan",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="94c94ddad53b3c3ab411126cc91abcf98b879ffd",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_f3c8c",
                        table="disclosure_dayplan",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="dayplan",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="eb080387efa9e4e550349bcb838a05ddfb1773c9",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_6545e",
                        table="disclosure_dayplan",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="plannedmaterial",
                constraint=models.UniqueConstraint(fields=("plan", "material"), name="planned_material_once"),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="plannedmaterial",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="bccb7e465975cafc43b72105f8e03b10da21b951",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_4ddb2",
                        table="disclosure_plannedmaterial",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="plannedmaterial",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="a239268491a7a450e3e5ba48fd15347985b5213a",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_5b18a",
                        table="disclosure_plannedmaterial",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="plantask",
                constraint=models.CheckConstraint(
                    condition=models.Q(("what", ""), _negated=True), name="plan_task_has_words"
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="plantask",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="56e4e3f00ec7d341fd192933e5b7a82a838c2611",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_ff280",
                        table="disclosure_plantask",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="plantask",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="d06d4d09db1cbfdcaa6f12ed909dd485c36d70af",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_2f6fc",
                        table="disclosure_plantask",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
        migrations.RunSQL(POLICIES, POLICIES_BACK),
    ]
