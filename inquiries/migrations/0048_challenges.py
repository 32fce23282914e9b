"""Reconsideration and litigation about an application stand beside it, and are closed once."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

POLICIES = """
alter table inquiries_challenge enable row level security;
create policy web on inquiries_challenge to bida_web
    using (bida_sees(inquiry_id)) with check (bida_sees(inquiry_id));
create policy worker on inquiries_challenge for select to bida_worker using (bida_works(district_id));
grant select, insert, update on inquiries_challenge to bida_web;
grant select on inquiries_challenge to bida_worker;
grant usage on sequence inquiries_challenge_id_seq to bida_web;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0013_edits_on_record"),
        ("inquiries", "0047_drafts_that_are_forgotten"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Challenge",
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
                            ("review", "administrative reconsideration"),
                            ("suit", "lawsuit without reconsideration"),
                            ("after", "lawsuit after reconsideration"),
                        ],
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                ("body", models.CharField(max_length=120, verbose_name="before whom")),
                ("received_on", models.DateField(verbose_name="received on")),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("pending", "not closed yet"),
                            ("upheld", "upheld"),
                            ("corrected", "corrected"),
                            ("otherwise", "another result"),
                            ("mistaken", "entered by mistake"),
                        ],
                        default="pending",
                        max_length=9,
                        verbose_name="result",
                    ),
                ),
                ("closed_on", models.DateField(null=True, verbose_name="closed on")),
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
                        related_name="challenges",
                        to="inquiries.inquiry",
                        verbose_name="inquiry",
                    ),
                ),
            ],
            options={
                "verbose_name": "challenge",
                "verbose_name_plural": "challenges",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("body", ""), _negated=True), name="challenge_names_who_judges"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_on", None), ("result", "pending")),
                            models.Q(
                                ("closed_on__gte", models.F("received_on")),
                                ("closed_on__isnull", False),
                                models.Q(("result", "pending"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="challenge_closed_whole",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="challenge",
            trigger=pgtrigger.compiler.Trigger(
                name="never_rewritten",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.result <> 'pending' OR (NEW.district_id, NEW.inquiry_id, NEW.kind, NEW.body, NEW.received_on, NEW.entered_by_id, NEW.entered_at) IS DISTINCT FROM (OLD.district_id, OLD.inquiry_id, OLD.kind, OLD.body, OLD.received_on, OLD.entered_by_id, OLD.entered_at))",
                    func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                    hash="2a78726aa95c7d4b032dd59f33e26d63e9025cb8",
                    operation="UPDATE",
                    pgid="pgtrigger_never_rewritten_e8cf9",
                    table="inquiries_challenge",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="challenge",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="4717cf03a7607d1de9f994f7f219eaba0af533dc",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_fb0ab",
                    table="inquiries_challenge",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="challenge",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="2ef5798d210dc287fea31a13c73a0973d76f5078",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_b9dbb",
                    table="inquiries_challenge",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
