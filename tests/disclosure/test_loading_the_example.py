"""The fictional district: everybody in post, a lived-in past, and chases within a minute at any hour."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from pytest_django import DjangoCaptureOnCommitCallbacks

from bureaus.models import Officer, Place
from bureaus.models.scope import WORKER, scope
from bureaus.workdays import SHANGHAI
from disclosure.models import PublishedAnswer
from disclosure.services.example.loading import Loaded, load_example
from disclosure.services.example.people import draw_passwords
from inquiries.models import Chase, Duty, Inquiry, SetAside
from inquiries.services.chasing import chase_batch

pytestmark = [pytest.mark.django_db, pytest.mark.long]
MORNING = datetime(2026, 11, 24, 10, 12, tzinfo=SHANGHAI)
HOURS = {
    "a working morning": MORNING,
    "a night": datetime(2026, 4, 15, 3, 7, tzinfo=SHANGHAI),
    "a weekend": datetime(2026, 6, 6, 16, 40, tzinfo=SHANGHAI),
    "golden week": datetime(2025, 10, 3, 23, 59, 30, tzinfo=SHANGHAI),
    "a year nobody announced": datetime(2029, 1, 1, 12, 0, tzinfo=SHANGHAI),
}


@pytest.fixture(autouse=True)
def _known_hash(settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    return tmp_path / "var" / "example-accounts.txt"


def _load(accounts: Path, now: datetime) -> Loaded:
    with scope(role="bida_owner", district="all"):
        return load_example(drawn=draw_passwords(), accounts=accounts, now=now)


@pytest.mark.parametrize("now", HOURS.values(), ids=HOURS.keys())
def test_within_a_minute_of_loading_chases_happen(accounts: Path, now: datetime) -> None:
    _load(accounts, now)
    seen = set(Chase.objects.values_list("pk", flat=True))
    waiting = Inquiry.objects.filter(next_chase_at__gt=now, next_chase_at__lte=now + timedelta(minutes=1))
    instants = set(waiting.values_list("next_chase_at", flat=True))
    with scope(role=WORKER, district="all"):
        for model in (Inquiry, Duty):
            chase_batch(model, now=now + timedelta(minutes=1))
    fresh = Chase.objects.exclude(pk__in=seen)
    assert len(instants) >= 6
    assert fresh.count() >= len(instants)
    assert {"reminder", "urge", "supervise"} <= set(fresh.values_list("level", flat=True))
    assert not SetAside.objects.exists()
    assert not Inquiry.objects.filter(
        answered_at=None, merged_into=None, next_chase_at__lte=now + timedelta(minutes=1)
    ).exists()


def test_loading_twice_changes_nothing(
    accounts: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        _load(accounts, MORNING)

    def all_there() -> tuple[str, int, int, int, int]:
        published = PublishedAnswer.objects.exclude(approved_at=None).count()
        counts = Inquiry.objects.count(), Chase.objects.count(), Place.objects.count(), published
        return accounts.read_text(), *counts

    before = all_there()
    with django_capture_on_commit_callbacks(execute=True):
        again = _load(accounts, MORNING + timedelta(days=3))
    assert not again.fresh
    assert before == all_there()
    assert before[-1] > 0


def _listed(accounts: Path) -> Iterator[tuple[str, str]]:
    for line in accounts.read_text().splitlines():
        if "\t" in line:
            username, _name, _post, password = line.split("\t")
            yield username, password


def test_whoever_is_listed_can_sign_in(
    accounts: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        _load(accounts, MORNING)
    listed = dict(_listed(accounts))
    assert stat.S_IMODE(accounts.stat().st_mode) == 0o600
    assert set(listed) == set(
        Officer.objects.filter(district__name="示例区").values_list("username", flat=True)
    )
    for username, password in listed.items():
        assert Officer.objects.get(username=username).check_password(password)


def test_a_lost_list_is_made_anew_with_new_passwords(
    accounts: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        _load(accounts, MORNING)
    before = dict(_listed(accounts))
    accounts.unlink()
    with django_capture_on_commit_callbacks(execute=True):
        _load(accounts, MORNING)
    after = dict(_listed(accounts))
    assert before.keys() == after.keys()
    assert Officer.objects.get(username="zhouning").check_password(after["zhouning"])
    assert not Officer.objects.get(username="zhouning").check_password(before["zhouning"])
