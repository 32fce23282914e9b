"""`manage.py make_load N`: fills a database with inquiries of an example district, for measuring."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from bureaus.models.scope import ALL_DISTRICTS, scope
from bureaus.services.refusals import Refusal
from inquiries.services.loading import make_load


class Command(BaseCommand):
    help = _("Fills a database with inquiries of five years in a new example district of thirty bureaus.")

    def add_arguments(self, parser: CommandParser) -> None:
        """How many, and of what chance."""
        parser.add_argument("many", type=int, metavar="N", help=_("how many inquiries"))
        parser.add_argument(
            "--seed", type=int, default=1, help=_("the same seed makes the same on the same day")
        )

        parser.add_argument(
            "--days", type=int, default=None, help=_("over how many days, in place of five years")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints progress and the rate. Raises CommandError where real inquiries are."""
        if options["many"] < 1:
            raise CommandError(_("A load has at least one inquiry."))
        if options["days"] is not None and options["days"] < 1:
            raise CommandError(_("A load is of at least one day."))
        try:
            with scope(role="bida_owner", district=ALL_DISTRICTS):
                loaded = make_load(
                    many=options["many"],
                    seed=options["seed"],
                    now=timezone.now(),
                    say=self.stdout.write,
                    over_days=options["days"],
                )
        except Refusal as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            _("%(district)s holds %(many)s inquiries: %(seconds)s seconds, %(rate)s a second.")
            % {
                "district": loaded.district,
                "many": loaded.inquiries,
                "seconds": round(loaded.seconds),
                "rate": round(loaded.inquiries / loaded.seconds),
            }
        )
