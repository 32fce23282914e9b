"""An application has its applicant's kind, and an answer that gives nothing its ground in law."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0013_edits_on_record"),
        ("inquiries", "0044_topics_that_retired"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name="draft",
            name="never_rewritten",
        ),
        migrations.AddField(
            model_name="answer",
            name="ground",
            field=models.CharField(
                blank=True,
                choices=[
                    ("state_secret", "a state secret"),
                    ("forbidden", "disclosure is forbidden by another law or regulation"),
                    ("safety", "a danger to national, public or economic security or to social stability"),
                    ("third_party", "it protects the lawful rights of a third party"),
                    ("internal", "one of the three kinds of internal affairs"),
                    ("in_process", "one of the four kinds of papers in process"),
                    ("case_file", "a case file of administrative enforcement"),
                    ("register", "a matter of administrative inquiry"),
                    ("not_here", "this office does not hold it"),
                    ("to_be_made", "it is not at hand and would have to be made"),
                    ("unclear", "still unclear after it was corrected"),
                    ("petition", "a petition, report or complaint"),
                    ("repeated", "a repeated application"),
                    ("publication", "it asks for a public publication"),
                    ("excessive", "many and repeated applications without good reason"),
                    ("confirming", "it asks to confirm or issue again what was obtained already"),
                    ("uncorrected", "not corrected in time without good reason"),
                    ("unpaid", "the fee was not paid in time"),
                ],
                db_default="",
                default="",
                max_length=16,
                verbose_name="ground in law",
            ),
        ),
        migrations.AddField(
            model_name="citizen",
            name="applicant",
            field=models.CharField(
                choices=[
                    ("natural", "a natural person"),
                    ("business", "a business"),
                    ("research", "a research institution"),
                    ("welfare", "a public welfare organisation"),
                    ("legal_service", "a legal service organisation"),
                    ("other", "another body"),
                ],
                default="natural",
                max_length=14,
                verbose_name="applicant",
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="ground",
            field=models.CharField(
                blank=True,
                choices=[
                    ("state_secret", "a state secret"),
                    ("forbidden", "disclosure is forbidden by another law or regulation"),
                    ("safety", "a danger to national, public or economic security or to social stability"),
                    ("third_party", "it protects the lawful rights of a third party"),
                    ("internal", "one of the three kinds of internal affairs"),
                    ("in_process", "one of the four kinds of papers in process"),
                    ("case_file", "a case file of administrative enforcement"),
                    ("register", "a matter of administrative inquiry"),
                    ("not_here", "this office does not hold it"),
                    ("to_be_made", "it is not at hand and would have to be made"),
                    ("unclear", "still unclear after it was corrected"),
                    ("petition", "a petition, report or complaint"),
                    ("repeated", "a repeated application"),
                    ("publication", "it asks for a public publication"),
                    ("excessive", "many and repeated applications without good reason"),
                    ("confirming", "it asks to confirm or issue again what was obtained already"),
                    ("uncorrected", "not corrected in time without good reason"),
                    ("unpaid", "the fee was not paid in time"),
                ],
                db_default="",
                default="",
                max_length=16,
                verbose_name="ground in law",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="draft",
            trigger=pgtrigger.compiler.Trigger(
                name="never_rewritten",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.decided_at IS NOT NULL OR (NEW.inquiry_id, NEW.round, NEW.outcome, NEW.text, NEW.basis, NEW.ground, NEW.told_how, NEW.promised_on, NEW.drafted_by_id, NEW.drafted_at) IS DISTINCT FROM (OLD.inquiry_id, OLD.round, OLD.outcome, OLD.text, OLD.basis, OLD.ground, OLD.told_how, OLD.promised_on, OLD.drafted_by_id, OLD.drafted_at))",
                    func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                    hash="9cf5cb31e6cab0a0eccac5b90440dcc1ebc04f20",
                    operation="UPDATE",
                    pgid="pgtrigger_never_rewritten_8bb1e",
                    table="inquiries_draft",
                    when="BEFORE",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="answer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ground", ""),
                    models.Q(
                        (
                            "ground__in",
                            [
                                "state_secret",
                                "forbidden",
                                "safety",
                                "third_party",
                                "internal",
                                "in_process",
                                "case_file",
                                "register",
                            ],
                        ),
                        ("outcome", "refused"),
                    ),
                    models.Q(("ground__in", ["not_here", "to_be_made", "unclear"]), ("outcome", "not_held")),
                    models.Q(
                        ("ground__in", ["petition", "repeated", "publication", "excessive", "confirming"]),
                        ("outcome", "not_processed"),
                    ),
                    models.Q(("ground__in", ["uncorrected", "unpaid"]), ("outcome", "ended")),
                    _connector="OR",
                ),
                name="answer_ground_fits",
            ),
        ),
        AddConstraintNotValid(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ground", ""),
                    models.Q(
                        (
                            "ground__in",
                            [
                                "state_secret",
                                "forbidden",
                                "safety",
                                "third_party",
                                "internal",
                                "in_process",
                                "case_file",
                                "register",
                            ],
                        ),
                        ("outcome", "refused"),
                    ),
                    models.Q(("ground__in", ["not_here", "to_be_made", "unclear"]), ("outcome", "not_held")),
                    models.Q(
                        ("ground__in", ["petition", "repeated", "publication", "excessive", "confirming"]),
                        ("outcome", "not_processed"),
                    ),
                    models.Q(("ground__in", ["uncorrected", "unpaid"]), ("outcome", "ended")),
                    _connector="OR",
                ),
                name="draft_ground_fits",
            ),
        ),
    ]
