"""What is edited in the administration is on record: who, when, what."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from bureaus.models import ApiKey, Edit, Officer
from bureaus.services.accounts import rename_officer
from bureaus.services.edits import EditRead, edits_of
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(cast: Cast) -> Client:
    """The administrator, who holds no post."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(Officer.objects.create_superuser("root", None, name="管理员"))
    return client


def read(cast: Cast) -> list[tuple[str, str, str, str]]:
    """Each edit of the district in words, the newest first."""

    def words(row: EditRead) -> tuple[str, str, str, str]:
        return row.edit.code, row.about, row.into, row.edit.by.name

    return [words(row) for row in edits_of(cast.district)]


def test_an_account_opened_and_its_new_password_are_on_record(cast: Cast, root: Client) -> None:
    given = {"username": "dengyu", "name": "邓宇", "district": cast.district.pk, "language": "zh-hans"}
    assert root.post("/admin/bureaus/officer/add/", given).status_code == 302
    made = Officer.objects.get(username="dengyu")
    chosen = {"action": "renew", "_selected_action": [made.pk]}
    root.post("/admin/bureaus/officer/", chosen)
    assert read(cast) == [
        ("password_renewed", "邓宇", "", "管理员"),
        ("account_opened", "邓宇", "", "管理员"),
    ]


def test_an_account_given_another_name_is_on_record_once(cast: Cast, now: datetime) -> None:
    for _again in range(2):
        rename_officer(officer=cast.li_min, name="李闵", by=cast.zhou_ning, now=now)
    assert read(cast) == [("account_renamed", "李敏", "李闵", "周宁")]


def test_a_key_issued_and_revoked_is_on_record_with_its_scopes_and_never_its_secret(
    cast: Cast, root: Client
) -> None:
    given = {
        "name": "门户网站",
        "scopes": ["statistics:read", "directory:read"],
        "district": cast.district.pk,
        "per_minute": 60,
    }
    assert root.post("/admin/bureaus/apikey/add/", given).status_code == 302
    key = ApiKey.objects.get()
    for _again in range(2):
        root.post("/admin/bureaus/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
    revoked, issued = read(cast)
    assert revoked[:2] == ("key_revoked", f"门户网站 {key.prefix}")
    assert issued[:2] == ("key_issued", f"门户网站 {key.prefix}")
    assert issued[2].count("、") == 1
    assert key.hash not in str(Edit.objects.values_list("named", flat=True))
