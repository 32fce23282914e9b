"""Numbers without a gap, pens and drafts that stay as written, seals that hold, riders answered with their lead."""

import datetime

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

GUARDS = """
set local lock_timeout = '5s';

-- A chase follows the one before it: no number is skipped. By index alone, whatever the planner knew of an empty table.
create function bida_chases_follow() returns trigger
    language plpgsql security definer set search_path = public, pg_temp
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    perform from written n where n.number > 1 and n.inquiry_id is not null and not exists (
        select from inquiries_chase c
        where c.inquiry_id = n.inquiry_id and c.round = n.round and c.number = n.number - 1);
    if not found then
        perform from written n where n.number > 1 and n.duty_id is not null and not exists (
            select from inquiries_chase c where c.duty_id = n.duty_id and c.number = n.number - 1);
    end if;
    if found then
        raise exception 'chases are numbered without a gap'
            using errcode = 'check_violation', constraint = 'chase_follows_the_last';
    end if;
    return null;
end $$;
create trigger follow after insert on inquiries_chase referencing new table as written
    for each statement execute function bida_chases_follow();

-- Whoever answers a lead answers what rides on it, seen or not: neither is left behind at the end of a transaction.
create function bida_riders_answered() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform from inquiries_inquiry rider join inquiries_inquiry lead on lead.id = rider.merged_into_id
        where rider.answered_at is null and lead.answered_at is not null
            and (rider.id = new.id or rider.merged_into_id = new.id);
    if found then
        raise exception 'a rider is answered with its lead'
            using errcode = 'check_violation', constraint = 'inquiry_answered_with_its_lead';
    end if;
    return null;
end $$;
create constraint trigger answered_with_riders after update of answered_at on inquiries_inquiry
    deferrable initially deferred for each row when (new.answered_at is not null and old.answered_at is null)
    execute function bida_riders_answered();
create constraint trigger rides_on_the_unanswered after insert or update of merged_into_id, answered_at
    on inquiries_inquiry deferrable initially deferred for each row
    when (new.merged_into_id is not null and new.answered_at is null)
    execute function bida_riders_answered();

-- Who sees a matter lies in its district, and behind a seal has a name.
create function bida_sight_fits() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform from inquiries_inquiry i join bureaus_place p on p.id = new.place_id
        where i.id = new.inquiry_id and i.district_id = new.district_id
            and coalesce(p.district_id, p.id) = i.district_id and (new.officer_id is not null or not i.sealed);
    if not found then
        raise exception 'this place does not see this inquiry so'
            using errcode = 'check_violation', constraint = 'sight_fits_its_inquiry';
    end if;
    return null;
end $$;
create trigger fits after insert or update of inquiry_id, place_id, officer_id, district_id on inquiries_sight
    for each row execute function bida_sight_fits();
"""

