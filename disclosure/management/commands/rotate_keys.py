"""manage.py rotate_keys: wraps every data key by the first master key of FIELD_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from bureaus.models.scope import ALL_DISTRICTS, scope
from bureaus.services.keys import rotate_keys
from disclosure.services.taking_in import tell_key, waiting_under_older_keys


class Command(BaseCommand):
    help = _("Wraps every data key by the first key of FIELD_KEYS. May be stopped and started again.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=1000, help=_("keys per transaction"))

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        while True:
            with scope(role="bida_worker", district=ALL_DISTRICTS):
                done = rotate_keys(batch=options["batch"])
            if not done:
                break
            total += done
        self.stdout.write(_("Keys wrapped anew: %(count)d.") % {"count": total})
        with scope(role="bida_worker", district=ALL_DISTRICTS):
            tell_key(now=timezone.now())
            waiting = waiting_under_older_keys()
        if waiting:
            raise CommandError(
                _(
                    "What came by the portal and waits under an older key: %(count)d. Leave that key in FIELD_KEYS "
                    "until the worker has taken it in, then run this again."
                )
                % {"count": waiting}
            )
