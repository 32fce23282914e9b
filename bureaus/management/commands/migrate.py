"""manage.py migrate: as Django's own, but no migration waits long for a table that somebody reads."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connection
from django.db.migrations import Migration
from psycopg.errors import LockNotAvailable

from bureaus.services.patience import wait_for_locks

# While one statement waits for a lock, every later reader of that table waits behind it.
PATIENCE = "5s"


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        """Migrates. Raises CommandError where somebody held a table too long."""
        wait_for_locks(at_most=PATIENCE)
        try:
            return super().handle(*args, **options)
        except OperationalError as held:
            if not isinstance(held.__cause__, LockNotAvailable):
                raise
            raise CommandError(
                f"A table was in use for more than {PATIENCE}: {held.__cause__.diag.message_primary}. What was "
                "migrated before stays; run the command again."
            ) from held
        finally:
            if not connection.needs_rollback:
                wait_for_locks(at_most=None)

    def migration_progress_callback(
        self, action: str, migration: Migration | None = None, fake: bool = False
    ) -> None:
        """Says what it does; one outside a transaction builds its index beside readers, and waits for them all."""
        if migration is not None and action in ("apply_start", "unapply_start"):
            wait_for_locks(at_most=PATIENCE if migration.atomic else "0")
        super().migration_progress_callback(action, migration, fake)
