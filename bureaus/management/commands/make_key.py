"""A key for a machine client, printed once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bureaus.management.naming import district_named, place_named
from bureaus.models import ApiScope, Officer, Place
from bureaus.services.api_keys import issue_key
from bureaus.services.refusals import Refusal


class Command(BaseCommand):
    help = str(gettext_lazy("Makes a key for the REST API and prints it, alone; it cannot be shown again."))

    def add_arguments(self, parser: CommandParser) -> None:
        """NAME, the scopes, and what narrows the key."""
        parser.add_argument("name", help=_("whose key it is"))
        parser.add_argument("--scope", action="append", required=True, choices=ApiScope.values)
        parser.add_argument("--district", help=_("name or number; needed where there are several"))
        parser.add_argument("--bureau", help=_("name or number; the key sees nothing outside it"))
        parser.add_argument("--officer", help=_("account for whom the key acts"))
        parser.add_argument("--days", type=int, help=_("valid for that many days"))
        parser.add_argument("--per-minute", type=int, default=600, help=_("requests a minute"))

    def handle(self, *args: Any, **given: Any) -> None:
        """Prints the key. Raises CommandError for what does not fit."""
        now = timezone.now()
        officer = None
        if given["officer"]:
            officer = Officer.objects.filter(username=given["officer"]).first()
            if officer is None:
                raise CommandError(_("There is no account %(name)s.") % {"name": given["officer"]})
        district = officer.district if officer and not given["district"] else None
        district = district or district_named(given["district"])
        bureau = None
        if given["bureau"]:
            bureau = place_named(Place.objects.standing().filter(district=district), given["bureau"])
        try:
            with transaction.atomic():
                key = issue_key(
                    name=given["name"],
                    scopes=given["scope"],
                    district=district,
                    bureau=bureau,
                    officer=officer,
                    per_minute=given["per_minute"],
                    expires_at=now + timedelta(days=given["days"]) if given["days"] else None,
                    by=None,
                    now=now,
                )
        except Refusal as refused:
            raise CommandError(str(refused)) from refused
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        self.stdout.write(key.token)
