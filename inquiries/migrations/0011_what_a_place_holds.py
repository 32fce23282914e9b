"""The first rows of what a place holds are found without passing over all that it only sees."""

import django.contrib.postgres.operations
from django.db import migrations, models


class Migration(migrations.Migration):
    # CONCURRENTLY waits for nobody's lock and cannot run inside a transaction.
    atomic = False
    dependencies = [("inquiries", "0010_told_and_coordinated")]

    operations = [
        django.contrib.postgres.operations.AddIndexConcurrently(
            "sight",
            models.Index(
                name="sight_held_list",
                fields=["place", "rank", "due_at", "inquiry"],
                condition=models.Q(("open", True), ("reason__in", ["holds", "reads"])),
            ),
        ),
    ]
