"""The public list is read from the circulars that were signed, whatever else is owed and done."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inquiries", "0048_challenges")]

    operations = [
        AddIndexConcurrently(
            "duty",
            models.Index(
                name="duty_signed_circular",
                fields=["district", "inquiry"],
                condition=Q(kind="circular", decision="signed"),
            ),
        ),
    ]
