"""What a booth wrote of an inquiry is seen in its own district alone; numbers without one are seen as before."""

from django.db import migrations

TABLES = ("reception", "cardreturn", "raised")
# The counts of a day are the same for every reader of the district: hence its scope, and not that of the one matter.
POLICIES = "set local lock_timeout = '5s';" + "".join(
    f"""
alter table disclosure_{table} enable row level security;
create policy web_reads on disclosure_{table} for select to bida_web
    using (inquiry_id is null or bida_own_district(district_id));
create policy web_adds on disclosure_{table} for insert to bida_web
    with check (inquiry_id is null or bida_sees(inquiry_id));
create policy worker on disclosure_{table} to bida_worker
    using (bida_works(district_id)) with check (bida_works(district_id));
"""
    for table in TABLES
)
# A slip is taken back, which is all that the trigger lets pass; of a returned card nobody changes anything.
CHANGES = "".join(
    f"""
create policy web_changes on disclosure_{table} for update to bida_web
    using (inquiry_id is null or bida_own_district(district_id));
"""
    for table in ("reception", "raised")
)
BACK = "".join(
    f"""
drop policy if exists web_changes on disclosure_{table};
drop policy web_adds on disclosure_{table};
drop policy web_reads on disclosure_{table};
drop policy worker on disclosure_{table};
alter table disclosure_{table} disable row level security;
"""
    for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0016_pulse_of_the_box")]

    operations = [migrations.RunSQL(POLICIES + CHANGES, BACK)]
