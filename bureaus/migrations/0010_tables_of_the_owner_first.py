from django.db import migrations

# A search path that does not name pg_temp begins with it: a table that the caller made would have been taken for ours,
# and its triggers would have run as the owner.
LAST = "alter function withdraw_notices(text, text[], timestamptz) set search_path = public, pg_temp"
FIRST = "alter function withdraw_notices(text, text[], timestamptz) set search_path = pg_catalog, public"


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0009_a_district_stands_under_nothing"),
    ]

    operations = [migrations.RunSQL(LAST, FIRST)]
