"""Files are known by their content, encrypted at rest, and read through the same access."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage

from bureaus.models.fields import KeyDestroyed
from bureaus.services.keys import destroy_key
from inquiries.models import Attachment, ClearReading
from inquiries.services.attaching import MOST_BYTES, NotThisType, TooLarge, attach_file, open_attachment
from inquiries.services.refusals import NotYours
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask, Enter, page

pytestmark = pytest.mark.django_db

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


@pytest.fixture(autouse=True)
def own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_picture_is_kept_and_given_back(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        kept = attach_file(inquiry.pk, name="低保.png", content=PNG, by=cast.li_min, now=now)
        assert open_attachment(kept) == ("低保.png", PNG)


def test_at_rest_it_cannot_be_read(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        kept = attach_file(inquiry.pk, name="低保.png", content=PNG, by=cast.li_min, now=now)
    with default_storage.open(kept.stored_as) as stored:
        kept_there = stored.read()
    assert PNG[:8] not in kept_there
    assert PNG[:8] not in base64.urlsafe_b64decode(kept_there)
    assert "低保" not in kept.name
    destroy_key(key=kept.key, now=now)
    kept.key.refresh_from_db()
    with pytest.raises(KeyDestroyed):
        open_attachment(kept)


def test_the_same_content_is_kept_once(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        first = attach_file(inquiry.pk, name="a.png", content=PNG, by=cast.li_min, now=now)
        assert attach_file(inquiry.pk, name="b.png", content=PNG, by=cast.li_min, now=now) == first


def test_a_page_in_a_picture_s_name_is_refused(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.li_min), pytest.raises(NotThisType):
        attach_file(inquiry.pk, name="a.png", content=b"<html><script>1</script>", by=cast.li_min, now=now)


def test_too_large_is_refused(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.li_min), pytest.raises(TooLarge):
        attach_file(inquiry.pk, name="a.png", content=PNG + bytes(MOST_BYTES), by=cast.li_min, now=now)


def test_another_bureau_may_not(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask()
    other = next(officer for officer in cast.everybody.values() if cast.post(officer).role == "auditor")
    with pytest.raises(NotYours):
        attach_file(inquiry.pk, name="a.png", content=PNG, by=other, now=now)


@pytest.fixture
def kept(ask: Ask, cast: Cast, web_as: As, now: datetime) -> Attachment:
    inquiry = ask()
    with web_as(cast.li_min):
        return attach_file(inquiry.pk, name="低保.png", content=PNG, by=cast.li_min, now=now)


def test_on_the_page_a_file_is_read_with_a_reason_that_stays_on_record(
    cast: Cast, enter: Enter, kept: Attachment
) -> None:
    client, matter = enter(cast.li_min), f"/inquiries/{kept.inquiry_id}/"
    path = f"{matter}files/{kept.pk}/"
    assert f'action="{path}"' in page(client, matter)
    sent = client.post(path, {"reason": "核对材料"})
    assert sent.content == PNG
    assert sent["Content-Disposition"].startswith("attachment")
    reading = ClearReading.objects.get()
    assert (reading.officer, reading.inquiry, reading.reason) == (cast.li_min, kept.inquiry, "核对材料")
    assert reading.fields == f"attachment {kept.pk}"


@pytest.mark.parametrize("reason", ["", "  ", "核" * 201])
def test_without_a_reason_no_file_is_opened(cast: Cast, enter: Enter, kept: Attachment, reason: str) -> None:
    client, matter = enter(cast.li_min), f"/inquiries/{kept.inquiry_id}/"
    path = f"{matter}files/{kept.pk}/"
    assert client.get(path).status_code == 405
    assert client.post(path, {"reason": reason})["Location"] == matter
    assert not ClearReading.objects.exists()


def test_another_bureau_opens_no_file(cast: Cast, enter: Enter, kept: Attachment) -> None:
    path = f"/inquiries/{kept.inquiry_id}/files/{kept.pk}/"
    assert enter(cast.tang_rui).post(path, {"reason": "核对"}).status_code == 404
    assert not ClearReading.objects.exists()
