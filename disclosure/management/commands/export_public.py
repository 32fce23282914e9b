"""`manage.py export_public DISTRICT FOLDER`: the published pages as files, for a site that the district already has."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from bureaus.models import Place
from bureaus.services.refusals import Refusal
from disclosure.services.finding import districts
from disclosure.views.exporting import Export


def _address(given: str) -> str:
    """An address without its last slash. Raises CommandError."""
    text = given.rstrip("/")
    if text and not text.startswith(("http://", "https://")):
        raise CommandError(_("%(text)s is no address. It begins with http:// or https://.") % {"text": given})
    return text


class Command(BaseCommand):
    help = _(
        "Writes the published pages of a district as files with relative links; replaces what changed and removes "
        "what is public no longer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """DISTRICT, FOLDER, --address, --live."""
        parser.add_argument("district", help=_("the district, by its number or its name"))
        parser.add_argument("folder", type=Path, help=_("an empty folder, or the one of the last export"))
        parser.add_argument(
            "--address", default="", help=_("where the files will stand, for the feed and the sitemap")
        )
        parser.add_argument(
            "--live", default="", help=_("where Bida is reached, for asking and following; else left out")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints how many files were written, left as they were, and removed."""
        given: str = options["district"]
        by = {"pk": int(given)} if given.isascii() and given.isdigit() else {"name": given}
        district: Place | None = districts().select_related("settings").filter(**by).first()
        if district is None:
            raise CommandError(_("No district with public pages is called %(given)s.") % {"given": given})
        address, live = _address(options["address"]), _address(options["live"])
        try:
            done = Export(district, options["folder"], address=address, live=live).run()
        except Refusal as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            _("%(written)d written, %(unchanged)d unchanged, %(removed)d removed")
            % {"written": done.written, "unchanged": done.unchanged, "removed": done.removed}
        )
