import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0001_places_and_posts"),
    ]

    operations = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("wrapped", models.BinaryField(verbose_name="wrapped key")),
                ("wrapped_by", models.CharField(max_length=16, verbose_name="fingerprint of the master key")),
                (
                    "destroyed_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="destroyed at"),
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
            ],
            options={
                "verbose_name": "data key",
                "verbose_name_plural": "data keys",
                "indexes": [
                    models.Index(
                        condition=models.Q(("destroyed_at", None)),
                        fields=["wrapped_by", "id"],
                        name="data_key_to_rotate",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("destroyed_at", None), ("wrapped_by__gt", "")),
                            models.Q(("destroyed_at__isnull", False), ("wrapped", b""), ("wrapped_by", "")),
                            _connector="OR",
                        ),
                        name="data_key_destroyed_holds_nothing",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="datakey",
            trigger=pgtrigger.compiler.Trigger(
                name="destroyed_for_ever",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."destroyed_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="5cdb0fc7e1e5c34c58d35a3df897a1edc7e5074e",
                    operation="UPDATE",
                    pgid="pgtrigger_destroyed_for_ever_3d989",
                    table="bureaus_datakey",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(
            # A wrapped key tells nothing without the master and without the row it wrote, which has its own
            # policy; destroying or re-wrapping one is the district's act, or the worker's.
            """
            grant select, insert, update on bureaus_datakey to bida_web, bida_worker;
            alter table bureaus_datakey enable row level security;
            create policy data_key_read on bureaus_datakey for select to bida_web, bida_worker using (true);
            create policy data_key_made on bureaus_datakey for insert to bida_web, bida_worker
                with check (true);
            create policy data_key_kept on bureaus_datakey for update to bida_web, bida_worker
                using (current_setting('bida.district', true) in (district_id::text, 'all'));
            """,
            migrations.RunSQL.noop,
        ),
    ]
