"""A posted letter is a contact of its own kind."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inquiries", "0005_open_by_edition"),
    ]

    operations = [
        migrations.AlterField(
            model_name="contact",
            name="what",
            field=models.CharField(
                choices=[
                    ("contacted", "contacted"),
                    ("not_reached", "not reached"),
                    ("interim", "interim reply"),
                    ("asked_again", "asked again"),
                    ("asked_citizen", "citizen asked for more"),
                    ("citizen_replied", "citizen replied"),
                    ("chased_by_hand", "chased by telephone"),
                    ("emergency", "handed to 110, 119, 120 or 122"),
                    ("note", "note"),
                    ("posted", "letter posted"),
                ],
                max_length=16,
                verbose_name="what",
            ),
        ),
    ]
