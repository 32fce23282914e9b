"""docker-compose.yml and Dockerfile say what the code says. No engine runs here, so they are read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.utils.module_loading import import_string

from config import supervisor
from tools.check import PRODUCTION
from tools.new_secrets import drawn

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat", "portal")
# What the portal, which everybody reaches, is never given.
INSIDE = {"FIELD_KEYS", "EVENT_KEY", "BROKER_URL"}
SETTINGS = "".join(
    file.read_text()
    for file in (ROOT / "config" / "settings.py", *(ROOT / "config" / "embedded").glob("*.py"))
)


def test_every_part_has_its_service() -> None:
    assert set(SERVICES) == {"postgres", "rabbitmq", "proxy", *OURS}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_that_stays_has_a_health_check(name: str) -> None:
    assert name == "migrate" or SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS)
def test_one_image_serves_all_roles_and_none_is_root(name: str) -> None:
    service = SERVICES[name]
    assert (service["image"], service["user"]) == ("bida", "10001")
    assert f"--uid {service['user']}" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_that_the_settings_read(name: str) -> None:
    for variable in SERVICES[name]["environment"]:
        plain = variable.removesuffix("_FILE")
        assert f'"{plain}"' in SETTINGS, variable


@pytest.mark.parametrize("name", OURS)
def test_nothing_that_production_asks_for_is_missing(name: str) -> None:
    given = {variable.removesuffix("_FILE") for variable in SERVICES[name]["environment"]}
    assert {*PRODUCTION, "FIELD_KEYS"} - (INSIDE if name == "portal" else set()) <= given


def test_the_portal_holds_no_secret_of_the_inside_and_reaches_the_database_alone() -> None:
    portal = SERVICES["portal"]
    assert portal["environment"]["BIDA_ROLE"] == "portal"
    assert portal["profiles"] == ["portal"]
    given = {variable.removesuffix("_FILE") for variable in portal["environment"]}
    assert not given & INSIDE
    inside = {secret for name in OURS if name != "portal" for secret in SERVICES[name]["secrets"]}
    assert not set(portal["secrets"]) & inside
    assert portal["volumes"] == ["files:/var/lib/bida/files:ro"]
    reached = {name for name, service in SERVICES.items() if "outside" in service.get("networks", [])}
    assert portal["networks"] == ["outside"]
    assert reached == {"portal", "postgres", "proxy"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_stands_in_the_file(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if variable.endswith("_FILE"):
            assert Path(value).name in SERVICES[name]["secrets"]
        else:
            assert not re.search(r"KEY|PASSWORD|SECRET", variable)
            assert not re.search(r"://[^@/]*:[^@/]*@", str(value))


def test_every_secret_is_drawn_and_every_drawn_secret_is_used() -> None:
    assert set(COMPOSE["secrets"]) == set(drawn())
    used = {
        secret if isinstance(secret, str) else secret["source"]
        for service in SERVICES.values()
        for secret in service.get("secrets", [])
    }
    assert used == set(drawn())


@pytest.mark.parametrize(
    ("name", "role"),
    [("migrate", "owner"), ("web", "web"), ("worker", "worker"), ("beat", "worker"), ("portal", "portal")],
)
def test_every_role_logs_in_as_itself(name: str, role: str) -> None:
    environment = SERVICES[name]["environment"]
    assert f"://bida_{role}@postgres" in environment["DATABASE_URL"]
    assert environment["DATABASE_PASSWORD_FILE"].endswith(f"/{role}_password")
    assert f"create role bida_{role} login" in (ROOT / "deploy" / "roles.sh").read_text()


def test_the_commands_are_those_of_make_run() -> None:
    web, worker, beat = (SERVICES[name]["command"] for name in ("web", "worker", "beat"))
    assert SERVICES["portal"]["command"] == web
    assert web[0] == "granian"
    assert web[-1] == supervisor.web(8000)[-1]
    assert callable(import_string(web[-1].replace(":", ".")))
    for command, ours in ((worker, supervisor.worker()), (beat, supervisor.beat())):
        assert command[0] == "celery"
        assert {"--app", "config.celery"} <= set(command)
        ignored = {"--quiet", "--pool", "solo", "--hostname", "bida1@%h", "-m", sys.executable}
        assert set(ours) - ignored <= set(command)
    assert SERVICES["migrate"]["command"] == ["python", "manage.py", "migrate"]


def test_whoever_uses_the_tables_waits_for_them() -> None:
    for name in ("web", "worker", "beat", "portal"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_every_host_that_is_spoken_to_is_a_service() -> None:
    proxied = re.findall(r"reverse_proxy (\w+):(\d+)", (ROOT / "deploy" / "Caddyfile").read_text())
    for name in ("web", "portal"):
        command = SERVICES[name]["command"]
        assert (name, command[command.index("--port") + 1]) in proxied
    assert len(proxied) == 2
    addresses = [drawn()["broker_url"], *(SERVICES[name]["environment"]["DATABASE_URL"] for name in OURS)]
    assert {urlsplit(address).hostname for address in addresses} == {"rabbitmq", "postgres"} <= set(SERVICES)


def test_a_mail_server_that_asks_for_a_login_can_be_named() -> None:
    mail = {
        name
        for name in re.findall(r'"(EMAIL_\w+|DEFAULT_FROM_EMAIL)"', SETTINGS)
        if name != "EMAIL_HOST_PASSWORD"
    }
    # The portal sends none.
    for name in set(OURS) - {"portal"}:
        given = SERVICES[name]["environment"]
        assert mail <= set(given)
        assert given["EMAIL_HOST_PASSWORD_FILE"] == "/run/secrets/email_password"


def test_every_mounted_file_exists() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]


def test_what_the_image_copies_exists() -> None:
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            assert all((ROOT / name).exists() for name in line.split()[1:-1])


def test_static_files_are_collected_under_production_settings(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "tools.collect"],
        cwd=ROOT,
        env={**os.environ, "BIDA_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stderr) == (0, "")
    assert (tmp_path / "static" / "staticfiles.json").exists()
