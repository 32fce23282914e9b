"""What times, ageing and acknowledgements are read from: counting columns alone, for places that lie in the scope."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

IN_SCOPE = """({place} = any ((select bida_places())::bigint[])
        or (select current_setting('bida.district', true)) = 'all' or {district} = (select bida_district()))"""
VIEWS = f"""
create view inquiries_held as
    select i.district_id, p.place_id, i.kind::text, p.part::text, p.from_at, p.until_at as at
    from inquiries_pen p join inquiries_inquiry i on i.id = p.inquiry_id
    where p.until_at is not null and {IN_SCOPE.format(place="p.place_id", district="i.district_id")};
create view inquiries_owed as
    select d.district_id, d.place_id, d.kind::text, d.due_at from inquiries_duty d
    where d.done_at is null and {IN_SCOPE.format(place="d.place_id", district="d.district_id")};
grant select on inquiries_held, inquiries_owed to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inquiries", "0015_reading_figures")]

    operations = [
        migrations.RunSQL(VIEWS, "drop view inquiries_held, inquiries_owed"),
        AddIndexConcurrently(
            "pen",
            models.Index(
                name="pen_laid_down", fields=["place", "until_at"], condition=Q(until_at__isnull=False)
            ),
        ),
    ]
