"""`manage.py import_ledger FILE --dry-run|--apply --source NAME --by ACCOUNT`: a ledger of before, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bureaus.management.naming import district_named
from bureaus.models import Officer
from bureaus.models.scope import WORKER, scope
from bureaus.services.refusals import Refusal
from inquiries.services.importing import CLEAR_OVER, import_history, read_matters
from inquiries.services.ledger_lines import digest_of


class Command(BaseCommand):
    help = str(
        gettext_lazy(
            "Brings in a ledger of earlier matters from a CSV file or a workbook, all or nothing, and tells nobody."
        )
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE, whose ledger it is, who answers for it, and over how many working days the open ones are cleared."""
        parser.add_argument("file", type=Path, help=_("CSV or .xlsx with the columns of docs/operations.md"))
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--dry-run", action="store_true", help=_("try all of it, and keep nothing"))
        how.add_argument("--apply", action="store_true", help=_("bring it in"))
        parser.add_argument("--source", required=True, help=_("name of the system or ledger it comes from"))
        parser.add_argument("--by", required=True, help=_("account of the officer who answers for it"))
        parser.add_argument("--district", help=_("name or number; needed where there are several"))
        parser.add_argument(
            "--clear-over", type=int, default=CLEAR_OVER, help=_("working days of the clearing plan")
        )

    def handle(self, *args: Any, **given: Any) -> None:
        """What came in, and when the open ones are first chased. Raises CommandError."""
        district = district_named(given["district"])
        by = Officer.objects.filter(username=given["by"]).first()
        if by is None:
            raise CommandError(_("There is no account %(name)s.") % {"name": given["by"]})
        try:
            content = given["file"].read_bytes()
            rows = read_matters(content)
            with scope(role=WORKER, district=district.pk):
                came = import_history(
                    district=district,
                    source=given["source"],
                    rows=rows,
                    by=by,
                    now=timezone.now(),
                    clear_over=given["clear_over"],
                    dry_run=given["dry_run"],
                    digest=digest_of(content),
                )
        except (OSError, Refusal) as wrong:
            raise CommandError(str(wrong)) from wrong
        if given["dry_run"]:
            self.stdout.write(_("Tried only; nothing was kept. No message is sent for any of it."))
        self.stdout.write(_("%(n)d answered, %(open)d open.") % {"n": came.answered, "open": came.open})
        if came.open:
            self.stdout.write(
                _("The open ones enter the ladder from %(first)s to %(last)s.")
                % {"first": came.cleared_from, "last": came.cleared_until}
            )
