from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from bureaus.workdays import published_days


def load_announced_years(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The national calendar knows every year that the installed chinesecalendar covers."""
    CalendarVersion = apps.get_model("bureaus", "CalendarVersion")
    CalendarDay = apps.get_model("bureaus", "CalendarDay")
    CalendarYear = apps.get_model("bureaus", "CalendarYear")
    years = published_days()
    version = CalendarVersion.objects.create(
        number=1, made_at=timezone.now(), note=f"{min(years)}\N{EN DASH}{max(years)}"
    )
    CalendarDay.objects.bulk_create(
        CalendarDay(version=version, on=on, working=day.working, name=day.name, source=day.source)
        for days in years.values()
        for on, day in days.items()
    )
    CalendarYear.objects.bulk_create(
        CalendarYear(version=version, year=year, announced=True) for year in years
    )


class Migration(migrations.Migration):
    dependencies = [("bureaus", "0004_calendar")]

    operations = [migrations.RunPython(load_announced_years, migrations.RunPython.noop)]
