"""Says when something is due, and why, day by day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from bureaus.models.places import District
from bureaus.services.calendar import calendar_for, word_reason

MOST = 9999


class Command(BaseCommand):
    help = _("Prints the nth working day after a date, then every day counted or skipped.")

    def add_arguments(self, parser: CommandParser) -> None:
        # Read as words, so that a wrong one is refused in a sentence and not in a usage page.
        parser.add_argument("words", nargs="*", metavar="DATE N", help="2026-09-30 5")
        parser.add_argument("--district", help=_("key of the district whose calendar counts"))

    def handle(self, *args: Any, **options: Any) -> None:
        start, days = self._read(options["words"])
        district = self._district(options["district"])
        counted = calendar_for(district).explain(start, days)
        self.stdout.write(counted[-1].on.isoformat())
        for day in counted:
            number = f"{day.number:>4}" if day.number else "   -"
            doubt = "  " + _("(provisional)") if day.provisional else ""  # zh: 暂定
            self.stdout.write(f"{day.on.isoformat()} {number}  {word_reason(day.reason)}{doubt}")

    def _read(self, words: list[str]) -> tuple[date, int]:
        if len(words) != 2:
            raise CommandError(
                _("Give a date and a number of working days, like 2026-09-30 5."), returncode=2
            )
        try:
            start = date.fromisoformat(words[0])
        except ValueError:
            sentence = _("%(text)s is no date like 2026-09-30.") % {"text": words[0]}
            raise CommandError(sentence, returncode=2) from None
        if not 1900 <= start.year <= 2900:
            raise CommandError(_("The year lies between 1900 and 2900."), returncode=2)
        if not (words[1].isascii() and words[1].isdecimal() and len(words[1]) <= 4 and int(words[1])):
            sentence = _("The number of working days is 1 to %(most)s, not %(text)s.") % {
                "most": MOST,
                "text": words[1],
            }
            raise CommandError(sentence, returncode=2)
        return start, int(words[1])

    def _district(self, word: str | None) -> int | None:
        if word is None:
            return None
        if not word.isdecimal() or not District.objects.filter(pk=int(word)).exists():
            raise CommandError(_("There is no district %(text)s.") % {"text": word}, returncode=2)
        return int(word)
