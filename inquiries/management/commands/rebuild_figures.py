"""`manage.py rebuild_figures`: totals that differ from a full recount are put right while writers go on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.services.tallying import count_anew, rebuild_tallies


class Command(BaseCommand):
    help = _("Puts right every total of the figures that differs from a full recount, while writers go on.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anew",
            action="store_true",
            help=_(
                "count everything anew, as after a bulk load; writers wait, and the owner's login is needed"
            ),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints how many were put right."""
        if options["anew"]:
            with scope(role="bida_owner", district=ALL_DISTRICTS):
                made = count_anew()
            self.stdout.write(ngettext("%(n)s total counted", "%(n)s totals counted", made) % {"n": made})
            return
        with scope(role=WORKER, district=ALL_DISTRICTS):
            put_right = rebuild_tallies()
        self.stdout.write(
            ngettext("%(n)s total put right", "%(n)s totals put right", put_right) % {"n": put_right}
            if put_right
            else _("Every total is what the rows say.")
        )
