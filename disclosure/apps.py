from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisclosureConfig(AppConfig):
    name = "disclosure"
    verbose_name = _("open government")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The signals of gaming know what an open day shows."""
        from disclosure.figures import MORE_THAN_RECEIVED
        from inquiries.figures.credibility import SIGNALS

        SIGNALS[MORE_THAN_RECEIVED.code] = MORE_THAN_RECEIVED
