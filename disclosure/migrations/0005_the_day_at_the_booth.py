import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from bureaus.migrating import InOneStep

KEYS = """
-- What is written at a booth is of its district, whoever writes it.
alter table disclosure_supply add constraint supply_of_its_district
    foreign key (booth_id, district_id) references disclosure_booth (id, district_id);
alter table disclosure_supply add constraint supply_material_of_its_district
    foreign key (material_id, district_id) references disclosure_material (id, district_id);
alter table disclosure_contactcard add constraint card_of_its_district
    foreign key (booth_id, district_id) references disclosure_booth (id, district_id);
alter table disclosure_hotissue add constraint issue_of_its_district
    foreign key (booth_id, district_id) references disclosure_booth (id, district_id);

grant select, insert, update on
    disclosure_supply, disclosure_contactcard, disclosure_hotissue, disclosure_raised, disclosure_issueanswer
    to bida_web, bida_worker;
grant select, insert on disclosure_cardreturn to bida_web, bida_worker;
grant usage on all sequences in schema public to bida_web, bida_worker;
"""

KEYS_BACK = """
alter table disclosure_supply drop constraint supply_of_its_district;
alter table disclosure_supply drop constraint supply_material_of_its_district;
alter table disclosure_contactcard drop constraint card_of_its_district;
alter table disclosure_hotissue drop constraint issue_of_its_district;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0011_successors_of_posts"),
        ("disclosure", "0004_published_answers"),
        ("inquiries", "0034_standard_texts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="CardReturn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("returned_at", models.DateTimeField(verbose_name="returned")),
            ],
            options={
                "verbose_name": "returned card",
                "verbose_name_plural": "returned cards",
            },
        ),
        migrations.CreateModel(
            name="ContactCard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(blank=True, null=True, verbose_name="recorded")),
                ("happened_at", models.DateTimeField(blank=True, null=True, verbose_name="happened")),
                (
                    "clock_doubted",
                    models.BooleanField(
                        db_default=False, default=False, verbose_name="the device's clock is in doubt"
                    ),
                ),
                ("key", models.CharField(blank=True, db_default="", default="", max_length=64)),
                ("body_hash", models.BinaryField(db_default=b"", default=b"")),
                ("taken_back_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back")),
                ("serial", models.CharField(max_length=20, verbose_name="serial")),
            ],
            options={
                "verbose_name": "contact card",
                "verbose_name_plural": "contact cards",
            },
        ),
        migrations.CreateModel(
            name="HotIssue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(blank=True, null=True, verbose_name="recorded")),
                ("happened_at", models.DateTimeField(blank=True, null=True, verbose_name="happened")),
                (
                    "clock_doubted",
                    models.BooleanField(
                        db_default=False, default=False, verbose_name="the device's clock is in doubt"
                    ),
                ),
                ("key", models.CharField(blank=True, db_default="", default="", max_length=64)),
                ("body_hash", models.BinaryField(db_default=b"", default=b"")),
                ("taken_back_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back")),
                ("words", models.CharField(max_length=300, verbose_name="issue")),
            ],
            options={
                "verbose_name": "hot issue",
                "verbose_name_plural": "hot issues",
            },
        ),
        migrations.CreateModel(
            name="IssueAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(blank=True, null=True, verbose_name="recorded")),
                ("happened_at", models.DateTimeField(blank=True, null=True, verbose_name="happened")),
                (
                    "clock_doubted",
                    models.BooleanField(
                        db_default=False, default=False, verbose_name="the device's clock is in doubt"
                    ),
                ),
                ("key", models.CharField(blank=True, db_default="", default="", max_length=64)),
                ("body_hash", models.BinaryField(db_default=b"", default=b"")),
                ("taken_back_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back")),
                ("text", models.TextField(verbose_name="answer")),
            ],
            options={
                "verbose_name": "answer to an issue",
                "verbose_name_plural": "answers to issues",
            },
        ),
        migrations.CreateModel(
            name="Raised",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(blank=True, null=True, verbose_name="recorded")),
                ("happened_at", models.DateTimeField(blank=True, null=True, verbose_name="happened")),
                (
                    "clock_doubted",
                    models.BooleanField(
                        db_default=False, default=False, verbose_name="the device's clock is in doubt"
                    ),
                ),
                ("key", models.CharField(blank=True, db_default="", default="", max_length=64)),
                ("body_hash", models.BinaryField(db_default=b"", default=b"")),
                ("taken_back_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back")),
                ("people_value", models.PositiveIntegerField(default=0, verbose_name="people")),
                ("people_at_least", models.BooleanField(default=False, verbose_name="and more")),
            ],
            options={
                "verbose_name": "raised",
                "verbose_name_plural": "raised",
            },
        ),
        migrations.CreateModel(
            name="Supply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(blank=True, null=True, verbose_name="recorded")),
                ("happened_at", models.DateTimeField(blank=True, null=True, verbose_name="happened")),
                (
                    "clock_doubted",
                    models.BooleanField(
                        db_default=False, default=False, verbose_name="the device's clock is in doubt"
                    ),
                ),
                ("key", models.CharField(blank=True, db_default="", default="", max_length=64)),
                ("body_hash", models.BinaryField(db_default=b"", default=b"")),
                ("taken_back_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back")),
                ("value", models.PositiveIntegerField(verbose_name="brought")),
            ],
            options={
                "verbose_name": "supply",
                "verbose_name_plural": "supplies",
            },
        ),
        InOneStep(
            migrations.RemoveConstraint(
                model_name="handout",
                name="handout_once",
            ),
            migrations.AddField(
                model_name="handout",
                name="body_hash",
                field=models.BinaryField(db_default=b"", default=b""),
            ),
            migrations.AddField(
                model_name="handout",
                name="clock_doubted",
                field=models.BooleanField(
                    db_default=False, default=False, verbose_name="the device's clock is in doubt"
                ),
            ),
            migrations.AddField(
                model_name="handout",
                name="happened_at",
                field=models.DateTimeField(blank=True, null=True, verbose_name="happened"),
            ),
            migrations.AddField(
                model_name="handout",
                name="key",
                field=models.CharField(blank=True, db_default="", default="", max_length=64),
            ),
            migrations.AddField(
                model_name="handout",
                name="recorded_at",
                field=models.DateTimeField(blank=True, null=True, verbose_name="recorded"),
            ),
            migrations.AddField(
                model_name="handout",
                name="recorded_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="by",
                ),
            ),
            migrations.AddField(
                model_name="handout",
                name="taken_back_at",
                field=models.DateTimeField(blank=True, null=True, verbose_name="taken back"),
            ),
            migrations.AddField(
                model_name="handout",
                name="taken_back_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="reception",
                name="body_hash",
                field=models.BinaryField(db_default=b"", default=b""),
            ),
            migrations.AddField(
                model_name="reception",
                name="clock_doubted",
                field=models.BooleanField(
                    db_default=False, default=False, verbose_name="the device's clock is in doubt"
                ),
            ),
            migrations.AddField(
                model_name="reception",
                name="happened_at",
                field=models.DateTimeField(blank=True, null=True, verbose_name="happened"),
            ),
            migrations.AddField(
                model_name="reception",
                name="key",
                field=models.CharField(blank=True, db_default="", default="", max_length=64),
            ),
            migrations.AddField(
                model_name="reception",
                name="recorded_at",
                field=models.DateTimeField(blank=True, null=True, verbose_name="recorded"),
            ),
            migrations.AddField(
                model_name="reception",
                name="recorded_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="by",
                ),
            ),
            migrations.AddField(
                model_name="reception",
                name="taken_back_at",
                field=models.DateTimeField(blank=True, null=True, verbose_name="taken back"),
            ),
            migrations.AddField(
                model_name="reception",
                name="taken_back_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="handout",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_rewritten",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.taken_back_at IS NOT NULL OR (to_jsonb(OLD) - 'taken_back_at' - 'taken_back_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'taken_back_at' - 'taken_back_by_id'))",
                        func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                        hash="96a48b20269ebc1d26e345e9cccf6ec32789596a",
                        operation="UPDATE",
                        pgid="pgtrigger_never_rewritten_502d7",
                        table="disclosure_handout",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="reception",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_rewritten",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.taken_back_at IS NOT NULL OR (to_jsonb(OLD) - 'taken_back_at' - 'taken_back_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'taken_back_at' - 'taken_back_by_id'))",
                        func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                        hash="69df211106465435408879e22baf56668b982174",
                        operation="UPDATE",
                        pgid="pgtrigger_never_rewritten_64bef",
                        table="disclosure_reception",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddField(
                model_name="cardreturn",
                name="district",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.place",
                    verbose_name="district",
                ),
            ),
            migrations.AddField(
                model_name="cardreturn",
                name="inquiry",
                field=models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="inquiries.inquiry",
                    verbose_name="inquiry",
                ),
            ),
            migrations.AddField(
                model_name="contactcard",
                name="booth",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="cards",
                    to="disclosure.booth",
                    verbose_name="booth",
                ),
            ),
            migrations.AddField(
                model_name="contactcard",
                name="district",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.place",
                    verbose_name="district",
                ),
            ),
            migrations.AddField(
                model_name="contactcard",
                name="recorded_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="by",
                ),
            ),
            migrations.AddField(
                model_name="contactcard",
                name="taken_back_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="cardreturn",
                name="card",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="returns",
                    to="disclosure.contactcard",
                    verbose_name="contact card",
                ),
            ),
            migrations.AddField(
                model_name="hotissue",
                name="booth",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="hot_issues",
                    to="disclosure.booth",
                    verbose_name="booth",
                ),
            ),
            migrations.AddField(
                model_name="hotissue",
                name="district",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.place",
                    verbose_name="district",
                ),
            ),
            migrations.AddField(
                model_name="hotissue",
                name="recorded_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="by",
                ),
            ),
            migrations.AddField(
                model_name="hotissue",
                name="taken_back_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="issueanswer",
                name="district",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.place",
                    verbose_name="district",
                ),
            ),
            migrations.AddField(
                model_name="issueanswer",
                name="issue",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="answers",
                    to="disclosure.hotissue",
                    verbose_name="hot issue",
                ),
            ),
            migrations.AddField(
                model_name="issueanswer",
                name="recorded_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="by",
                ),
            ),
            migrations.AddField(
                model_name="issueanswer",
                name="taken_back_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="raised",
                name="district",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.place",
                    verbose_name="district",
                ),
            ),
            migrations.AddField(
                model_name="raised",
                name="inquiry",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="inquiries.inquiry",
                    verbose_name="inquiry",
                ),
            ),
            migrations.AddField(
                model_name="raised",
                name="issue",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="raised",
                    to="disclosure.hotissue",
                    verbose_name="hot issue",
                ),
            ),
            migrations.AddField(
                model_name="raised",
                name="recorded_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="by",
                ),
            ),
            migrations.AddField(
                model_name="raised",
                name="taken_back_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="supply",
                name="booth",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="supplies",
                    to="disclosure.booth",
                    verbose_name="booth",
                ),
            ),
            migrations.AddField(
                model_name="supply",
                name="district",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bureaus.place",
                    verbose_name="district",
                ),
            ),
            migrations.AddField(
                model_name="supply",
                name="material",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="supplies",
                    to="disclosure.material",
                    verbose_name="material",
                ),
            ),
            migrations.AddField(
                model_name="supply",
                name="recorded_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="by",
                ),
            ),
            migrations.AddField(
                model_name="supply",
                name="taken_back_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddConstraint(
                model_name="contactcard",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("taken_back_at", None)),
                    fields=("district", "serial"),
                    name="card_serial_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="contactcard",
                constraint=models.CheckConstraint(
                    condition=models.Q(("serial", ""), _negated=True), name="card_has_a_serial"
                ),
            ),
            migrations.AddConstraint(
                model_name="contactcard",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("key", ""), _negated=True),
                    fields=("recorded_by", "key"),
                    name="card_entered_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="contactcard",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("happened_at", None),
                            ("key", ""),
                            ("recorded_at", None),
                            ("recorded_by", None),
                            ("taken_back_at", None),
                        ),
                        models.Q(
                            ("happened_at__isnull", False),
                            ("recorded_at__isnull", False),
                            ("recorded_by__isnull", False),
                            models.Q(("key", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="card_entered_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="contactcard",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("taken_back_at", None), ("taken_back_by", None)),
                        models.Q(("taken_back_at__isnull", False), ("taken_back_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="card_taken_back_by_somebody",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="contactcard",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_rewritten",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.taken_back_at IS NOT NULL OR (to_jsonb(OLD) - 'taken_back_at' - 'taken_back_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'taken_back_at' - 'taken_back_by_id'))",
                        func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                        hash="0c9fb2544f5a54ac307e615694231b8c52a4706b",
                        operation="UPDATE",
                        pgid="pgtrigger_never_rewritten_e4e89",
                        table="disclosure_contactcard",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="contactcard",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="81af8d8a2b011576faecf2b8c2f8dd34c0ee0201",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_e2f25",
                        table="disclosure_contactcard",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="contactcard",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="2bb715c050f7ac11ec534fae2385f7e7fddf9933",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_dc2a2",
                        table="disclosure_contactcard",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="cardreturn",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                        hash="4c057dea5b80cf544d465ca55c0f8d1f1b2a41a8",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_828c6",
                        table="disclosure_cardreturn",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="cardreturn",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="76fcc34bb5fa31faed1c88830953ceaac3874eb7",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_61fd8",
                        table="disclosure_cardreturn",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="cardreturn",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="71aee3233443090d2b958e1cf04e867076609375",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_2465b",
                        table="disclosure_cardreturn",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="hotissue",
                constraint=models.CheckConstraint(
                    condition=models.Q(("words", ""), _negated=True), name="issue_has_words"
                ),
            ),
            migrations.AddConstraint(
                model_name="hotissue",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("key", ""), _negated=True),
                    fields=("recorded_by", "key"),
                    name="issue_entered_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="hotissue",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("happened_at", None),
                            ("key", ""),
                            ("recorded_at", None),
                            ("recorded_by", None),
                            ("taken_back_at", None),
                        ),
                        models.Q(
                            ("happened_at__isnull", False),
                            ("recorded_at__isnull", False),
                            ("recorded_by__isnull", False),
                            models.Q(("key", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="issue_entered_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="hotissue",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("taken_back_at", None), ("taken_back_by", None)),
                        models.Q(("taken_back_at__isnull", False), ("taken_back_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="issue_taken_back_by_somebody",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="hotissue",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_rewritten",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.taken_back_at IS NOT NULL OR (to_jsonb(OLD) - 'taken_back_at' - 'taken_back_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'taken_back_at' - 'taken_back_by_id'))",
                        func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                        hash="cf025509cad45e19714e576282b37085258c1de6",
                        operation="UPDATE",
                        pgid="pgtrigger_never_rewritten_b1c3b",
                        table="disclosure_hotissue",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="hotissue",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="5856826cc190240dbcea8f217404abe5853a401c",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_2f0af",
                        table="disclosure_hotissue",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="hotissue",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="bd4972a6a43a187881035e6c3d9a6a60a9fd48f2",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_2f60f",
                        table="disclosure_hotissue",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="issueanswer",
                constraint=models.CheckConstraint(
                    condition=models.Q(("text", ""), _negated=True), name="issue_answer_has_words"
                ),
            ),
            migrations.AddConstraint(
                model_name="issueanswer",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("key", ""), _negated=True),
                    fields=("recorded_by", "key"),
                    name="issue_answer_entered_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="issueanswer",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("happened_at", None),
                            ("key", ""),
                            ("recorded_at", None),
                            ("recorded_by", None),
                            ("taken_back_at", None),
                        ),
                        models.Q(
                            ("happened_at__isnull", False),
                            ("recorded_at__isnull", False),
                            ("recorded_by__isnull", False),
                            models.Q(("key", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="issue_answer_entered_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="issueanswer",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("taken_back_at", None), ("taken_back_by", None)),
                        models.Q(("taken_back_at__isnull", False), ("taken_back_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="issue_answer_taken_back_by_somebody",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="issueanswer",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_rewritten",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.taken_back_at IS NOT NULL OR (to_jsonb(OLD) - 'taken_back_at' - 'taken_back_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'taken_back_at' - 'taken_back_by_id'))",
                        func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                        hash="22af6bd53085d2b20c429e573a20143b48cee0f4",
                        operation="UPDATE",
                        pgid="pgtrigger_never_rewritten_d11ac",
                        table="disclosure_issueanswer",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="issueanswer",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="eed6b8a9e773a7b45ee57811ff5e875b1190195c",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_1441b",
                        table="disclosure_issueanswer",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="issueanswer",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="650af2db89a9a2258f5aa5cb27a8169f879af823",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_76c5e",
                        table="disclosure_issueanswer",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="raised",
                constraint=models.CheckConstraint(
                    condition=models.Q(("people_value__gte", 1), ("inquiry__isnull", False), _connector="OR"),
                    name="raised_by_somebody",
                ),
            ),
            migrations.AddConstraint(
                model_name="raised",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("inquiry__isnull", False), ("taken_back_at", None)),
                    fields=("issue", "inquiry"),
                    name="raised_inquiry_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="raised",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("key", ""), _negated=True),
                    fields=("recorded_by", "key"),
                    name="raised_entered_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="raised",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("happened_at", None),
                            ("key", ""),
                            ("recorded_at", None),
                            ("recorded_by", None),
                            ("taken_back_at", None),
                        ),
                        models.Q(
                            ("happened_at__isnull", False),
                            ("recorded_at__isnull", False),
                            ("recorded_by__isnull", False),
                            models.Q(("key", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="raised_entered_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="raised",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("taken_back_at", None), ("taken_back_by", None)),
                        models.Q(("taken_back_at__isnull", False), ("taken_back_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="raised_taken_back_by_somebody",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="raised",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_rewritten",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.taken_back_at IS NOT NULL OR (to_jsonb(OLD) - 'taken_back_at' - 'taken_back_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'taken_back_at' - 'taken_back_by_id'))",
                        func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                        hash="b74f5c2a022762371077227c9aa899fdf6d697a1",
                        operation="UPDATE",
                        pgid="pgtrigger_never_rewritten_da745",
                        table="disclosure_raised",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="raised",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="b3e59a74b6b01da4979f9aaffc52bb288fb739b9",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_d6c88",
                        table="disclosure_raised",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="raised",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="6832262b3ff09cf64d92038ad39847321f7a44ff",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_d6dc4",
                        table="disclosure_raised",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="supply",
                constraint=models.CheckConstraint(
                    condition=models.Q(("value__gte", 1)), name="supply_of_something"
                ),
            ),
            migrations.AddConstraint(
                model_name="supply",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("key", ""), _negated=True),
                    fields=("recorded_by", "key"),
                    name="supply_entered_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="supply",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("happened_at", None),
                            ("key", ""),
                            ("recorded_at", None),
                            ("recorded_by", None),
                            ("taken_back_at", None),
                        ),
                        models.Q(
                            ("happened_at__isnull", False),
                            ("recorded_at__isnull", False),
                            ("recorded_by__isnull", False),
                            models.Q(("key", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="supply_entered_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="supply",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("taken_back_at", None), ("taken_back_by", None)),
                        models.Q(("taken_back_at__isnull", False), ("taken_back_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="supply_taken_back_by_somebody",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="supply",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_rewritten",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.taken_back_at IS NOT NULL OR (to_jsonb(OLD) - 'taken_back_at' - 'taken_back_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'taken_back_at' - 'taken_back_by_id'))",
                        func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                        hash="9b77b5c4960c328abfeb654c2f18427618a0ff2b",
                        operation="UPDATE",
                        pgid="pgtrigger_never_rewritten_7c2e1",
                        table="disclosure_supply",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="supply",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="ce58253eb740dc297611d9b2bf55de70f49a0fb4",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_be1bb",
                        table="disclosure_supply",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="supply",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="c505c07b01de0043cae8634e4a9b3ee7dc6942e9",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_239fc",
                        table="disclosure_supply",
                        when="BEFORE",
                    ),
                ),
            ),
            migrations.AddConstraint(
                model_name="handout",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("recorded_by", None)),
                    fields=("booth", "material"),
                    name="handout_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="handout",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("key", ""), _negated=True),
                    fields=("recorded_by", "key"),
                    name="handout_entered_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="handout",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("happened_at", None),
                            ("key", ""),
                            ("recorded_at", None),
                            ("recorded_by", None),
                            ("taken_back_at", None),
                        ),
                        models.Q(
                            ("happened_at__isnull", False),
                            ("recorded_at__isnull", False),
                            ("recorded_by__isnull", False),
                            models.Q(("key", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="handout_entered_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="handout",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("taken_back_at", None), ("taken_back_by", None)),
                        models.Q(("taken_back_at__isnull", False), ("taken_back_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="handout_taken_back_by_somebody",
                ),
            ),
            migrations.AddConstraint(
                model_name="reception",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("key", ""), _negated=True),
                    fields=("recorded_by", "key"),
                    name="reception_entered_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="reception",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("happened_at", None),
                            ("key", ""),
                            ("recorded_at", None),
                            ("recorded_by", None),
                            ("taken_back_at", None),
                        ),
                        models.Q(
                            ("happened_at__isnull", False),
                            ("recorded_at__isnull", False),
                            ("recorded_by__isnull", False),
                            models.Q(("key", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="reception_entered_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="reception",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("taken_back_at", None), ("taken_back_by", None)),
                        models.Q(("taken_back_at__isnull", False), ("taken_back_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="reception_taken_back_by_somebody",
                ),
            ),
        ),
        migrations.RunSQL(KEYS, KEYS_BACK),
    ]
