"""What a load balancer asks."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoDbBlocker


def test_the_process_answers_without_a_database(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"alive": True})


@pytest.mark.django_db
def test_ready_means_that_every_migration_is_applied(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()["missing_migrations"]) == (200, 0)


@pytest.mark.django_db
def test_a_missing_migration_is_not_ready(client: Client) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied(
        "inquiries", max(name for app, name in recorder.applied_migrations() if app == "inquiries")
    )
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        503,
        {"ready": False, "database": True, "missing_migrations": 1},
    )


def test_without_its_database_nothing_is_ready(
    client: Client, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
        response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"ready": False, "database": False})
