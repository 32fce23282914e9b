import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from bureaus.migrating import InOneStep

# An officer sees the own notices and messages, the addresses of the own places, and which addresses of the people
# there are broken. Others are told by inserting, within the own district; what was sent is withdrawn by one function,
# because the notices of others are not the answering officer's to see. The worker sees the district it works on.
POLICIES = """
grant select, insert on bureaus_notice, bureaus_message to bida_web;
grant update (read_at) on bureaus_notice to bida_web;
grant select, insert, update on bureaus_address to bida_web;
grant select, insert, update on bureaus_notice, bureaus_message, bureaus_address to bida_worker;

create function bida_own_places() returns bigint[] language sql stable parallel safe as
    $$ select coalesce(nullif(current_setting('bida.places', true), ''), '{}')::bigint[] $$;
create function bida_own_district(district bigint) returns boolean language sql stable parallel safe as
    $$ select district::text = current_setting('bida.district', true) or district in (
           select coalesce(district_id, id) from public.bureaus_place where id = any(public.bida_own_places())) $$;

alter table bureaus_notice enable row level security;
alter table bureaus_message enable row level security;
alter table bureaus_address enable row level security;

create policy notice_own on bureaus_notice for select to bida_web
    using (recipient_id::text = current_setting('bida.officer', true));
create policy notice_own_read on bureaus_notice for update to bida_web
    using (recipient_id::text = current_setting('bida.officer', true));
create policy notice_told on bureaus_notice for insert to bida_web with check (bida_own_district(district_id));
create policy notice_worker on bureaus_notice for all to bida_worker
    using (current_setting('bida.district', true) in (district_id::text, 'all'));

create policy message_own on bureaus_message for select to bida_web
    using (recipient_id::text = current_setting('bida.officer', true));
create policy message_queued on bureaus_message for insert to bida_web with check (bida_own_district(district_id));
create policy message_worker on bureaus_message for all to bida_worker
    using (current_setting('bida.district', true) in (district_id::text, 'all'));

create policy address_own on bureaus_address for all to bida_web
    using (officer_id::text = current_setting('bida.officer', true) or place_id = any((select bida_own_places())::bigint[]));
create policy address_broken on bureaus_address for select to bida_web
    using (broken_at is not null and exists (
        select from bureaus_tenure tenure join bureaus_post post on post.id = tenure.post_id
        where tenure.officer_id = bureaus_address.officer_id and post.place_id = any(bida_own_places())));
create policy address_worker on bureaus_address for all to bida_worker
    using (current_setting('bida.district', true) in (district_id::text, 'all'));
create policy data_key_of_own_address on bureaus_datakey for update to bida_web
    using (exists (select from bureaus_address where bureaus_address.key_id = bureaus_datakey.id
        and (officer_id::text = current_setting('bida.officer', true) or place_id = any(bida_own_places()))));

create function withdraw_notices(kind text, ids text[], at timestamptz) returns bigint
    language sql security definer set search_path = pg_catalog, public as $$
    with gone as (
        update bureaus_notice set withdrawn_at = at
        where cause_kind = kind and cause_id = any(ids) and read_at is null and withdrawn_at is null
            and (message_id is null or exists (
                select from bureaus_message
                where bureaus_message.id = message_id and state = 'pending' and attempts = 0))
        returning 1)
    select count(*) from gone $$;
revoke execute on function withdraw_notices(text, text[], timestamptz) from public;
grant execute on function withdraw_notices(text, text[], timestamptz) to bida_web, bida_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0005_announced_years"),
    ]

    operations = [
        migrations.CreateModel(
            name="Address",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("apprise", "work chat"),
                            ("webhook", "webhook"),
                            ("sms", "text message"),
                        ],
                        max_length=8,
                        verbose_name="channel",
                    ),
                ),
                ("value", models.TextField(verbose_name="address, encrypted")),
                ("order", models.PositiveSmallIntegerField(default=1, verbose_name="order")),
                (
                    "muted",
                    models.BooleanField(default=False, verbose_name="only supervise, circular and urgent"),
                ),
                ("created_at", models.DateTimeField(verbose_name="entered at")),
                ("code_sent_at", models.DateTimeField(verbose_name="code sent at")),
                (
                    "code_tries",
                    models.PositiveSmallIntegerField(default=0, verbose_name="wrong codes entered"),
                ),
                ("verified_at", models.DateTimeField(null=True, verbose_name="verified at")),
                ("broken_at", models.DateTimeField(null=True, verbose_name="broken at")),
                ("broken_why", models.CharField(blank=True, max_length=200, verbose_name="why it is broken")),
                ("removed_at", models.DateTimeField(null=True, verbose_name="removed at")),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                        verbose_name="district",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bureaus.datakey"
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="addresses",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="officer",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="addresses",
                        to="bureaus.place",
                        verbose_name="place",
                    ),
                ),
            ],
            options={
                "verbose_name": "address",
                "verbose_name_plural": "addresses",
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("alone", "alone"),
                            ("digest", "digest"),
                            ("verification", "verification"),
                            ("citizen", "to a citizen"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("digest_on", models.DateField(null=True, verbose_name="digest of")),
                ("unread", models.PositiveIntegerField(default=0, verbose_name="older notices unread")),
                ("urgent", models.BooleanField(default=False, verbose_name="urgent")),
                (
                    "citizen_channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email", "e-mail"),
                            ("apprise", "work chat"),
                            ("webhook", "webhook"),
                            ("sms", "text message"),
                        ],
                        max_length=8,
                    ),
                ),
                ("citizen_address", models.TextField(blank=True)),
                ("template", models.CharField(blank=True, max_length=40, verbose_name="template")),
                ("cause_kind", models.CharField(blank=True, max_length=24)),
                ("cause_id", models.CharField(blank=True, max_length=40)),
                ("reference", models.CharField(blank=True, max_length=24, verbose_name="reference")),
                ("due_at", models.DateTimeField(null=True, verbose_name="due")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("sending", "sending"),
                            ("sent", "sent"),
                            ("failed", "failed"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("next_try_at", models.DateTimeField(verbose_name="next try")),
                ("give_up_at", models.DateTimeField(verbose_name="given up at")),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="last failure")),
                ("needs_duty", models.BooleanField(default=False, verbose_name="needs a duty")),
                ("duty_raised_at", models.DateTimeField(null=True, verbose_name="duty raised at")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent at")),
                (
                    "address",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.address",
                    ),
                ),
                (
                    "citizen_key",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.datakey",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                        verbose_name="district",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
                (
                    "root",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repeats",
                        to="bureaus.message",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("cause_kind", models.CharField(max_length=24, verbose_name="cause")),
                ("cause_id", models.CharField(max_length=40, verbose_name="cause id")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reminder", "reminder"),
                            ("urge", "urge"),
                            ("supervise", "supervise"),
                            ("circular", "circular"),
                        ],
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                ("reference", models.CharField(max_length=24, verbose_name="reference")),
                ("due_at", models.DateTimeField(null=True, verbose_name="due")),
                ("url", models.CharField(blank=True, max_length=200, verbose_name="page")),
                ("alone", models.BooleanField(default=False, verbose_name="sent alone")),
                ("urgent", models.BooleanField(default=False, verbose_name="urgent")),
                ("copy", models.BooleanField(default=False, verbose_name="copy")),
                ("acting", models.BooleanField(default=False, verbose_name="as acting deputy")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("read_at", models.DateTimeField(null=True, verbose_name="read at")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="withdrawn at")),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                        verbose_name="district",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="bureaus.message",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bureaus.place",
                        verbose_name="place",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
            },
        ),
        InOneStep(
            migrations.AddConstraint(
                model_name="address",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("officer", None), ("place__isnull", False)),
                        models.Q(("officer__isnull", False), ("place", None)),
                        _connector="OR",
                    ),
                    name="address_has_one_owner",
                ),
            ),
            migrations.AddIndex(
                model_name="message",
                index=models.Index(
                    condition=models.Q(("state__in", ("pending", "sending"))),
                    fields=["next_try_at", "id"],
                    name="message_to_send",
                ),
            ),
            migrations.AddIndex(
                model_name="message",
                index=models.Index(
                    condition=models.Q(("duty_raised_at", None), ("needs_duty", True)),
                    fields=["created_at"],
                    name="message_needing_duty",
                ),
            ),
            migrations.AddIndex(
                model_name="message",
                index=models.Index(
                    condition=models.Q(("kind", "alone"), ("root", None), ("state__in", ("sent", "failed"))),
                    fields=["created_at"],
                    name="message_to_follow",
                ),
            ),
            migrations.AddConstraint(
                model_name="message",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("address", None), ("citizen_key__isnull", False), ("kind", "citizen")),
                        models.Q(
                            models.Q(("kind", "citizen"), _negated=True),
                            ("address__isnull", False),
                            ("citizen_key", None),
                        ),
                        _connector="OR",
                    ),
                    name="message_has_one_address",
                ),
            ),
            migrations.AddConstraint(
                model_name="message",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("sent_at__isnull", False), ("state", "sent")),
                        models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at", None)),
                        _connector="OR",
                    ),
                    name="message_sent_says_when",
                ),
            ),
            migrations.AddConstraint(
                model_name="message",
                constraint=models.UniqueConstraint(
                    fields=("recipient", "digest_on"), name="message_one_digest_a_day"
                ),
            ),
            migrations.AddConstraint(
                model_name="message",
                constraint=models.UniqueConstraint(
                    fields=("root", "address"), name="message_repeats_once_an_address"
                ),
            ),
            migrations.AddConstraint(
                model_name="message",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("kind", "citizen")),
                    fields=("district", "cause_kind", "cause_id", "template", "citizen_channel"),
                    name="message_to_citizen_once",
                ),
            ),
            migrations.AddIndex(
                model_name="notice",
                index=models.Index(fields=["recipient", "-created_at", "id"], name="notice_list"),
            ),
            migrations.AddIndex(
                model_name="notice",
                index=models.Index(
                    condition=models.Q(("message", None), ("read_at", None), ("withdrawn_at", None)),
                    fields=["recipient", "created_at"],
                    name="notice_unsent",
                ),
            ),
            migrations.AddConstraint(
                model_name="notice",
                constraint=models.UniqueConstraint(
                    fields=("cause_kind", "cause_id", "recipient"), name="notice_once_a_cause"
                ),
            ),
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
