"""Loads the fictional district and the history of 2016, once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from bureaus.models.scope import ALL_DISTRICTS, scope
from disclosure.services.example.loading import load_example
from disclosure.services.example.people import draw_passwords
from disclosure.services.history import load_history

OWNER = "bida_owner"


class Command(BaseCommand):
    help = _("Loads the fictional district with its inquiries, once.")

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = settings.VAR_DIR / "example-accounts.txt"
        # Before the clock is read, for the example speaks of the next minute.
        drawn = draw_passwords()
        with scope(role=OWNER, district=ALL_DISTRICTS):
            now = timezone.now()
            load_history(now=now)
            loaded = load_example(drawn=drawn, accounts=accounts, now=now)
        if not loaded.fresh:
            self.stdout.write(_("The example is there already."))
            return
        self.stdout.write(
            _("The example is there: %(places)s places, %(officers)s officers, %(inquiries)s inquiries.")
            % {"places": loaded.places, "officers": loaded.officers, "inquiries": loaded.inquiries}
        )
        self.stdout.write(_("The accounts are in %(path)s.") % {"path": accounts})
