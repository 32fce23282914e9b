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
        district = _district(given["district"], officer)
        bureau = None
        if given["bureau"]:
            bureau = _place(Place.objects.standing().filter(district=district), given["bureau"])
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


def _district(named: str | None, officer: Officer | None) -> Place:
    districts = Place.objects.standing().filter(kind=Place.Kind.DISTRICT)
    if named:
        return _place(districts, named)
    if officer is not None and officer.district is not None:
        return officer.district
    found = list(districts[:2])
    if len(found) != 1:
        raise CommandError(_("Name the district with --district."))
    return found[0]


def _place(places: Any, named: str) -> Place:
    """The one standing place of that name or number. Raises CommandError."""
    found = list(places.filter(name=named)[:2]) or (
        list(places.filter(pk=int(named))) if named.isdigit() else []
    )
    if len(found) != 1:
        raise CommandError(_("There is no one place %(name)s.") % {"name": named})
    place: Place = found[0]
    return place
