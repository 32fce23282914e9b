"""How long a pen was held is frozen when it is laid down, so that the time held is added up by the database."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import Q

HELD = """
create or replace view inquiries_held as
    select i.district_id, p.place_id, i.kind::text, p.part::text, p.from_at, p.until_at as at{more}
    from inquiries_pen p join inquiries_inquiry i on i.id = p.inquiry_id
    where p.until_at is not null and (p.place_id = any ((select bida_places())::bigint[])
        or (select current_setting('bida.district', true)) = 'all' or i.district_id = (select bida_district()));
"""
CHUNK = 10_000


def measure(apps: Any, schema_editor: Any) -> None:
    """Pens laid down before are measured by the calendar in force."""
    pens = apps.get_model("inquiries", "Pen").objects.filter(until_at__isnull=False, minutes=None)
    if not pens.exists():
        return
    from bureaus.services.calendar import calendar_for

    # What is laid down is not rewritten by anybody; that it is measured is new.
    schema_editor.execute("alter table inquiries_pen disable trigger user")
    while chunk := list(pens.select_related("inquiry").order_by("pk")[:CHUNK]):
        for pen in chunk:
            pen.minutes = calendar_for(pen.inquiry.district_id).minutes_between(pen.from_at, pen.until_at)
        pens.model.objects.bulk_update(chunk, ["minutes"])
    schema_editor.execute("alter table inquiries_pen enable trigger user")


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0027_changes_after_a_restore")]

    operations = [
        migrations.AddField("pen", "minutes", models.IntegerField(null=True)),
        migrations.RunSQL(HELD.format(more=", p.minutes"), migrations.RunSQL.noop),
        migrations.RunPython(measure, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            "pen",
            models.CheckConstraint(
                name="pen_measured_when_laid_down",
                condition=Q(until_at=None, minutes=None)
                | Q(until_at__isnull=False, minutes__isnull=False, minutes__gte=0),
            ),
        ),
    ]
