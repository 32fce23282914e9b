from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class BureausConfig(AppConfig):
    name = "bureaus"
    verbose_name = _("places and officers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every `migrate` ends with guards that no session can switch off."""
        post_migrate.connect(never_ignore, sender=self)


def never_ignore(*, using: str, **kwargs: Any) -> None:
    """pgtrigger lets a session name triggers to pass over; Bida's guards bind whoever writes.

    Not a migration: each trigger that is made brings pgtrigger's own function anew. It has cost, too, since it opened a
    subtransaction in every session that had never named one.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            """
            do $$ begin
                if to_regprocedure('public._pgtrigger_should_ignore(name)') is not null then
                    create or replace function public._pgtrigger_should_ignore(trigger_name name) returns boolean
                        language sql immutable parallel safe as 'select false';
                end if;
            end $$
            """
        )
