#!/usr/bin/env python
"""The operator's door: every Bida command starts here."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from config import embedded

    try:
        with embedded.for_command():
            execute_from_command_line(sys.argv)
    except (embedded.CannotStart, ImproperlyConfigured) as refused:
        sys.exit(f"Bida cannot start. {refused}")


if __name__ == "__main__":
    main()
