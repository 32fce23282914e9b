"""The fictional district once it is loaded: lived in, everybody in post, every state to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from bureaus.access import holdings, officers_of
from bureaus.models import Officer, Place, Post
from bureaus.models.scope import scope
from bureaus.workdays import SHANGHAI
from disclosure.services.example.loading import Loaded, load_example
from disclosure.services.example.people import draw_passwords
from inquiries.models import Chase, Inquiry
from inquiries.services.verifying import verify_promises
from inquiries.states import State

pytestmark = [pytest.mark.django_db, pytest.mark.long]
MORNING = datetime(2026, 11, 24, 10, 12, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def example(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """Loaded once for all that only look at it, and taken back at the end."""
    accounts: Path = tmp_path_factory.mktemp("var") / "example-accounts.txt"
    with django_db_blocker.unblock(), transaction.atomic():
        with scope(role="bida_owner", district="all"):
            loaded = load_example(drawn=draw_passwords(), accounts=accounts, now=MORNING)
        yield loaded
        transaction.set_rollback(True)


def test_nothing_told_lies_in_the_future(example: Loaded) -> None:
    assert not Inquiry.objects.filter(recorded_at__gt=MORNING).exists()
    assert not Chase.objects.filter(chased_at__gt=MORNING).exists()


def test_the_example_shows_every_state(example: Loaded) -> None:
    assert set(Inquiry.objects.values_list("state", flat=True)) == set(State)
    assert Inquiry.objects.count() == example.inquiries >= 40
    assert Inquiry.objects.filter(sealed=True).exists()
    assert Inquiry.objects.filter(round=2).exists()
    assert Inquiry.objects.filter(merged_into__isnull=False).exists()


def test_every_post_of_the_example_is_held(example: Loaded) -> None:
    posts = list(Post.objects.filter(place__is_example=True).values_list("pk", flat=True))
    present = officers_of(posts, now=MORNING)
    assert posts
    assert all(present[post] for post in posts)
    officers = Officer.objects.filter(is_example=True)
    assert all(holdings(officer, now=MORNING) for officer in officers if not officer.absences.exists())


def test_everything_in_the_example_is_marked(example: Loaded) -> None:
    district = Place.objects.get(name="示例区")
    assert not Place.objects.filter(path__startswith=district.path, is_example=False).exists()
    assert not Officer.objects.filter(district=district, is_example=False).exists()


def test_every_promise_holds_in_the_example(example: Loaded) -> None:
    found = {finding.promise: finding.broken for finding in verify_promises(now=MORNING) if finding.broken}
    assert found == {}
