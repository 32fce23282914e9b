"""Says when the answer to one inquiry is due, and why, day by day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from bureaus.services.calendar import calendar_for, word_reason
from bureaus.workdays import SHANGHAI
from inquiries.models import AnswerRule, Inquiry
from inquiries.services.remeasuring import days_counted


class Command(BaseCommand):
    help = _(
        "Prints the day an inquiry is due, then every day counted or skipped, or from when to when its hours run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", help="2026-0000001-8")

    def handle(self, *args: Any, **options: Any) -> None:
        with scope(role=WORKER, district=ALL_DISTRICTS):
            found = Inquiry.objects.select_related("rule").filter(reference=options["reference"])
            if not found:
                raise CommandError(_("No inquiry has this reference."), returncode=2)
            for inquiry in found:
                self.stdout.write(inquiry.due_on.isoformat())
                calendar = calendar_for(inquiry.district_id, inquiry.calendar_version_id)
                if inquiry.rule.unit == AnswerRule.Unit.HOURS:
                    begin, end = (
                        at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
                        for at in (inquiry.asked_at, inquiry.due_at)
                    )
                    self.stdout.write(
                        _("Hours run round the clock: from %(begin)s to %(end)s.")
                        % {"begin": begin, "end": end}
                    )
                for day in days_counted(inquiry, calendar):
                    number = f"{day.number:>4}" if day.number else "   -"
                    doubt = "  " + _("(provisional)") if day.provisional else ""  # zh: 暂定
                    self.stdout.write(f"{day.on.isoformat()} {number}  {word_reason(day.reason)}{doubt}")
