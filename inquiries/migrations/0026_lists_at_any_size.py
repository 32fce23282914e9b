"""The policy of inquiries asks what is cheap first, and looks a sealed row up by itself.

Its one EXISTS was made into a hash of every sight of the reader's places, before the first of fifty rows was shown: for
the district's office 70 ms among 100 thousand inquiries, growing with them. What it lets through has not changed.
"""

from django.db import migrations

WAS = """
    id = (select bida_recording())
    or exists (
        select 1 from inquiries_sight s
        where s.inquiry_id = inquiries_inquiry.id and s.place_id = any ((select bida_places())::bigint[])
            and (s.officer_id is null or s.officer_id = (select bida_officer()))
    )
    or (not sealed and district_id = (select bida_district()))
"""
# With an OFFSET it stays a look-up for each row; few are sealed. The other may become a hash: a place that is not the
# district's office reads many of its own at once.
IS = """
    (not sealed and district_id = (select bida_district()))
    or id = (select bida_recording())
    or (sealed and exists (
        select 1 from inquiries_sight s
        where s.inquiry_id = inquiries_inquiry.id and s.place_id = any ((select bida_places())::bigint[])
            and (s.officer_id is null or s.officer_id = (select bida_officer()))
        offset 0
    ))
    or (not sealed and exists (
        select 1 from inquiries_sight s
        where s.inquiry_id = inquiries_inquiry.id and s.place_id = any ((select bida_places())::bigint[])
            and (s.officer_id is null or s.officer_id = (select bida_officer()))
    ))
"""


def _policy(sees: str) -> str:
    return f"""
        set local lock_timeout = '5s';
        alter policy web on inquiries_inquiry using ({sees}) with check ({sees});
    """


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0025_name_of_the_tree")]

    operations = [migrations.RunSQL(_policy(IS), _policy(WAS))]
