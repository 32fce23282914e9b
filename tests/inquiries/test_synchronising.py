"""A client's copy misses nothing, whatever commits when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from bureaus.access import scope_of
from bureaus.models.scope import WEB, scope
from bureaus.services.api_keys import issue_key
from inquiries.apps import follow_restore
from inquiries.figures.lists import ChangesLost, changes_since
from inquiries.models import ChangeEra, Inquiry, Sight
from inquiries.services.moving import sign_for
from inquiries.services.recording import record_inquiry
from tests.conftest import As, Cast, Key
from tests.house.running import comes_true
from tests.inquiries.conftest import Ask

CHANGES = "/api/v1/inquiries/changes"


def changes(client: Client, cursor: str = "", limit: int = 200) -> dict[str, Any]:
    response = client.get(f"{CHANGES}?limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def test_a_change_that_is_not_committed_yet_is_not_given(cast: Cast, ask: Ask, key: Key) -> None:
    # The test's own transaction is open, so what it wrote must be held back.
    ask()
    assert changes(key("inquiries:read"))["items"] == []


def test_every_act_marks_its_inquiry_with_its_transaction(
    cast: Cast, ask: Ask, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text::bigint")
        [xid] = cursor.fetchone() or (0,)
    assert Inquiry.objects.get(pk=inquiry.pk).changed_xid == xid
    with connection.cursor() as cursor:
        cursor.execute("update inquiries_inquiry set version = version + 1 where id = %s", [inquiry.pk])
    with web_as(cast.li_min):
        sign_for(inquiry.pk, by=cast.li_min, now=now)
    assert Inquiry.objects.get(pk=inquiry.pk).changed_xid == xid


def test_a_place_that_loses_sight_gets_a_tombstone(cast: Cast, ask: Ask) -> None:
    inquiry = ask()
    Sight.objects.filter(inquiry=inquiry).delete()
    with connection.cursor() as cursor:
        cursor.execute("select place_id from inquiries_tombstone where inquiry_id = %s", [inquiry.pk])
        assert {row[0] for row in cursor.fetchall()} == {cast.relief.pk}


def test_a_cursor_of_changes_is_the_readers_own(cast: Cast, key: Key) -> None:
    cursor = changes(key("inquiries:read"))["next"]
    assert key("inquiries:read").get(f"{CHANGES}?cursor={cursor}").status_code == 400


def test_what_commits_late_is_given_late_and_not_missed(
    own_database: Cast, now: datetime, django_db_blocker: DjangoDbBlocker
) -> None:
    """Two writers: the one that began first commits last, when the other was already given."""
    cast = own_database
    with django_db_blocker.unblock():

        def record() -> int:
            seen = scope_of(cast.li_min, now=now)
            with scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer):
                return record_inquiry(
                    by=cast.li_min,
                    now=now,
                    place=cast.relief,
                    kind="help",
                    channel="desk",
                    question="灯坏了。",
                ).pk

        issued = issue_key(
            name="副本", scopes=["inquiries:read"], district=cast.district, by=None, now=timezone.now()
        )
        client = Client(headers={"authorization": f"Bearer {issued.token}"})
        first = record()
        with psycopg.connect(**connection.get_connection_params()) as slow:
            slow.execute("update inquiries_inquiry set version = version + 1 where id = %s", [first])
            second = record()
            # The slow writer began before: nothing of a transaction from its start on is given.
            held_back = changes(client)
            assert second not in [each["id"] for each in held_back["items"]]
        # A transaction that another test left to die may hold everything back for a moment more.
        assert comes_true(lambda: bool(changes(client, held_back["next"])["items"]))
        given = changes(client, held_back["next"])
        assert {each["id"] for each in given["items"]} == {first, second}
        assert changes(client, given["next"])["items"] == []
        third = record()
        assert comes_true(lambda: bool(changes(client, given["next"], limit=1)["items"]))
        again = changes(client, given["next"], limit=1)
        assert [each["id"] for each in again["items"]] == [third]
        Sight.objects.filter(inquiry=third).delete()
        bureau = issue_key(
            name="局",
            scopes=["inquiries:read"],
            district=cast.district,
            bureau=cast.civil,
            by=None,
            now=timezone.now(),
        )
        below = Client(headers={"authorization": f"Bearer {bureau.token}"})
        assert comes_true(lambda: bool(changes(below)["gone"]))
        gone = changes(below)
        assert [each["id"] for each in gone["gone"]] == [third]
        # The district still sees it: it has lost nothing.
        assert changes(client, again["next"])["gone"] == []


def test_the_order_of_changes_goes_on_after_a_restore_into_another_cluster(cast: Cast, ask: Ask) -> None:
    before = Inquiry.objects.get(pk=ask().pk).changed_xid
    follow_restore(using="default")
    assert ChangeEra.objects.count() == 1
    with connection.cursor() as cursor:
        # As if all this had been written where transactions were counted far beyond ours.
        cursor.execute("update inquiries_inquiry set changed_xid = changed_xid + 1000000")
        cursor.execute("update inquiries_changeera set cluster = 1")
    follow_restore(using="default")
    follow_restore(using="default")
    assert ChangeEra.objects.count() == 2
    after = Inquiry.objects.get(pk=ask().pk).changed_xid
    assert after > before + 1000000
    seen = scope_of(cast.li_min, now=timezone.now())
    last = before + 1000000

    def given(*known: int) -> bool:
        try:
            changes_since(seen, cast.district.pk, (known[0], 0, known[1], 0), limit=9)
        except ChangesLost:
            return False
        return True

    changes_since(seen, cast.district.pk, (last, 0, last, 0), limit=9)
    # What another session of this server holds open holds the horizon back for a moment.
    assert comes_true(lambda: given(after - 1, last))
    lost, ahead = last + 5, after + 1000
    for knows_more in ((lost, 0, last, 0), (last, 0, lost, 0), (ahead, 0, last, 0), (last, 0, ahead, 0)):
        with pytest.raises(ChangesLost):
            changes_since(seen, cast.district.pk, knows_more, limit=9)


@pytest.mark.parametrize("other", ["7/16384/1", "{0}/7/{2}", "{0}/{1}/99"])
def test_another_server_database_or_time_line_is_a_restore(other: str, cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select bida_origin()")
        [origin] = cursor.fetchone() or ("",)
    ChangeEra.objects.update(cluster=other.format(*origin.split("/")))
    follow_restore(using="default")
    assert ChangeEra.objects.order_by("base").last().cluster == origin  # type: ignore[union-attr]  # there are two
    assert ChangeEra.objects.count() == 2


def test_a_copy_that_knows_of_lost_changes_is_told_to_start_again(cast: Cast, key: Key) -> None:
    client = key("inquiries:read")
    cursor = changes(client)["next"]
    ChangeEra.objects.create(base=100, cluster=1, restored=-1)
    response = client.get(f"{CHANGES}?cursor={cursor}")
    assert response.status_code == 400
    assert "begin without a cursor" in response.json()["detail"]
