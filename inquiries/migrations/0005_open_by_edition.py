"""Open inquiries are found by the rule and the ladder they are measured by, when an edition replaces it."""

import django.contrib.postgres.operations
from django.db import migrations, models


class Migration(migrations.Migration):
    # CONCURRENTLY waits for nobody's lock and cannot run inside a transaction.
    atomic = False
    dependencies = [("inquiries", "0004_redacted_copies")]

    operations = [
        django.contrib.postgres.operations.AddIndexConcurrently(
            "inquiry",
            models.Index(
                name="inquiry_open_by_rule", fields=["rule"], condition=models.Q(("answered_at", None))
            ),
        ),
        django.contrib.postgres.operations.AddIndexConcurrently(
            "inquiry",
            models.Index(
                name="inquiry_open_by_ladder", fields=["ladder"], condition=models.Q(("answered_at", None))
            ),
        ),
    ]
