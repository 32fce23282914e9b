"""`manage.py chase`: one sweep by hand; `--dry-run` lists who would be chased, why, and when next."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from bureaus.models import Officer
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.models import Inquiry
from inquiries.models.chase import Level
from inquiries.services.duties import label_of
from inquiries.services.planning import BATCH, preview
from inquiries.tasks import chase_due


class Command(BaseCommand):
    help = _(
        "Chases everything that is due; with --dry-run only lists who would be chased, why, and when next."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--dry-run and --limit."""
        parser.add_argument("--dry-run", action="store_true", help=_("list, and write nothing"))
        parser.add_argument("--limit", type=int, default=BATCH, help=_("rows listed at most, of each sort"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints what was, or would be, done."""
        if not options["dry_run"]:
            done = chase_due()
            self.stdout.write(_("chased %(chased)d, set aside %(set_aside)d") % done)
            return
        with scope(role=WORKER, district=ALL_DISTRICTS):
            names = dict(Officer.objects.values_list("pk", "name"))
            shown = 0
            for item in preview(now=timezone.now(), limit=options["limit"]):
                target = item.target
                what = target.reference if isinstance(target, Inquiry) else f"{label_of(target)} {target.pk}"
                next_at = timezone.localtime(item.taken.next_at).isoformat(timespec="minutes")
                if item.taken.step is None:
                    line = _("nothing to say yet, or nobody to say it to; next %(next)s") % {"next": next_at}
                else:
                    line = _("%(level)s %(number)d (%(step)s) to %(told)s; next %(next)s") % {
                        "level": Level(item.taken.step.level).label,
                        "number": item.number,
                        "step": item.taken.step.key,
                        "told": "、".join(names[r.officer_id] for r in (*item.recipients, *item.copies)),
                        "next": next_at,
                    }
                self.stdout.write(f"{what}  {line}")
                shown += 1
        self.stdout.write(_("%(shown)d due, nothing written") % {"shown": shown})
