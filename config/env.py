"""Typed readers of the environment. Each refuses nonsense with one sentence.

`NAME_FILE` names a file that holds the value of `NAME`, as container secrets come.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv

_env = FileAwareEnv()


def is_set(name: str) -> bool:
    """Whether the environment gives a value that is not blank."""
    return bool(text(name))


def text(name: str, default: str = "") -> str:
    """The value without surrounding blanks."""
    try:
        return str(_env.str(name, default)).strip()
    except (EnvError, ValueError, OSError) as wrong:
        raise ImproperlyConfigured(f"{name}_FILE must name a readable text file.") from wrong


def required(name: str, what: str) -> str:
    """The value; without one the program does not start."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} (or {name}_FILE) must be set in production: {what}.")
    return value


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    """One of the allowed words."""
    value = text(name) or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}; it is {value!r}.")
    return value


def flag(name: str, default: bool) -> bool:
    """A yes or a no."""
    if not is_set(name):
        return default
    try:
        return bool(_env.bool(name))
    except EnvError as wrong:
        raise ImproperlyConfigured(f"{name} must be true or false; it is {text(name)!r}.") from wrong


def number(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number within its bounds."""
    value = text(name) or str(default)
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{name} must be a whole number from {low} to {high}; it is {value!r}.")
    return int(value)


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """The values between commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or list(default)


def folder(name: str, default: Path) -> Path:
    """An absolute folder, which need not exist yet."""
    value = Path(text(name) or default)
    if not value.is_absolute():
        raise ImproperlyConfigured(f"{name} must be an absolute path; it is {str(value)!r}.")
    return value


@dataclass(frozen=True)
class Database:
    """Where a PostgreSQL database is, as its address says."""

    name: str
    user: str
    password: str
    host: str
    port: str
    options: tuple[tuple[str, str], ...]

    def as_django(self) -> dict[str, object]:
        """The entry for DATABASES."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": self.name,
            "USER": self.user,
            "PASSWORD": self.password,
            "HOST": self.host,
            "PORT": self.port,
            "OPTIONS": dict(self.options),
        }


def database(name: str, value: str, password: str = "") -> Database:
    """The parts of `postgresql://user:password@host:port/name?host=/socket/folder&sslmode=…`.

    `password` serves where the address has none.
    """
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    given = dict(parse_qsl(parts.query))
    database_name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgresql", "postgres") or not database_name or "/" in database_name:
        # The value may hold a password: the sentence does not repeat it.
        raise ImproperlyConfigured(
            f"{name} must look like postgresql://user:password@host:5432/database; Bida runs on PostgreSQL only."
        )
    return Database(
        name=database_name,
        user=unquote(parts.username or given.pop("user", "")),
        password=unquote(parts.password or given.pop("password", "")) or password,
        host=given.pop("host", "") or unquote(parts.hostname or ""),
        port=given.pop("port", "") or str(port or ""),
        options=tuple(given.items()),
    )
