"""An edit of the district's own settings is on record too; the column stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bureaus", "0013_edits_on_record"),
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
