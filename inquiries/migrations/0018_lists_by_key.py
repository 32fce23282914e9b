"""Indexes by which lists page, built without stopping writers."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("inquiries", "0017_search_and_sync")]

    operations = [
        AddIndexConcurrently(
            "inquiry", models.Index(fields=["district", "due_at", "id"], name="inquiry_by_due")
        ),
        AddIndexConcurrently(
            "inquiry", models.Index(fields=["district", "changed_xid", "id"], name="inquiry_by_change")
        ),
    ]
