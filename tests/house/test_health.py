"""What a load balancer asks."""

from __future__ import annotations

import pytest
from django.test import Client


def test_the_process_answers_without_a_database(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"alive": True})


@pytest.mark.django_db
def test_ready_means_that_every_migration_is_applied(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()["missing_migrations"]) == (200, 0)
