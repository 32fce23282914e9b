"""Totals and what waits to join them reference no district of their own.

Each is made by a trigger, or counted anew, from rows that reference theirs. Looking the district up once more for every
total took two thirds of counting them, and for every word of an act a part of each act.
"""

from django.db import migrations

TABLES = ("tally", "tallydelta", "timetally", "timedelta")
GONE = "".join(
    f"alter table inquiries_{table} drop constraint if exists inquiries_{table}_district_id_fkey;"
    for table in TABLES
)
BACK = "".join(
    f"alter table inquiries_{table} add constraint inquiries_{table}_district_id_fkey "
    "foreign key (district_id) references bureaus_place;"
    for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0042_saved_views")]

    operations = [migrations.RunSQL(f"set local lock_timeout = '5s'; {GONE}", BACK)]
