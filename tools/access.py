"""Writes docs/access.md from the one table role → act.

python -m tools.access
"""

from __future__ import annotations

import os
from pathlib import Path

import django

PAGE = Path(__file__).resolve().parent.parent / "docs" / "access.md"
HEAD = """# Who may do what

Written by `python -m tools.access` from `bureaus.access.MAY`; a test holds it to the code. Do not edit.

A post allows its acts at its own place and below. Acts of the handling place's own hand (sign for, answer, return,
dispute, reassign, extend, ask the citizen, withdraw) the district's office has only where it holds the inquiry itself.
A sealed inquiry is open to its named readers alone, whatever their post. Which rows a post sees is decided by `Sight`
and row-level security: what is not seen does not exist (404).

"""


def text() -> str:
    """The page as the table has it now."""
    from bureaus.access import MAY, Act

    roles = list(MAY)
    lines = ["| act | " + " | ".join(str(role) for role in roles) + " |", "|---" * (len(roles) + 1) + "|"]
    for act in Act:
        marks = " | ".join("•" if act in MAY[role] else " " for role in roles)
        lines.append(f"| {act} | {marks} |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    PAGE.write_text(text(), encoding="utf-8")
