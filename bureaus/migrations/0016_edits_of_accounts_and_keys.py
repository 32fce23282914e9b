"""Accounts and API keys are edited on record too; the column stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0015_footer_and_embedding"),
    ]

    operations = [
        migrations.AlterField(
            model_name="edit",
            name="code",
            field=models.CharField(
                choices=[
                    ("place_opened", "place opened"),
                    ("place_renamed", "place renamed"),
                    ("place_abolished", "place abolished"),
                    ("places_merged", "places merged"),
                    ("place_split", "place split"),
                    ("place_moved", "place moved"),
                    ("hotline_published", "hotline published"),
                    ("hotline_changed", "hotline changed"),
                    ("post_opened", "post opened"),
                    ("tenure_begun", "tenure begun"),
                    ("tenure_ended", "tenure ended"),
                    ("absence_noted", "absence noted"),
                    ("officer_disabled", "account disabled"),
                    ("account_opened", "account opened"),
                    ("account_renamed", "account given another name"),
                    ("password_renewed", "new password given"),
                    ("key_issued", "API key issued"),
                    ("key_revoked", "API key revoked"),
                    ("turn_listed", "turn put on the duty roster"),
                    ("turn_dropped", "turn taken off the duty roster"),
                    ("district_set", "the district's settings changed"),
                    ("topic_opened", "topic added"),
                    ("topic_changed", "topic changed"),
                    ("topic_retired", "topic retired"),
                    ("topic_restored", "topic taken up again"),
                ],
                max_length=20,
                verbose_name="edit",
            ),
        ),
    ]
