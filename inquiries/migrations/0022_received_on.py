"""A disclosure application keeps the day it was received, as it keeps the day it was asked."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inquiries", "0021_webhooks"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name="inquiry",
            name="moves",
        ),
        migrations.AddField(
            model_name="inquiry",
            name="received_on",
            field=models.DateField(blank=True, null=True, verbose_name="received on"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="inquiry",
            trigger=pgtrigger.compiler.Trigger(
                name="moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (('answered', 'assigned'), ('answered', 'filed'), ('assigned', 'answered'), ('assigned', 'in_hand'), ('assigned', 'received'), ('awaiting_citizen', 'answered'), ('awaiting_citizen', 'assigned'), ('awaiting_citizen', 'in_hand'), ('awaiting_citizen', 'received'), ('filed', 'assigned'), ('in_hand', 'answered'), ('in_hand', 'assigned'), ('in_hand', 'awaiting_citizen'), ('in_hand', 'received'), ('received', 'answered'), ('received', 'assigned')) THEN\n            RAISE EXCEPTION 'an inquiry does not move from % to %', OLD.state, NEW.state\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_moves';\n        END IF;\n        IF (NEW.district_id, NEW.reference, NEW.asked_at, NEW.received_on, NEW.recorded_at, NEW.original_due_at)\n            IS DISTINCT FROM (OLD.district_id, OLD.reference, OLD.asked_at, OLD.received_on, OLD.recorded_at,\n                OLD.original_due_at)\n        THEN\n            RAISE EXCEPTION 'what was asked and when it was first due never changes'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_keeps_its_origin';\n        END IF;\n        IF NEW.round < OLD.round OR NEW.round > OLD.round + 1\n            OR (NEW.round = OLD.round AND NEW.chase_number < OLD.chase_number)\n            OR (NEW.round > OLD.round) <> (OLD.answered_at IS NOT NULL AND NEW.answered_at IS NULL)\n            OR (NEW.round > OLD.round AND NEW.chase_number <> 0)\n            OR (NEW.round = OLD.round AND NEW.chase_number > OLD.chase_number + 1)\n        THEN\n            RAISE EXCEPTION 'rounds and chase numbers only rise'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_numbers_rise';\n        END IF;\n        IF NEW.round = OLD.round AND NEW.chase_number > OLD.chase_number THEN\n            PERFORM FROM inquiries_chase c\n                WHERE c.inquiry_id = NEW.id AND c.round = NEW.round AND c.number = NEW.chase_number;\n            IF NOT FOUND THEN\n                RAISE EXCEPTION 'a chase is counted only where it stands'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_numbers_rise';\n            END IF;\n        END IF;\n        IF NEW.sealed <> OLD.sealed THEN\n            IF OLD.sealed THEN\n                RAISE EXCEPTION 'a seal is never broken'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_seal_stays';\n            END IF;\n            PERFORM FROM inquiries_sight s WHERE s.inquiry_id = NEW.id AND s.officer_id IS NULL;\n            IF FOUND THEN\n                RAISE EXCEPTION 'behind a seal are named readers only'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_seal_stays';\n            END IF;\n        END IF;\n        IF NEW.event_count < OLD.event_count OR NEW.version < OLD.version THEN\n            RAISE EXCEPTION 'a version only rises'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_version_rises';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="d4e3e2a0ea1043ab358559599e5ae2760eb132bc",
                    operation="UPDATE",
                    pgid="pgtrigger_moves_dec1d",
                    table="inquiries_inquiry",
                    when="BEFORE",
                ),
            ),
        ),
    ]
