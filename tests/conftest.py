"""What every test may use."""

from __future__ import annotations

import pytest
from django.conf import LazySettings


@pytest.fixture(autouse=True)
def _quick_passwords(settings: LazySettings) -> None:
    # A slow hash is the point of a hash, but not of these tests.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
