"""`manage.py chase`: one sweep by hand; `--dry-run` lists who would be chased, why, and when next."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from bureaus.models import Officer
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.models import Inquiry
from inquiries.services.planning import BATCH, preview
from inquiries.tasks import chase_due


class Command(BaseCommand):
    help = "Chases everything that is due; with --dry-run only lists who would be chased, why, and when next."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--dry-run and --limit."""
        parser.add_argument("--dry-run", action="store_true", help="list, and write nothing")
        parser.add_argument("--limit", type=int, default=BATCH, help="rows listed at most, of each sort")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints what was, or would be, done."""
        if not options["dry_run"]:
            done = chase_due()
            self.stdout.write(f"chased {done['chased']}, set aside {done['set_aside']}")
            return
        with scope(role=WORKER, district=ALL_DISTRICTS):
            names = dict(Officer.objects.values_list("pk", "name"))
            shown = 0
            for item in preview(now=timezone.now(), limit=options["limit"]):
                target = item.target
                what = target.reference if isinstance(target, Inquiry) else f"{target.kind} {target.pk}"
                next_at = timezone.localtime(item.taken.next_at).isoformat(timespec="minutes")
                if item.taken.step is None:
                    self.stdout.write(f"{what}  nothing to say yet, or nobody to say it to; next {next_at}")
                else:
                    told = ", ".join(names[r.officer_id] for r in (*item.recipients, *item.copies))
                    step = item.taken.step
                    self.stdout.write(
                        f"{what}  {step.level} {item.number} ({step.key}) to {told}; next {next_at}"
                    )
                shown += 1
        self.stdout.write(f"{shown} due, nothing written")
