#!/usr/bin/env python
"""The commands. Each first makes the database run, and its schema current, when it needs them."""

import os
import sys

import django
from django.core.management import execute_from_command_line

from smartpit.kernel.schema import ensure_current
from smartpit.platform.connections import is_embedded
from smartpit.platform.embedded import DatabaseUnavailable, ensure_running
from smartpit.platform.home import home

NEED_NOTHING = {
    "help", "--help", "-h", "version", "--version", "check", "diffsettings", "collectstatic",
    "findstatic", "compilemessages", "makemessages", "startapp", "startproject", "run",
    "restore_drill",  # It has a server of its own.
}  # fmt: skip
NEED_NO_SCHEMA = {
    "makemigrations", "migrate", "showmigrations", "sqlmigrate", "optimizemigration",
    "scenario",  # It plays in a database of its own.
    "backup", "restore",
}  # fmt: skip


def make_ready(command: str) -> None:
    """Start the embedded database and bring the schema up to date, as far as ``command`` needs."""
    if command in NEED_NOTHING:
        return
    if is_embedded():
        ensure_running(home())
    if command not in NEED_NO_SCHEMA:
        django.setup()
        ensure_current()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartpit.settings.dev")
    try:
        make_ready(sys.argv[1] if len(sys.argv) > 1 else "help")
    except DatabaseUnavailable as unavailable:
        sys.exit(str(unavailable))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
