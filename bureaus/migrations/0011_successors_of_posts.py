"""A post names the one that took what it owed, and the key of an abolished bureau goes to its successor."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bureaus", "0010_tables_of_the_owner_first")]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="post",
            name="successor",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predecessors",
                to="bureaus.post",
                verbose_name="taken over by",
            ),
        ),
        migrations.RunSQL(
            "grant update (bureau_id) on bureaus_apikey to bida_web",
            "revoke update (bureau_id) on bureaus_apikey from bida_web",
        ),
    ]
