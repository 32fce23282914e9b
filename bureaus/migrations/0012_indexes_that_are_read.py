"""As inquiries 0034: the list of notices begins with the recipient, and nobody reads by their district."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0011_successors_of_posts"),
    ]

    operations = [
        migrations.RunSQL("set local lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="notice",
            name="district",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="bureaus.place",
                verbose_name="district",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="recipient",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to=settings.AUTH_USER_MODEL,
                verbose_name="recipient",
            ),
        ),
    ]
