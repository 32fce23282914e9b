"""`manage.py chase`: one sweep by hand; `--dry-run` lists who would be chased, why, and when next."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from bureaus.models import Officer
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.models import Duty, Inquiry
from inquiries.models.chase import Level
from inquiries.services.duties import label_of
from inquiries.services.planning import BATCH, Planned, Target, claimable, preview
from inquiries.tasks import chase_due
from inquiries.templatetags.desk import step_when


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
        now = timezone.now()
        with scope(role=WORKER, district=ALL_DISTRICTS):
            names = dict(Officer.objects.values_list("pk", "name"))
            due = sum(claimable(model, now=now).count() for model in (Inquiry, Duty))
            listed = 0
            for target, planned in preview(now=now, limit=options["limit"]):
                what = target.reference if isinstance(target, Inquiry) else f"{label_of(target)} {target.pk}"
                self.stdout.write(f"{what}  {_foreseen(target, planned, names)}")
                listed += 1
        self.stdout.write(
            _("%(listed)d of %(due)d that are due listed, nothing written") % {"listed": listed, "due": due}
        )
        if due > listed:
            self.stdout.write(_("%(more)d more wait; --limit lists more") % {"more": due - listed})


def _foreseen(target: Target, planned: Planned | Exception, names: dict[int, str]) -> str:
    """Why the target is chased, whom that reaches, and when next."""
    if isinstance(planned, Exception):
        return _("cannot be chased, and would be set aside: %(error)s") % {"error": repr(planned)}
    next_at, step = _moment(planned.taken.next_at), planned.taken.step
    if step is None:
        return _("nothing to say yet; next %(next)s") % {"next": next_at}
    return _("%(level)s no. %(number)d, %(why)s, due %(due)s; to %(told)s; next %(next)s") % {
        "level": Level(step.level).label,
        "number": planned.number,
        "why": _("again and again until it is answered or done")
        if planned.taken.repeated
        else step_when(step),
        "due": _moment(target.due_at),
        "told": "、".join(names[r.officer_id] for r in (*planned.recipients, *planned.copies)),
        "next": next_at,
    }


def _moment(at: datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="minutes")
