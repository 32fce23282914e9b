"""What `make check` checks; every check runs, and the names of those that failed are printed last."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
APPS = ("config", "bureaus", "inquiries", "disclosure")
LONG = "this-value-serves-only-for-the-check-of-the-deployment-0123456789-abc"
PRODUCTION = {
    "BIDA_ENV": "production",
    "SECRET_KEY": LONG,
    "EVENT_KEY": LONG,
    "HASH_KEY": LONG,
    "ALLOWED_HOSTS": "bida.example.org",
    "DATABASE_URL": "postgresql://bida_web@localhost/bida",
    "BROKER_URL": "amqp://localhost//",
    "PROXY_COUNT": "1",
}


def checks() -> list[tuple[str, list[str], dict[str, str]]]:
    """Name, command and additional environment of each."""
    python = sys.executable
    templates = sorted(
        str(path.relative_to(ROOT)) for app in APPS for path in (ROOT / app).rglob("templates/**/*.html")
    )
    found: list[tuple[str, list[str], dict[str, str]]] = [
        ("ruff", [f"{BIN}/ruff", "check", "--quiet", "."], {}),
        ("ruff format", [f"{BIN}/ruff", "format", "--check", "--quiet", "."], {}),
        ("layers", [f"{BIN}/lint-imports", "--no-cache"], {}),
        ("mypy", [f"{BIN}/mypy"], {}),
        ("bandit", [f"{BIN}/bandit", "-q", "-c", "pyproject.toml", "-r", *APPS, "-ll"], {}),
        ("missing migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], {}),
        (
            "migration linter",
            [
                *(python, "manage.py", "lintmigrations", "--no-cache", "--quiet", "ok", "ignore"),
                *("--include-apps", "bureaus", "inquiries", "disclosure"),
                # A model's variable has its plain name here, as everywhere.
                *("--exclude-migration-test", "RUNPYTHON_MODEL_VARIABLE_NAME", "RUNPYTHON_MODEL_IMPORT"),
            ],
            {"BIDA_EXTRA_APPS": "django_migration_linter"},
        ),
        (
            "deployment",
            [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            {**PRODUCTION, "FIELD_KEYS": Fernet.generate_key().decode()},
        ),
    ]
    if templates:
        found.append(("djade", [f"{BIN}/djade", "--check", "--target-version", "5.2", *templates], {}))
    return found


def main() -> int:
    """0 when every check passed."""
    failed = []
    with tempfile.TemporaryDirectory() as var:
        os.chmod(var, 0o755)
        for name, command, environment in checks():
            print(f"== {name}", flush=True)
            if subprocess.run(
                command, cwd=ROOT, env={**os.environ, "BIDA_VAR": var, **environment}
            ).returncode:
                failed.append(name)
    print(f"FAILED: {', '.join(failed)}" if failed else "Every check passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
