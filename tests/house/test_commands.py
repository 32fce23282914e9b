"""Every command of ours says what it does."""

from __future__ import annotations

import pytest
from django.core.management import get_commands, load_command_class

APPS = ("config", "bureaus", "inquiries", "disclosure")
OURS = sorted((app, name) for name, app in get_commands().items() if app in APPS)


@pytest.mark.parametrize(("app", "name"), OURS)
def test_a_command_tells_its_help(app: str, name: str) -> None:
    command = load_command_class(app, name)
    told = command.create_parser("manage.py", name).format_help()
    assert " ".join(str(command.help).split()[:3]) in " ".join(told.split())
