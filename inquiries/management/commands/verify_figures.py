"""`manage.py verify_figures`: every total beside a full recount; exit 1 names the differences."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.services.tallying import verify_tallies


class Command(BaseCommand):
    help = _("Compares every total of the figures with a full recount; exit 1 names the differences.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints a line a difference."""
        found = 0
        with scope(role=WORKER, district=ALL_DISTRICTS, of_one_moment=True):
            for difference in verify_tallies():
                self.stdout.write(str(difference))
                found += 1
        if found:
            self.stdout.write(ngettext("%(n)s difference", "%(n)s differences", found) % {"n": found})
            sys.exit(1)
        self.stdout.write(_("Every total is what the rows say."))
