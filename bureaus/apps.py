from django.apps import AppConfig


class BureausConfig(AppConfig):
    name = "bureaus"
    default_auto_field = "django.db.models.BigAutoField"
