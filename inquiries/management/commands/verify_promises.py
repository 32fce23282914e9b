"""`manage.py verify_promises`: the promises proved on the live database; exit 1 names what breaks them."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.services.verifying import verify_promises


class Command(BaseCommand):
    help = _(
        "Proves every promise on the live database and prints counts; exit 1 with the references that break one."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints a line a promise."""
        broken = 0
        with scope(role=WORKER, district=ALL_DISTRICTS):
            for finding in verify_promises(now=timezone.now()):
                mark = _("BROKEN") if finding.broken else _("ok")
                self.stdout.write(f"{mark:>6}  {finding.checked:>10}  {_(finding.promise)}")
                for reference in finding.references:
                    self.stdout.write(f"                    {reference}")
                if more := finding.broken - len(finding.references):
                    self.stdout.write("                    " + _("and %(more)d more") % {"more": more})
                broken += finding.broken
        if broken:
            sys.exit(1)
