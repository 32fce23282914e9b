"""What the constraint of erased citizens says is proved of the rows that stand, while everybody goes on writing."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0030_erasing_who_asked")]

    operations = [ValidateConstraint("citizen", "citizen_erased_holds_nothing")]
