"""`manage.py import_work_orders FILE --dry-run|--apply --by ACCOUNT`: 12345 work orders, by their number."""

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
from inquiries.services import work_orders as orders
from inquiries.services.ledger_lines import came_before, digest_of


class Command(BaseCommand):
    help = str(
        gettext_lazy(
            "Brings 12345 work orders in from a CSV file or a workbook: new ones are recorded, known ones "
            "brought up to date, and each line is reported."
        )
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE, from which platform, who answers for it, and how a heading is read that no platform known here has."""
        parser.add_argument("file", type=Path, help=_("CSV or .xlsx with the columns of docs/operations.md"))
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--dry-run", action="store_true", help=_("try all of it, and keep nothing"))
        how.add_argument("--apply", action="store_true", help=_("bring it in"))
        parser.add_argument("--source", default=orders.SOURCE, help=_("name of the platform it comes from"))
        parser.add_argument("--by", required=True, help=_("account of the officer who answers for it"))
        parser.add_argument("--district", help=_("name or number; needed where there are several"))
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="HEADING=NAME",
            help=_("how a heading is read, such as 工单流水=number"),
        )

    def handle(self, *args: Any, **given: Any) -> None:
        """What became of each line. Raises CommandError."""
        district = district_named(given["district"])
        by = Officer.objects.filter(username=given["by"]).first()
        if by is None:
            raise CommandError(_("There is no account %(name)s.") % {"name": given["by"]})
        try:
            content = given["file"].read_bytes()
            with scope(role=WORKER, district=district.pk):
                digest = digest_of(content)
                before = came_before(district, digest)
                columns = orders.columns_for(
                    orders.headings_of(content), district=district, source=given["source"]
                )
                columns |= dict(each.split("=", 1) for each in given["column"] if "=" in each)
                brought = orders.bring_work_orders(
                    district=district,
                    source=given["source"],
                    rows=orders.read_work_orders(content, columns),
                    columns=columns,
                    by=by,
                    now=timezone.now(),
                    digest=digest,
                    dry_run=given["dry_run"],
                )
        except (OSError, Refusal) as wrong:
            raise CommandError(str(wrong)) from wrong
        if before is not None:
            self.stdout.write(
                _("This very file came in before, on %(on)s.") % {"on": timezone.localtime(before.at).date()}
            )
        if given["dry_run"]:
            self.stdout.write(_("Tried only; nothing was kept."))
        for line in brought.lines:
            told = "；".join(part for part in (line.reference, *line.said) if part)
            self.stdout.write(f"{line.line}\t{line.number}\t{line.what}\t{told}")
        self.stdout.write(
            _("%(new)d new, %(changed)d changed, %(same)d as before, %(wrong)d wrong.")
            % {what: brought.count(what) for what in (orders.NEW, orders.CHANGED, orders.SAME, orders.WRONG)}
        )
