"""Keys by which machines use the REST API."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from bureaus.models import ApiKey, Officer
from bureaus.services.api_keys import (
    KeyExpired,
    KeyRevoked,
    NeedsOfficer,
    NotOfThisDistrict,
    TooMany,
    UnknownKey,
    UnknownScope,
    issue_key,
    revoke_key,
    use_key,
)
from bureaus.services.places import NotYourPlaces
from bureaus.services.posts import disable_officer
from tests.conftest import Cast


@pytest.fixture
def key(cast: Cast, now: datetime) -> ApiKey:
    return issue_key(name="统计局", scopes=["directory:read"], district=cast.district, by=None, now=now)


def get(path: str, token: str, **headers: str) -> Any:
    return Client().get(path, headers={"authorization": f"Bearer {token}", "accept-language": "en"} | headers)


def test_a_key_opens_what_its_scope_names(key: ApiKey) -> None:
    assert get("/api/v1/districts", key.token).status_code == 200


def test_only_a_hash_of_the_key_is_kept(key: ApiKey) -> None:
    kept = ApiKey.objects.filter(pk=key.pk).values().get()
    assert not any(key.token.split("_", 2)[2] in str(value) for value in kept.values())


def test_a_key_with_one_wrong_character_is_unknown(key: ApiKey, now: datetime) -> None:
    wrong = key.token[:-1] + ("A" if key.token[-1] != "A" else "B")
    with pytest.raises(UnknownKey):
        use_key(wrong, now=now)
    assert get("/api/v1/districts", wrong).status_code == 401


@pytest.mark.parametrize("text", ["", "x", "bida_", "bida__", "bida_00000000_x", "bida_\x00_x", "bida_钥_匙"])
def test_what_is_no_key_is_unknown(cast: Cast, now: datetime, text: str) -> None:
    with pytest.raises(UnknownKey):
        use_key(text, now=now)


def test_a_revoked_key_opens_nothing_from_its_next_request_on(key: ApiKey) -> None:
    assert get("/api/v1/districts", key.token).status_code == 200
    revoke_key(key=key, by=None, now=timezone.now())
    refused = get("/api/v1/districts", key.token)
    assert refused.status_code == 401
    assert refused.json()["code"] == "key-revoked"


def test_an_expired_key_is_refused(cast: Cast, now: datetime) -> None:
    key = issue_key(
        name="一天",
        scopes=["directory:read"],
        district=cast.district,
        by=None,
        now=now,
        expires_at=now + timedelta(days=1),
    )
    use_key(key.token, now=now + timedelta(hours=23))
    with pytest.raises(KeyExpired):
        use_key(key.token, now=now + timedelta(days=1))


def test_a_key_ends_with_the_account_it_acts_for(cast: Cast, now: datetime) -> None:
    key = issue_key(
        name="李敏", scopes=["inquiries:read"], district=cast.district, officer=cast.li_min, by=None, now=now
    )
    disable_officer(officer=cast.li_min, by=cast.zhou_ning, now=now)
    with pytest.raises(KeyRevoked):
        use_key(key.token, now=now)


def test_a_key_may_be_used_so_often_a_minute_and_no_more(cast: Cast, now: datetime) -> None:
    key = issue_key(
        name="慢", scopes=["directory:read"], district=cast.district, by=None, now=now, per_minute=2
    )
    assert [use_key(key.token, now=now).left for _ in range(2)] == [1, 0]
    with pytest.raises(TooMany):
        use_key(key.token, now=now)
    assert use_key(key.token, now=now + timedelta(minutes=1)).left == 1


def test_the_limit_stands_in_the_headers_and_a_refusal_says_when_to_go_on(cast: Cast) -> None:
    key = issue_key(
        name="慢",
        scopes=["directory:read"],
        district=cast.district,
        by=None,
        now=timezone.now(),
        per_minute=1,
    )
    seen = [get("/api/v1/districts", key.token) for _ in range(3)]
    assert seen[0]["RateLimit-Policy"] == '"key";q=1;w=60'
    assert seen[0]["RateLimit"].startswith('"key";r=0;t=')
    refused = next(response for response in seen if response.status_code == 429)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["code"] == "too-many-requests"


def test_a_key_remembers_when_it_was_last_used(key: ApiKey, now: datetime) -> None:
    use_key(key.token, now=now)
    key.refresh_from_db()
    assert key.last_used_at == now


def test_a_key_that_acts_needs_an_officer(cast: Cast, now: datetime) -> None:
    with pytest.raises(NeedsOfficer):
        issue_key(name="x", scopes=["inquiries:act"], district=cast.district, by=None, now=now)


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_a_key_has_scopes_that_there_are(cast: Cast, now: datetime, scopes: list[str]) -> None:
    with pytest.raises(UnknownScope):
        issue_key(name="x", scopes=scopes, district=cast.district, by=None, now=now)


def test_a_key_stays_inside_its_district(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotOfThisDistrict):
        issue_key(
            name="x", scopes=["directory:read"], district=cast.elsewhere, bureau=cast.civil, by=None, now=now
        )
    with pytest.raises(NotOfThisDistrict):
        issue_key(
            name="x",
            scopes=["directory:read"],
            district=cast.elsewhere,
            officer=cast.li_min,
            by=None,
            now=now,
        )


def test_a_handler_issues_no_keys(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotYourPlaces):
        issue_key(name="x", scopes=["directory:read"], district=cast.district, by=cast.li_min, now=now)


def test_a_key_without_the_scope_is_told_which_it_needs(cast: Cast, now: datetime) -> None:
    key = issue_key(name="x", scopes=["statistics:read"], district=cast.district, by=None, now=now)
    refused = get("/api/v1/districts", key.token)
    assert refused.status_code == 403
    assert refused.json()["code"] == "scope-missing"
    assert "directory:read" in refused.json()["errors"][0]["remedy"]


def test_nobody_comes_in_without_a_key_or_a_session(db: None) -> None:
    refused = Client().get("/api/v1/districts")
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"] == "Bearer"
    assert refused["Content-Type"] == "application/problem+json"


def test_a_session_is_as_good_as_a_key(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.li_min, backend="django.contrib.auth.backends.ModelBackend")
    assert [each["name"] for each in client.get("/api/v1/districts").json()["items"]] == ["春和区"]


def test_the_command_prints_the_key_alone(cast: Cast) -> None:
    told = StringIO()
    call_command(
        "make_key",
        "大屏",
        "--scope",
        "directory:read",
        "--district",
        "春和区",
        "--bureau",
        "民政局",
        stdout=told,
    )
    assert get("/api/v1/districts", told.getvalue().strip()).status_code == 200
    assert ApiKey.objects.get(name="大屏").bureau == cast.civil


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--district", "无此区"),
        ("--district", "春和区", "--bureau", "无此局"),
        ("--officer", "nobody"),
        ("--district", "春和区", "--scope", "inquiries:act"),
    ],
)
def test_the_command_says_what_does_not_fit(cast: Cast, options: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("make_key", "x", "--scope", "directory:read", *options)


def test_the_administration_shows_a_new_key_once_and_revokes_it(cast: Cast) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(
        Officer.objects.create_superuser("root", None, name="管理员"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    given = {"name": "大屏", "scopes": ["directory:read"], "district": cast.district.pk, "per_minute": 60}
    shown = client.post("/admin/bureaus/apikey/add/", given, follow=True).content.decode()
    key = ApiKey.objects.get(name="大屏")
    assert f"bida_{key.prefix}_" in shown
    assert f"bida_{key.prefix}_" not in client.get("/admin/bureaus/apikey/").content.decode()
    client.post("/admin/bureaus/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at is not None
