from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BureausConfig(AppConfig):
    name = "bureaus"
    verbose_name = _("places and officers")
    default_auto_field = "django.db.models.BigAutoField"
