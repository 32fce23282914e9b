from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class InquiriesConfig(AppConfig):
    name = "inquiries"
    verbose_name = _("inquiries")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The registries below know what a district begins with, what this app owes and how it takes a failed message.

        Every `migrate` ends with a look whether the rows came from another cluster.
        """
        from bureaus import figures
        from bureaus.services import messages, places, posts, reorganising, wording
        from inquiries.figures.waiting import parts_of
        from inquiries.services.duties import items_of, owed_by, rostered_at, tell_fallen
        from inquiries.services.remeasuring import owe_delivery
        from inquiries.services.reorganising import point_to_successor
        from inquiries.services.rules import ship_rules
        from inquiries.services.wording import notice_kinds

        figures.wait_with(parts_of)
        post_migrate.connect(follow_restore, sender=self)
        places.begin_with(ship_rules)
        posts.count_with(owed_by)
        posts.list_with(items_of)
        posts.roster_with(rostered_at)
        reorganising.move_with(point_to_successor)
        posts.tell_fallen_with(tell_fallen)
        wording.KINDS.update(notice_kinds())
        messages.on_undelivered = owe_delivery


def follow_restore(*, using: str, **kwargs: Any) -> None:
    """Rows restored from another cluster keep their place in the order of changes, before all that happens now."""
    with connections[using].cursor() as cursor:
        cursor.execute("select to_regprocedure('public.bida_follow_restore()') is not null")
        if cursor.fetchone() == (True,):
            cursor.execute("select bida_follow_restore()")
