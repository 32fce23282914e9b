"""That a ground fits its outcome is proved of the rows that stand, while everybody goes on writing."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0045_grounds_in_law")]

    operations = [
        ValidateConstraint("answer", "answer_ground_fits"),
        ValidateConstraint("draft", "draft_ground_fits"),
    ]
