"""Keys of machine clients are issued, used and revoked here."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bureaus.models import ApiKey, ApiScope, Officer, Place
from bureaus.models.api_keys import FOR_AN_OFFICER
from bureaus.models.prepared import columns, prepared, rows_of
from bureaus.services.edits import record_edit
from bureaus.services.places import may_keep
from bureaus.services.refusals import Refusal

MARK = "bida"


class UnknownScope(Refusal):
    sentence = _("Name at least one scope, and only scopes that there are.")
    field = "scopes"


class NeedsOfficer(Refusal):
    sentence = _("A key that records, acts or reads personal data acts for an officer. Name one.")
    field = "officer"


class NotOfThisDistrict(Refusal):
    sentence = _("The bureau and the officer of a key belong to its district.")
    field = "bureau"


class UnknownKey(Refusal):
    sentence = _("This key is not known. Send it as “Authorization: Bearer …”, whole, as it was shown.")


class KeyRevoked(Refusal):
    sentence = _("This key was revoked. Ask the district office for another.")


class KeyExpired(Refusal):
    sentence = _("This key has expired. Ask the district office for another.")


class TooMany(Refusal):
    sentence = _("This key was used more often than it may be. Wait as long as Retry-After says.")

    def __init__(self, use: Use) -> None:
        super().__init__()
        self.use = use


@dataclass(frozen=True)
class Use:
    """One use of a key: how many there may be in this minute, how many are left, and when it ends, in seconds."""

    key: ApiKey
    limit: int
    left: int
    resets_in: int


def issue_key(
    *,
    name: str,
    scopes: Collection[str],
    district: Place,
    by: Officer | None,
    now: datetime,
    bureau: Place | None = None,
    officer: Officer | None = None,
    per_minute: int = 600,
    expires_at: datetime | None = None,
) -> ApiKey:
    """The key stands, and `token` on the row that comes back is the one time its text is known.

    Raises UnknownScope, NeedsOfficer, NotOfThisDistrict, NotYourPlaces, ValidationError.
    """
    may_keep(by, district_id=district.pk, now=now)
    if not scopes or not set(scopes) <= set(ApiScope.values):
        raise UnknownScope
    if officer is None and FOR_AN_OFFICER & set(scopes):
        raise NeedsOfficer
    if bureau is not None and bureau.root_id != district.pk:
        raise NotOfThisDistrict
    if officer is not None and officer.district_id != district.pk:
        raise NotOfThisDistrict(field="officer")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    token = f"{MARK}_{prefix}_{secret}"
    key = ApiKey(
        name=name.strip(),
        prefix=prefix,
        hash=_hash(token),
        scopes=sorted(set(scopes)),
        district=district,
        bureau=bureau,
        officer=officer,
        per_minute=per_minute,
        expires_at=expires_at,
        made_at=now,
        made_by=by,
    )
    key.full_clean(
        exclude=["district", "bureau", "officer", "made_by", "revoked_at", "revoked_by", "last_used_at"]
    )
    key.save(force_insert=True)
    _record("key_issued", key, by=by, now=now, scopes=key.scopes)
    key.token = token
    return key


def revoke_key(*, key: ApiKey, by: Officer | None, now: datetime) -> ApiKey:
    """The key opens nothing from its next request on; revoking it twice changes nothing."""
    may_keep(by, district_id=key.district_id, now=now)
    held = ApiKey.objects.select_for_update(of=("self",), no_key=True).get(pk=key.pk)
    if held.revoked_at is None:
        held.revoked_at, held.revoked_by = now, by
        held.save(update_fields=["revoked_at", "revoked_by"])
        _record("key_revoked", held, by=by, now=now)
    return held


def _record(code: str, key: ApiKey, *, by: Officer | None, now: datetime, **named: Any) -> None:
    who = {"officer": key.officer_id} if key.officer_id else {}
    place = key.bureau or key.district
    name = f"{key.name} {key.prefix}"
    record_edit(code, district_id=key.district_id, place=place, by=by, now=now, name=name, **who, **named)


def use_key(token: str, *, now: datetime) -> Use:
    """The key of this text, with this use counted. Raises UnknownKey, KeyRevoked, KeyExpired, TooMany.

    Called outside a transaction, so that requests with one key do not wait for each other.
    """
    parts = token.split("_", 2)
    key = _key_of(parts[1]) if len(parts) == 3 and parts[0] == MARK and "\x00" not in token else None
    if key is None or not hmac.compare_digest(key.hash, _hash(token)):
        raise UnknownKey
    if key.revoked_at is not None or (key.officer is not None and not key.officer.is_active):
        raise KeyRevoked
    if not key.is_live(now):
        raise KeyExpired
    minute = now.replace(second=0, microsecond=0)
    count = _count(key, minute)
    resets_in = max(1, int((minute + timedelta(minutes=1) - now).total_seconds()))
    use = Use(key, key.per_minute, max(0, key.per_minute - count), resets_in)
    if count > key.per_minute:
        raise TooMany(use)
    if count == 1:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return use


# Asked at the head of each request, as what its officer holds is.
_READ = ", ".join(
    [
        columns("key", ApiKey),
        columns("district", Place),
        columns("bureau", Place),
        columns("officer", Officer),
    ]
)
_OF_PREFIX = f"""
select {_READ} from bureaus_apikey key
join bureaus_place district on district.id = key.district_id
left join bureaus_place bureau on bureau.id = key.bureau_id
left join bureaus_officer officer on officer.id = key.officer_id
where key.prefix = %s
"""


def _key_of(prefix: str) -> ApiKey | None:
    with prepared(), connection.cursor() as cursor:
        cursor.execute(_OF_PREFIX, [prefix])
        row = cursor.fetchone()
    if row is None:
        return None
    key: ApiKey
    key, key.district, key.bureau, key.officer = rows_of((ApiKey, Place, Place, Officer), row)
    return key


def _count(key: ApiKey, minute: datetime) -> int:
    with prepared(), connection.cursor() as cursor:
        cursor.execute(
            "insert into bureaus_apiuse as u (key_id, minute_at, n) values (%s, %s, 1) "
            "on conflict (key_id) do update set minute_at = excluded.minute_at, "
            "n = case when u.minute_at = excluded.minute_at then u.n + 1 else 1 end returning n",
            [key.pk, minute],
        )
        [count] = cursor.fetchone() or (1,)
    return int(count)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