GUARDS_BACK = """
drop trigger fits on inquiries_sight;
drop function bida_sight_fits();
drop trigger rides_on_the_unanswered on inquiries_inquiry;
drop trigger answered_with_riders on inquiries_inquiry;
drop function bida_riders_answered();
drop trigger follow on inquiries_chase;
drop function bida_chases_follow();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0006_notices"),
        ("inquiries", "0006_told_by_letter"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name="duty",
            name="done_stays_done",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="inquiry",
            name="moves",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="inquiry",
            name="beginnings",
        ),
        migrations.AlterField(
            model_name="sight",
            name="reason",
            field=models.CharField(
                choices=[
                    ("holds", "holds it"),
                    ("recorded", "recorded it"),
                    ("held", "held it"),
                    ("assists", "assists"),
                    ("offered", "is offered it"),
                    ("reads", "named reader"),
                    ("leads", "answers it with its lead"),
                ],
                max_length=8,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="draft",
            trigger=pgtrigger.compiler.Trigger(
                name="never_rewritten",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.decided_at IS NOT NULL OR (NEW.inquiry_id, NEW.round, NEW.outcome, NEW.text, NEW.basis, NEW.told_how, NEW.promised_on, NEW.drafted_by_id, NEW.drafted_at) IS DISTINCT FROM (OLD.inquiry_id, OLD.round, OLD.outcome, OLD.text, OLD.basis, OLD.told_how, OLD.promised_on, OLD.drafted_by_id, OLD.drafted_at))",
                    func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                    hash="03001ddae7bf5a73da7ae83af92d4dfda4b65d65",
                    operation="UPDATE",
                    pgid="pgtrigger_never_rewritten_8bb1e",
                    table="inquiries_draft",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="duty",
            trigger=pgtrigger.compiler.Trigger(
                name="done_stays_done",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF (NEW.inquiry_id, NEW.kind, NEW.district_id, NEW.subject, NEW.opened_at)\n                        IS DISTINCT FROM (OLD.inquiry_id, OLD.kind, OLD.district_id, OLD.subject, OLD.opened_at)\n                    THEN\n                        RAISE EXCEPTION 'a duty stays what it is and where it hangs'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'duty_keeps_its_origin';\n                    END IF;\n                    IF OLD.done_at IS NOT NULL OR NEW.chase_number < OLD.chase_number OR NEW.version < OLD.version\n                        OR NEW.chase_number > OLD.chase_number + 1\n                    THEN\n                        RAISE EXCEPTION 'what is done stays done, and numbers only rise'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'duty_done_stays_done';\n                    END IF;\n                    IF NEW.chase_number > OLD.chase_number THEN\n                        PERFORM FROM inquiries_chase c WHERE c.duty_id = NEW.id AND c.number = NEW.chase_number;\n                        IF NOT FOUND THEN\n                            RAISE EXCEPTION 'a chase is counted only where it stands'\n                                USING ERRCODE = 'check_violation', CONSTRAINT = 'duty_done_stays_done';\n                        END IF;\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="e55d5cffd9201bf7455b0aea87eedcbaab00c056",
                    operation="UPDATE",
                    pgid="pgtrigger_done_stays_done_98ce5",
                    table="inquiries_duty",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="inquiry",
            trigger=pgtrigger.compiler.Trigger(
                name="moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (('answered', 'assigned'), ('answered', 'filed'), ('assigned', 'answered'), ('assigned', 'in_hand'), ('assigned', 'received'), ('awaiting_citizen', 'answered'), ('awaiting_citizen', 'assigned'), ('awaiting_citizen', 'in_hand'), ('awaiting_citizen', 'received'), ('filed', 'assigned'), ('in_hand', 'answered'), ('in_hand', 'assigned'), ('in_hand', 'awaiting_citizen'), ('in_hand', 'received'), ('received', 'answered'), ('received', 'assigned')) THEN\n            RAISE EXCEPTION 'an inquiry does not move from % to %', OLD.state, NEW.state\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_moves';\n        END IF;\n        IF (NEW.district_id, NEW.reference, NEW.asked_at, NEW.recorded_at, NEW.original_due_at)\n            IS DISTINCT FROM (OLD.district_id, OLD.reference, OLD.asked_at, OLD.recorded_at, OLD.original_due_at)\n        THEN\n            RAISE EXCEPTION 'what was asked and when it was first due never changes'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_keeps_its_origin';\n        END IF;\n        IF NEW.round < OLD.round OR NEW.round > OLD.round + 1\n            OR (NEW.round = OLD.round AND NEW.chase_number < OLD.chase_number)\n            OR (NEW.round > OLD.round) <> (OLD.answered_at IS NOT NULL AND NEW.answered_at IS NULL)\n            OR (NEW.round > OLD.round AND NEW.chase_number <> 0)\n            OR (NEW.round = OLD.round AND NEW.chase_number > OLD.chase_number + 1)\n        THEN\n            RAISE EXCEPTION 'rounds and chase numbers only rise'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_numbers_rise';\n        END IF;\n        IF NEW.round = OLD.round AND NEW.chase_number > OLD.chase_number THEN\n            PERFORM FROM inquiries_chase c\n                WHERE c.inquiry_id = NEW.id AND c.round = NEW.round AND c.number = NEW.chase_number;\n            IF NOT FOUND THEN\n                RAISE EXCEPTION 'a chase is counted only where it stands'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_numbers_rise';\n            END IF;\n        END IF;\n        IF NEW.sealed <> OLD.sealed THEN\n            IF OLD.sealed THEN\n                RAISE EXCEPTION 'a seal is never broken'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_seal_stays';\n            END IF;\n            PERFORM FROM inquiries_sight s WHERE s.inquiry_id = NEW.id AND s.officer_id IS NULL;\n            IF FOUND THEN\n                RAISE EXCEPTION 'behind a seal are named readers only'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_seal_stays';\n            END IF;\n        END IF;\n        IF NEW.event_count < OLD.event_count OR NEW.version < OLD.version THEN\n            RAISE EXCEPTION 'a version only rises'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_version_rises';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="8400c32f5889e27bb290896bb4dd7d7256b663d7",
                    operation="UPDATE",
                    pgid="pgtrigger_moves_dec1d",
                    table="inquiries_inquiry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="inquiry",
            trigger=pgtrigger.compiler.Trigger(
                name="beginnings",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT NEW.imported AND (NEW.state NOT IN ('received', 'assigned', 'answered') OR NEW.round <> 1 OR NEW.chase_number <> 0))",
                    func="\n                    RAISE EXCEPTION 'an inquiry does not begin as % in round % after % chases',\n                        NEW.state, NEW.round, NEW.chase_number\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_moves';\n                ",
                    hash="15285bedf5b730ee359858aaeff749f0f5c5fcdd",
                    operation="INSERT",
                    pgid="pgtrigger_beginnings_1250e",
                    table="inquiries_inquiry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pen",
            trigger=pgtrigger.compiler.Trigger(
                name="never_rewritten",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.until_at IS NOT NULL OR NEW.until_at IS NULL OR (NEW.inquiry_id, NEW.part, NEW.place_id, NEW.post_id, NEW.from_at) IS DISTINCT FROM (OLD.inquiry_id, OLD.part, OLD.place_id, OLD.post_id, OLD.from_at))",
                    func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
                    hash="7728592274d07757814e9809b66ad715c6fdf16b",
                    operation="UPDATE",
                    pgid="pgtrigger_never_rewritten_02eb5",
                    table="inquiries_pen",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pen",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (current_user <> 'bida_retention')",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="9cb7d268d2655f03a8d380d08094c7d51dd74cd4",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_4f4a6",
                    table="inquiries_pen",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pen",
            trigger=pgtrigger.compiler.Trigger(
                name="never_truncated",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Bida keeps what was recorded';",
                    hash="44e7e5907cb5a53f487cd6fdebb72d6b7f1988e0",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_truncated_667a7",
                    table="inquiries_pen",
                    when="BEFORE",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("due_at__gte", datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                    ("due_at__lt", datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                    ("opened_at__gte", datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                ),
                name="duty_instants_are_finite",
            ),
        ),
        AddConstraintNotValid(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("asked_at__gte", datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                    ("due_at__gte", datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                    ("due_at__lt", datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                    ("original_due_at__gte", datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                    ("original_due_at__lt", datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                    ("recorded_at__lt", datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                ),
                name="inquiry_instants_are_finite",
            ),
        ),
        migrations.RunSQL(GUARDS, GUARDS_BACK),
    ]
