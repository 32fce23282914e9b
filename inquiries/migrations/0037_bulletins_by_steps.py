"""A bulletin is made, reviewed by another, signed, and published or kept; a newer one corrects or withdraws it."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from bureaus.migrating import InOneStep

GUARD = """
alter table inquiries_bulletindraft enable row level security;
create policy web on inquiries_bulletindraft to bida_web
    using (district_id = (select bida_district())) with check (district_id = (select bida_district()));
create policy worker on inquiries_bulletindraft to bida_worker
    using (bida_works(district_id)) with check (bida_works(district_id));
grant select, insert on inquiries_bulletindraft to bida_web, bida_worker;
grant update (reviewed_by_id, reviewed_at, passed, review, decided_by_id, decided_at, signed, reason)
    on inquiries_bulletindraft to bida_web;
alter table inquiries_bulletinpublication enable row level security;
create policy published on inquiries_bulletinpublication for select to bida_web
    using (exists (select 1 from bureaus_place p where p.id = any ((select bida_places())::bigint[])
        and coalesce(p.district_id, p.id) = inquiries_bulletinpublication.district_id));
create policy publishes on inquiries_bulletinpublication for insert to bida_web
    with check (district_id = (select bida_district()));
create policy worker on inquiries_bulletinpublication to bida_worker
    using (bida_works(district_id)) with check (bida_works(district_id));
grant select, insert on inquiries_bulletinpublication to bida_web, bida_worker;
grant usage on sequence inquiries_bulletindraft_id_seq, inquiries_bulletinpublication_id_seq to bida_web, bida_worker;
-- Whoever sees the publication reads the bulletin.
create policy published on inquiries_bulletin for select to bida_web
    using (exists (select 1 from inquiries_bulletinpublication p where p.bulletin_id = inquiries_bulletin.id));
"""
BACK = """
drop policy published on inquiries_bulletin;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0011_successors_of_posts"),
        ("inquiries", "0036_work_orders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="bulletin",
            name="replaces",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="inquiries.bulletin",
                verbose_name="stands in the stead of",
            ),
        ),
        migrations.AddField(
            model_name="bulletin",
            name="withdraws",
            field=models.BooleanField(db_default=False, default=False, verbose_name="withdraws it"),
        ),
        migrations.CreateModel(
            name="BulletinDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_on", models.DateField(verbose_name="first day")),
                ("last_on", models.DateField(verbose_name="last day")),
                ("words", models.TextField(blank=True, max_length=2000, verbose_name="foreword")),
                ("withdraws", models.BooleanField(default=False, verbose_name="withdraws it")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("passed", models.BooleanField(null=True)),
                ("review", models.TextField(blank=True, max_length=2000, verbose_name="review")),
                ("decided_at", models.DateTimeField(null=True)),
                ("signed", models.BooleanField(null=True)),
                ("reason", models.TextField(blank=True, max_length=2000, verbose_name="reason")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inquiries.bulletin",
                        verbose_name="stands in the stead of",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "draft of a bulletin",
                "verbose_name_plural": "drafts of bulletins",
            },
        ),
        migrations.AddField(
            model_name="bulletin",
            name="draft",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bulletin",
                to="inquiries.bulletindraft",
                verbose_name="draft",
            ),
        ),
        migrations.CreateModel(
            name="BulletinPublication",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="published")),
                (
                    "bulletin",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="publication",
                        to="inquiries.bulletin",
                        verbose_name="bulletin",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                        verbose_name="district",
                    ),
                ),
            ],
            options={
                "verbose_name": "publication of a bulletin",
                "verbose_name_plural": "publications of bulletins",
            },
        ),
        InOneStep(
            migrations.AddConstraint(
                model_name="bulletindraft",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("passed", None), ("reviewed_at", None), ("reviewed_by", None)),
                        models.Q(
                            ("passed__isnull", False),
                            ("reviewed_at__isnull", False),
                            ("reviewed_by__isnull", False),
                            models.Q(("reviewed_by", models.F("made_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="bulletin_reviewed_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="bulletindraft",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("decided_at", None), ("decided_by", None), ("signed", None)),
                        models.Q(
                            ("decided_at__isnull", False),
                            ("decided_by__isnull", False),
                            ("passed", True),
                            ("passed__isnull", False),
                            ("signed__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="bulletin_signed_after_review",
                ),
            ),
            migrations.AddConstraint(
                model_name="bulletindraft",
                constraint=models.CheckConstraint(
                    condition=models.Q(("withdraws", False), ("replaces__isnull", False), _connector="OR"),
                    name="bulletin_withdraws_something",
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bulletindraft",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_rewritten",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (OLD.decided_at IS NOT NULL OR OLD.passed = false OR (NEW.district_id, NEW.first_on, NEW.last_on, NEW.words, NEW.replaces_id, NEW.withdraws, NEW.made_by_id, NEW.made_at) IS DISTINCT FROM (OLD.district_id, OLD.first_on, OLD.last_on, OLD.words, OLD.replaces_id, OLD.withdraws, OLD.made_by_id, OLD.made_at) OR (OLD.reviewed_at IS NOT NULL AND (NEW.reviewed_by_id, NEW.reviewed_at, NEW.passed, NEW.review) IS DISTINCT FROM (OLD.reviewed_by_id, OLD.reviewed_at, OLD.passed, OLD.review)))",
                        func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                        hash="c97d97f7f6582a3812e9e28cab3cd9fcbf4b44da",
                        operation="UPDATE",
                        pgid="pgtrigger_never_rewritten_2dc8f",
                        table="inquiries_bulletindraft",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bulletindraft",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="1f9411ad8acae039e4415432ae0c98065bcb40f6",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_9d5d9",
                        table="inquiries_bulletindraft",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bulletindraft",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="53b0e54731643d23cfbdc0862fc4f52084195a6d",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_e2be6",
                        table="inquiries_bulletindraft",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bulletinpublication",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                        hash="3dfb383ae56bc8c550366a2166205feedf959c1a",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_7b213",
                        table="inquiries_bulletinpublication",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bulletinpublication",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_deleted",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition="WHEN (current_user <> 'bida_retention')",
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="0e3c25b344d7da992f4c61bf0f583ba6b326eea1",
                        operation="DELETE",
                        pgid="pgtrigger_never_deleted_0d584",
                        table="inquiries_bulletinpublication",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="bulletinpublication",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_truncated",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                        hash="6381d8b68224d34d02d1002bf33a3577c6c34c98",
                        level="STATEMENT",
                        operation="TRUNCATE",
                        pgid="pgtrigger_never_truncated_b92b6",
                        table="inquiries_bulletinpublication",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
        migrations.RunSQL(GUARD, BACK),
    ]
