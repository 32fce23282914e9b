"""What is overdue or due soon is read from an index of what is open, without the rows themselves.

Of ten million inquiries the open ones lie each on a page of its own; to look at every page, and to write down all that
each counts as, took more than a hundred milliseconds.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

COHORT = """
set lock_timeout = '5s';
create or replace view inquiries_cohort as
    select i.id as inquiry_id, i.district_id, i.holder_id as place_id, i.kind::text, i.urgency::text,
        i.channel::text, i.topic_id, null::bigint as officer_id, i.source::text, i.asked_at as at, i.due_at,
        i.answered_at is null as open, i.state::text, i.answered_at is null and i.merged_into_id is null as pursued,
        bida_cohort(i) as counted, i.original_due_at, i.chase_level::text, i.due_on,
        i.parent_id is null and i.at_once is not true as owed
    from inquiries_inquiry i
    where i.holder_id = any ((select bida_places())::bigint[])
        or (select current_setting('bida.district', true)) = 'all' or i.district_id = (select bida_district());
reset lock_timeout;
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inquiries", "0028_minutes_of_pens")]

    operations = [
        migrations.RunSQL(COHORT, migrations.RunSQL.noop),
        AddIndexConcurrently(
            "inquiry",
            models.Index(
                name="inquiry_open_set",
                fields=["district", "due_at"],
                condition=Q(answered_at=None),
                include=[
                    *("holder", "kind", "urgency", "channel", "topic", "source", "state"),
                    *("asked_at", "original_due_at", "due_on", "chase_level", "parent", "at_once", "id"),
                ],
            ),
        ),
        RemoveIndexConcurrently("inquiry", "inquiry_open_by_due"),
    ]
