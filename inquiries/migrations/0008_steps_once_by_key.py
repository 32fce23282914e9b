"""A step is once by its key, because a reclassified matter goes on in another ladder; and what 0007 added is validated."""

import django.contrib.postgres.operations
from django.db import migrations, models

BY_KEY = [
    "set lock_timeout = '5s'",
    "drop index concurrently if exists chase_step_once_by_key",
    """
    create unique index concurrently chase_step_once_by_key on inquiries_chase (inquiry_id, round, step_key)
        where inquiry_id is not null and step is not null
    """,
    "drop index concurrently if exists chase_step_once",
    "alter index chase_step_once_by_key rename to chase_step_once",
    "drop index concurrently if exists chase_duty_step_once_by_key",
    """
    create unique index concurrently chase_duty_step_once_by_key on inquiries_chase (duty_id, step_key)
        where duty_id is not null and step is not null
    """,
    "drop index concurrently if exists chase_duty_step_once",
    "alter index chase_duty_step_once_by_key rename to chase_duty_step_once",
    "reset lock_timeout",
]
BY_NUMBER = [
    "drop index concurrently if exists chase_step_once",
    """
    create unique index concurrently chase_step_once on inquiries_chase (inquiry_id, round, step)
        where inquiry_id is not null and step is not null
    """,
    "drop index concurrently if exists chase_duty_step_once",
    """
    create unique index concurrently chase_duty_step_once on inquiries_chase (duty_id, step)
        where duty_id is not null and step is not null
    """,
]


class Migration(migrations.Migration):
    # Indexes are built, and rows validated, while the others go on writing.
    atomic = False

    dependencies = [("inquiries", "0007_numbers_pens_and_seals")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BY_KEY, BY_NUMBER)],
            state_operations=[
                migrations.RemoveConstraint("chase", "chase_step_once"),
                migrations.AddConstraint(
                    "chase",
                    models.UniqueConstraint(
                        name="chase_step_once",
                        fields=["inquiry", "round", "step_key"],
                        condition=models.Q(inquiry__isnull=False, step__isnull=False),
                    ),
                ),
                migrations.RemoveConstraint("chase", "chase_duty_step_once"),
                migrations.AddConstraint(
                    "chase",
                    models.UniqueConstraint(
                        name="chase_duty_step_once",
                        fields=["duty", "step_key"],
                        condition=models.Q(duty__isnull=False, step__isnull=False),
                    ),
                ),
            ],
        ),
        django.contrib.postgres.operations.ValidateConstraint("inquiry", "inquiry_instants_are_finite"),
        django.contrib.postgres.operations.ValidateConstraint("duty", "duty_instants_are_finite"),
    ]
