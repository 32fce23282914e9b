"""Nonsense in the environment is refused with a sentence; production has no unsafe default."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config import env
from tools.check import PRODUCTION

ROOT = Path(__file__).resolve().parents[2]


def test_a_number_outside_its_bounds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHASE_EVERY_SECONDS", "0")
    with pytest.raises(ImproperlyConfigured, match="whole number from 1 to 60; it is '0'"):
        env.number("CHASE_EVERY_SECONDS", 5, low=1, high=60)


@pytest.mark.parametrize("nonsense", ["ten", "1.5", "-1", "１２", "1 2"])
def test_what_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch, nonsense: str) -> None:
    monkeypatch.setenv("PORT", nonsense)
    with pytest.raises(ImproperlyConfigured, match="PORT must be a whole number"):
        env.number("PORT", 5, low=0, high=60)


def test_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_USE_TLS", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="EMAIL_USE_TLS must be true or false; it is 'perhaps'"):
        env.flag("EMAIL_USE_TLS", False)


def test_a_blank_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_USE_TLS", "  ")
    assert env.flag("EMAIL_USE_TLS", True)


def test_an_unknown_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDA_ENV", "prod")
    with pytest.raises(ImproperlyConfigured, match="one of development, production; it is 'prod'"):
        env.choice("BIDA_ENV", ("development", "production"), "development")


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("EVENT_KEY_FILE", str(tmp_path / "secret"))
    assert env.text("EVENT_KEY") == "from the file"


def test_a_missing_secret_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENT_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(ImproperlyConfigured, match="EVENT_KEY_FILE must name a readable text file"):
        env.text("EVENT_KEY")


def test_a_relative_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDA_VAR", "var")
    with pytest.raises(ImproperlyConfigured, match="BIDA_VAR must be an absolute path"):
        env.folder("BIDA_VAR", Path("/unused"))


def test_words_stand_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", " a.example.org, ,b.example.org ")
    assert env.words("ALLOWED_HOSTS") == ["a.example.org", "b.example.org"]


def test_a_database_address_says_all_that_django_asks() -> None:
    found = env.database("DATABASE_URL", "postgresql://me:p%40ss@db.example.org:5433/bida?sslmode=require")
    assert found.as_django() == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "bida",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example.org",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_socket_folder_with_spaces_is_a_host() -> None:
    found = env.database("DATABASE_URL", "postgresql://me@/bida?host=%2Fa%20folder%2Frun")
    assert (found.host, found.port, found.user) == ("/a folder/run", "", "me")


@pytest.mark.parametrize(
    "nonsense", ["sqlite:///file", "postgresql://host", "bida", "postgresql://h:port/x", "mysql://secret@h/x"]
)
def test_another_address_is_refused_without_repeating_it(nonsense: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must look like postgresql://") as refused:
        env.database("DATABASE_URL", nonsense)
    assert "secret" not in str(refused.value)


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` in an environment with nothing else in it."""
    clean = {"PATH": os.environ["PATH"], "BIDA_VAR": str(folder)}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "missing", sorted((PRODUCTION.keys() - {"BIDA_ENV", "PROXY_COUNT"}) | {"FIELD_KEYS"})
)
def test_production_does_not_start_without(missing: str, tmp_path: Path) -> None:
    environment = {**PRODUCTION, "FIELD_KEYS": Fernet.generate_key().decode()}
    environment.pop(missing)
    refused = start(tmp_path, **environment)
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert missing in refused.stderr
    assert not list(tmp_path.iterdir()), "nothing was made up in its place"


def test_production_starts_with_all_of_them(tmp_path: Path) -> None:
    started = start(tmp_path, **PRODUCTION, FIELD_KEYS=Fernet.generate_key().decode())
    assert (started.returncode, started.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("EVENT_KEY", "short"),
        ("FIELD_KEYS", "no Fernet key"),
        ("ALLOWED_HOSTS", "*"),
        ("BROKER_URL", "kafka://somewhere"),
        ("DATABASE_URL", "sqlite:///bida"),
    ],
)
def test_production_refuses(name: str, value: str, tmp_path: Path) -> None:
    environment = {**PRODUCTION, "FIELD_KEYS": Fernet.generate_key().decode(), name: value}
    refused = start(tmp_path, **environment)
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert name in refused.stderr


def test_development_draws_its_secrets_once_for_its_owner_only(tmp_path: Path) -> None:
    database = {"DATABASE_URL": os.environ["DATABASE_URL"]}
    assert start(tmp_path, **database).returncode == 0
    folder = tmp_path / "secrets"
    drawn = {file.name: file.read_text() for file in folder.iterdir()}
    assert sorted(drawn) == ["event_key", "field_keys", "hash_key", "secret_key"]
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert start(tmp_path, **database).returncode == 0
    assert {file.name: file.read_text() for file in folder.iterdir()} == drawn
