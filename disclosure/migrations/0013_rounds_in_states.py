"""Every state that a portal shows is told anew, with its round."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0012_published_booklets")]

    operations = [
        migrations.RunSQL("update disclosure_publicstate set as_of = 0", migrations.RunSQL.noop),
    ]
