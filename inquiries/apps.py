from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InquiriesConfig(AppConfig):
    name = "inquiries"
    verbose_name = _("inquiries")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The registries below know what this app owes and how it takes a failed message."""
        from bureaus.services import messages, posts, wording
        from inquiries.services.duties import items_of, owed_by, tell_fallen
        from inquiries.services.remeasuring import owe_delivery
        from inquiries.services.wording import notice_kinds

        posts.count_with(owed_by)
        posts.list_with(items_of)
        posts.tell_fallen_with(tell_fallen)
        wording.KINDS.update(notice_kinds())
        messages.on_undelivered = owe_delivery
