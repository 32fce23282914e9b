"""What an act counts for, frozen on its event; what the figures ask of an inquiry, on its row."""

import django.db.models.deletion
from django.db import migrations, models

from bureaus.migrating import InOneStep

# Acts and answers from before: the event tells what it tells, and working minutes nobody froze stay unknown.
FILL = """
set local lock_timeout = '5s';
update inquiries_inquiry i set outcome = a.outcome, at_once = a.at_once from inquiries_answer a
    where a.inquiry_id = i.id and a.round = i.round and i.answered_at is not null and i.outcome is null;
alter table inquiries_event disable trigger user;
update inquiries_event e set kind = i.kind, urgency = i.urgency, channel = i.channel, topic_id = i.topic_id,
    counted = case
        when e.code = 'answered' then concat_ws(' ', 'answered', 'answered_' || (e.codes ->> 'outcome'), (
            select case
                when a.at_once then 'answered_at_once'
                else concat_ws(' ',
                    case when i.parent_id is null then 'answered_owed' end,
                    case when i.parent_id is null and a.answered_at >= a.due_at then 'answered_late' end,
                    case when i.parent_id is null and a.answered_at >= i.original_due_at then 'answered_late_first' end)
                end
            from inquiries_answer a where a.id = (e.codes ->> 'answer')::bigint))
        when e.code = 'chased' and e.codes ->> 'level' = 'digest' then null
        when e.code = 'chased' then 'chased_' || (e.codes ->> 'level')
        when e.code = 'rated' then concat_ws(' ', 'rated_' || (e.codes ->> 'source'),
            'rated_' || (e.codes ->> 'source') || '_' || nullif(e.codes ->> 'satisfaction', ''))
        when e.code in ('recorded', 'dispatched', 'designated', 'signed_for', 'returned', 'disputed', 'dispute_upheld',
            'dispute_refused', 'reassigned', 'handed_over', 'hand_over_declined', 'assist_asked', 'extension_asked',
            'extended', 'extension_refused', 'asked_citizen', 'citizen_replied', 'contacted', 'not_reached', 'interim',
            'asked_again', 'chased_by_hand', 'reclassified', 'merged', 'unmerged', 'split', 'reopened', 'filed',
            'acknowledge_done') then e.code
    end
from inquiries_inquiry i where i.id = e.inquiry_id and e.kind is null;
alter table inquiries_event enable trigger user;
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0012_first_reference_of_a_year")]

    operations = [
        InOneStep(
            migrations.AddField("event", "kind", models.CharField(max_length=14, null=True)),
            migrations.AddField("event", "urgency", models.CharField(max_length=8, null=True)),
            migrations.AddField("event", "channel", models.CharField(max_length=12, null=True)),
            migrations.AddField(
                "event",
                "topic",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="inquiries.topic",
                ),
            ),
            migrations.AddField("event", "counted", models.CharField(max_length=300, null=True)),
            migrations.AddField("event", "timed", models.CharField(max_length=40, null=True)),
            migrations.AddField("event", "minutes", models.IntegerField(null=True)),
            migrations.AddField(
                "inquiry", "outcome", models.CharField(max_length=16, null=True, verbose_name="outcome")
            ),
            migrations.AddField(
                "inquiry", "at_once", models.BooleanField(null=True, verbose_name="answered at once")
            ),
            migrations.AddField("inquiry", "contacted_at", models.DateTimeField(null=True)),
            migrations.AddField("inquiry", "contacted_late", models.BooleanField(null=True)),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
