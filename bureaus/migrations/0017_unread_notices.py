"""How much is unread is counted from what is unread, whatever an officer was told before."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("bureaus", "0016_edits_of_accounts_and_keys")]

    operations = [
        AddIndexConcurrently(
            "notice",
            models.Index(
                name="notice_unread",
                fields=["recipient", "-created_at", "id"],
                condition=Q(read_at=None, withdrawn_at=None),
            ),
        ),
    ]
