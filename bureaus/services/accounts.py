"""Accounts of officers: opened, given a new password when the old one is lost, and one of the officer's own choice."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.services.edits import record_edit
from bureaus.services.places import may_keep
from bureaus.services.refusals import Refusal

BYTES = 12


class NotYourAccount(Refusal):
    sentence = _("The account of an administrator is kept by an administrator.")
    field = "username"


class NotADistrict(Refusal):
    sentence = _("An officer belongs to a district; posts give her a bureau.")
    field = "district"


def open_account(
    *,
    username: str,
    name: str,
    district: Place,
    by: Officer | None,
    now: datetime,
    language: str = "zh-hans",
    external_id: str = "",
) -> Officer:
    """The officer can sign in; `fresh_password` on what comes back is the one time her password is known.

    She sees nothing until a post is hers. Raises NotADistrict, NotYourPlaces, ValidationError.
    """
    may_keep(by, district_id=district.root_id, now=now)
    if district.kind != Place.Kind.DISTRICT:
        raise NotADistrict
    officer = Officer(
        username=username.strip(),
        name=name.strip(),
        district=district,
        language=language,
        external_id=external_id.strip(),
    )
    _with_fresh_password(officer)
    record_edit("account_opened", district_id=district.pk, by=by, now=now, officer=officer.pk)
    return officer


def rename_officer(*, officer: Officer, name: str, by: Officer | None, now: datetime) -> Officer:
    """The officer has another name; the account stays. Raises NotYourPlaces, ValidationError."""
    may_keep(by, district_id=officer.district_id, now=now)
    was, officer.name = officer.name, name.strip()
    officer.clean_fields(exclude=["password", "district"])
    officer.save(update_fields=["name"])
    if officer.name != was:
        record_edit(
            "account_renamed", district_id=officer.district_id, by=by, now=now, was=was, name=officer.name
        )
    return officer


def renew_password(*, officer: Officer, by: Officer | None, now: datetime) -> Officer:
    """The old password opens nothing any more, nor does a session begun with it; `fresh_password` is the new one.

    Raises NotYourAccount, NotYourPlaces.
    """
    may_keep(by, district_id=officer.district_id, now=now)
    if by is not None and not by.is_superuser and (officer.is_superuser or officer.is_staff):
        raise NotYourAccount
    record_edit("password_renewed", district_id=officer.district_id, by=by, now=now, officer=officer.pk)
    return _with_fresh_password(Officer.objects.select_for_update().get(pk=officer.pk))


def change_password(*, by: Officer, password: str, now: datetime) -> None:
    """The officer's own password is another, and no session begun with the old one goes on.

    Raises ValidationError for one that is too easily guessed.
    """
    validate_password(password, by)
    by.set_password(password)
    by.save(update_fields=["password"])
    record_edit("password_changed", district_id=by.district_id, by=by, now=now, officer=by.pk)


def _with_fresh_password(officer: Officer) -> Officer:
    password = secrets.token_urlsafe(BYTES)
    officer.set_password(password)
    officer.full_clean(exclude=["district"])
    officer.save()
    officer.fresh_password = password
    return officer
