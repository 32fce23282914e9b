"""Files of an inquiry through the REST API: told by their content, kept once, read with a reason that stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bureaus.services.keys import destroy_key
from inquiries.models import Attachment, ClearReading, Event, Inquiry
from inquiries.services.attaching import MOST_BYTES
from tests.conftest import Cast, Key
from tests.inquiries.conftest import Ask
from tests.inquiries.test_attaching import PNG

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def li_min(cast: Cast, key: Key) -> Client:
    return key("inquiries:act", "inquiries:read", "personal:read", officer=cast.li_min)


def at(inquiry: Inquiry) -> str:
    return f"/api/v1/inquiries/{inquiry.pk}/attachments"


def upload(client: Client, inquiry: Inquiry, content: bytes = PNG, name: str = "低保证.png") -> Any:
    # A test's client would read the file's name, and say that it is a picture.
    return client.post(at(inquiry), {"file": SimpleUploadedFile(name, content, "image/png")})


def test_a_file_is_added_listed_and_read(li_min: Client, ask: Ask) -> None:
    inquiry = ask()
    made = upload(li_min, inquiry)
    assert made.status_code == 201, made.content
    [listed] = li_min.get(at(inquiry)).json()["items"]
    assert listed == made.json()
    assert (listed["content_type"], listed["size"]) == ("image/png", len(PNG))
    read = li_min.post(
        f"{at(inquiry)}/{listed['id']}/content", {"reason": "核对"}, content_type="application/json"
    )
    assert (read.status_code, read.content) == (200, PNG)
    assert read["Content-Type"] == "application/octet-stream"
    assert "%E4%BD%8E%E4%BF%9D%E8%AF%81.png" in read["Content-Disposition"]
    assert Event.objects.filter(inquiry=inquiry, code="attached").count() == 1


def test_the_same_content_is_kept_once_and_given_back(li_min: Client, ask: Ask) -> None:
    inquiry = ask()
    first, second = upload(li_min, inquiry), upload(li_min, inquiry, name="再发一次.png")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Event.objects.filter(inquiry=inquiry, code="attached").count() == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><script>1</script>", "not-this-type"),
        (b"", "not-this-type"),
        (PNG + bytes(MOST_BYTES), "too-large"),
    ],
)
def test_what_may_not_be_kept_is_refused_by_its_field(
    li_min: Client, ask: Ask, content: bytes, code: str
) -> None:
    refused = upload(li_min, ask(), content)
    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert refused.json()["errors"][0]["field"] == "file"
    assert not Attachment.objects.exists()


def test_a_body_without_a_file_names_the_field(li_min: Client, ask: Ask) -> None:
    inquiry = ask()
    refused = li_min.post(at(inquiry), {"fiel": "x"})
    assert refused.status_code == 422
    assert {each["field"] for each in refused.json()["errors"]} == {"fiel"}
    assert li_min.post(at(inquiry), {"file": "x"}, content_type="application/json").status_code == 415


def test_a_file_is_read_with_a_reason_that_stays_on_record(cast: Cast, li_min: Client, ask: Ask) -> None:
    inquiry = ask()
    file = upload(li_min, inquiry).json()["id"]
    address = f"{at(inquiry)}/{file}/content"
    assert li_min.post(address, {}, content_type="application/json").status_code == 422
    assert not ClearReading.objects.exists()
    li_min.post(address, {"reason": "核对"}, content_type="application/json")
    reading = ClearReading.objects.get()
    assert (reading.officer, reading.inquiry, reading.reason) == (cast.li_min, inquiry, "核对")
    assert reading.fields == f"attachment {file}"


def test_what_was_erased_is_not_there(li_min: Client, ask: Ask, now: Any) -> None:
    inquiry = ask()
    file = upload(li_min, inquiry).json()["id"]
    destroy_key(key=Attachment.objects.get().key, now=now)
    gone = li_min.post(f"{at(inquiry)}/{file}/content", {"reason": "核对"}, content_type="application/json")
    assert gone.status_code == 404
    assert not ClearReading.objects.exists()


def test_nobody_reaches_a_file_of_what_she_does_not_see(
    cast: Cast, li_min: Client, ask: Ask, key: Key
) -> None:
    mine, other = ask(), ask()
    file = upload(li_min, mine).json()["id"]
    reason = {"reason": "核对"}
    # The file of another inquiry is not there, and to another bureau neither inquiry is.
    wrong = li_min.post(f"{at(other)}/{file}/content", reason, content_type="application/json")
    assert wrong.status_code == 404
    stranger = key("inquiries:act", "inquiries:read", "personal:read", officer=cast.tang_rui)
    assert stranger.get(at(mine)).status_code == 404
    assert upload(stranger, mine).status_code == 404
    told = stranger.post(f"{at(mine)}/{file}/content", reason, content_type="application/json")
    assert told.status_code == 404


def test_who_may_only_look_adds_nothing(cast: Cast, ask: Ask, key: Key) -> None:
    inquiry = ask()
    client = key("inquiries:act", "inquiries:read", officer=cast.bai_lu)
    assert client.get(at(inquiry)).status_code == 200
    assert upload(client, inquiry).status_code == 403
