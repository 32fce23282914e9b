"""Places, posts and officers from another system's directory: all of the file or none of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bureaus.management.naming import district_named
from bureaus.services.directory import DirectoryRefused, read_directory, sync_directory


class Command(BaseCommand):
    help = str(
        gettext_lazy(
            "Brings in places, posts and officers from a CSV file, all or nothing, and says what went in."
        )
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE, the district, and whether only to look."""
        parser.add_argument("file", type=Path, help=_("CSV with the columns of docs/operations.md"))
        parser.add_argument("--district", help=_("name or number; needed where there are several"))
        parser.add_argument(
            "--dry-run", action="store_true", help=_("say what would go in, and change nothing")
        )

    def handle(self, *args: Any, **given: Any) -> None:
        """One line for each change, then the new accounts with their passwords. Raises CommandError."""
        try:
            content = given["file"].read_bytes()
        except OSError as wrong:
            raise CommandError(str(wrong)) from wrong
        district = district_named(given["district"])
        try:
            with transaction.atomic():
                brought = sync_directory(
                    district=district, rows=read_directory(content), by=None, now=timezone.now()
                )
                if given["dry_run"]:
                    transaction.set_rollback(True)
        except DirectoryRefused as refused:
            raise CommandError("\n".join([*refused.lines, _("Nothing was changed.")])) from refused
        for words in brought.done:
            self.stdout.write(words)
        self.stdout.write(
            _("%(changed)d changes, %(same)d lines as they were.")
            % {"changed": len(brought.done), "same": brought.same}
        )
        if given["dry_run"]:
            self.stdout.write(_("A dry run: nothing was changed."))
            return
        for account, password in brought.passwords:
            self.stdout.write(f"{account}\t{password}")
