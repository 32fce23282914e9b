"""`manage.py fill_form BULLETIN FORM FILLED`: a district's own .xlsx or .docx with a bulletin's numbers in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.documents.own_forms import NotAForm, UnknownNames, fill_form
from inquiries.models import Bulletin


class Command(BaseCommand):
    help = _("Fills a district's own .xlsx or .docx with the numbers of a bulletin.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bulletin", type=int, help=_("key of the bulletin"))
        parser.add_argument("form", type=Path, help=_("the form, with names such as {{answered.happened}}"))
        parser.add_argument("filled", type=Path, help=_("where the filled form is written"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes the filled form."""
        with scope(role=WORKER, district=ALL_DISTRICTS):
            bulletin = Bulletin.objects.filter(pk=options["bulletin"]).first()
        if bulletin is None:
            raise CommandError(_("There is no such bulletin."))
        try:
            options["filled"].write_bytes(fill_form(options["form"].read_bytes(), bulletin))
        except (NotAForm, UnknownNames, OSError) as wrong:
            raise CommandError(str(wrong)) from wrong
