"""What an officer narrows the list of today by, kept under a name."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

POLICIES = """
alter table inquiries_savedview enable row level security;
alter table inquiries_startview enable row level security;
-- One's own, and what is shared with a place that one of mine lies in.
create policy web_reads on inquiries_savedview for select to bida_web using (
    owner_id = (select bida_officer())
    or place_id is not null and exists (
        select from bureaus_place mine join bureaus_place shared on shared.id = inquiries_savedview.place_id
        where mine.id = any ((select bida_places())::bigint[]) and starts_with(mine.path, shared.path)));
create policy web_makes on inquiries_savedview for insert to bida_web with check (
    owner_id = (select bida_officer())
    and (place_id is null or place_id = any ((select bida_places())::bigint[])));
create policy web_names on inquiries_savedview for update to bida_web using (
    owner_id = (select bida_officer()) or place_id = any ((select bida_places())::bigint[]));
create policy web_removes on inquiries_savedview for delete to bida_web using (
    owner_id = (select bida_officer()) or place_id = any ((select bida_places())::bigint[]));
create policy web on inquiries_startview to bida_web
    using (officer_id = (select bida_officer())) with check (officer_id = (select bida_officer()));
-- A view that is removed is the beginning of nobody's list: its remover does not see the others' rows.
alter table inquiries_startview add constraint startview_of_view
    foreign key (view_id) references inquiries_savedview on delete cascade deferrable initially deferred;
grant select, insert, update, delete on inquiries_savedview, inquiries_startview to bida_web;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0012_indexes_that_are_read"),
        ("inquiries", "0041_signed_on_paper"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("filters", models.JSONField()),
                ("made_at", models.DateTimeField()),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                        verbose_name="shared with",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved view",
                "verbose_name_plural": "saved views",
            },
        ),
        migrations.CreateModel(
            name="StartView",
            fields=[
                (
                    "officer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="inquiries.savedview",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                fields=("owner", "place", "name"), name="view_named_once", nulls_distinct=False
            ),
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
