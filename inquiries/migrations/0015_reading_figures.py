"""What is open is found by what is asked of it: whose, and due when."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

COHORT = """
create or replace view inquiries_cohort as
    select i.id as inquiry_id, i.district_id, i.holder_id as place_id, i.kind::text, i.urgency::text,
        i.channel::text, i.topic_id, null::bigint as officer_id, i.source::text, i.asked_at as at, i.due_at,
        i.answered_at is null as open, i.state::text, i.answered_at is null and i.merged_into_id is null as pursued,
        bida_cohort(i) as counted{more}
    from inquiries_inquiry i
    where i.holder_id = any ((select bida_places())::bigint[])
        or (select current_setting('bida.district', true)) = 'all' or i.district_id = (select bida_district());
"""
MORE = ", i.original_due_at, i.chase_level::text, i.due_on"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inquiries", "0014_tallies")]

    operations = [
        migrations.RunSQL(COHORT.replace("{more}", MORE), migrations.RunSQL.noop),
        AddIndexConcurrently(
            "inquiry", models.Index(name="inquiry_by_asked", fields=["district", "asked_at"])
        ),
        AddIndexConcurrently(
            "inquiry",
            models.Index(
                name="inquiry_open_by_due", fields=["district", "due_at"], condition=Q(answered_at=None)
            ),
        ),
    ]
