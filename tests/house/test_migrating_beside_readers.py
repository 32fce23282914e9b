"""A migration waits a short time for a table in use: who reads it later does not wait behind it for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from bureaus.management.commands import migrate
from tests.conftest import Cast

Busy = Callable[[str], AbstractContextManager[None]]


class AddsColumn(migrations.Migration):
    operations = [migrations.RunSQL("alter table bureaus_notice add column planted integer")]


class OutsideATransaction(migrations.Migration):
    atomic = False
    operations = [migrations.RunSQL("create index concurrently planted on bureaus_notice (created_at)")]


@pytest.fixture
def busy(own_database: Cast, monkeypatch: pytest.MonkeyPatch) -> Busy:
    """Somebody else is in the middle of a statement while the block runs; nobody is patient for long."""
    monkeypatch.setattr(migrate, "PATIENCE", "300ms")

    @contextmanager
    def beside(statement: str) -> Iterator[None]:
        with psycopg.connect(**connection.get_connection_params()) as somebody:
            somebody.execute(statement.encode())
            yield

    return beside


def apply(migration: type[migrations.Migration]) -> None:
    command = migrate.Command()
    command.verbosity = 0
    executor = MigrationExecutor(connection, command.migration_progress_callback)  # type: ignore[arg-type]
    executor.apply_migration(ProjectState(), migration("planted", "bureaus"))


def patience() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show lock_timeout")
        return str(cursor.fetchone()[0])


def test_a_migration_gives_up_on_a_table_that_somebody_reads_for_long(busy: Busy) -> None:
    with busy("select count(*) from bureaus_notice"), pytest.raises(OperationalError, match="lock timeout"):
        apply(AddsColumn)
    apply(AddsColumn)


def test_an_index_beside_readers_waits_for_them(busy: Busy) -> None:
    apply(AddsColumn)
    assert patience() == "300ms"
    apply(OutsideATransaction)
    assert patience() == "0"


def test_the_command_says_that_a_table_was_in_use_and_migrates_later(busy: Busy) -> None:
    with (
        busy("lock table django_migrations in access exclusive mode"),
        pytest.raises(CommandError, match="in use for more than 300ms"),
    ):
        call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0)
    assert patience() == "0"
