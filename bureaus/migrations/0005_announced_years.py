from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from bureaus.workdays import published_days


def load_announced_years(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The national calendar knows every year that the installed chinesecalendar covers."""
    years = published_days()
    version = apps.get_model("bureaus", "CalendarVersion").objects.create(
        number=1, made_at=timezone.now(), note=f"{min(years)}\N{EN DASH}{max(years)}"
    )
    day, year = (apps.get_model("bureaus", name) for name in ("CalendarDay", "CalendarYear"))
    day.objects.bulk_create(
        day(version=version, on=on, working=known.working, name=known.name, source=known.source)
        for days in years.values()
        for on, known in days.items()
    )
    year.objects.bulk_create(year(version=version, year=number, announced=True) for number in years)


class Migration(migrations.Migration):
    dependencies = [("bureaus", "0004_calendar")]

    operations = [migrations.RunPython(load_announced_years, migrations.RunPython.noop)]
