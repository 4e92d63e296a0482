"""``make run``: the whole centre, supervised, until Ctrl-C."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connections

from smartpit.kernel import schema
from smartpit.platform.supervisor import Supervisor, say


class Command(BaseCommand):
    help = "データベース・画面・ワーカーをまとめて起動し、落ちたものを起こし直します。"
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        supervisor = Supervisor(
            home=settings.HOME, port=settings.PORT, make_ready=make_ready, welcome=welcome
        )
        sys.exit(supervisor.run())


def make_ready() -> None:
    """Bring the schema up to date and, unless ``EMPTY=1``, the demo world into being."""
    schema.ensure_current()
    if not os.environ.get("EMPTY") and "demo" in get_commands():
        call_command("demo")
    connections.close_all()
    for connection in connections.all(initialized_only=True):
        if hasattr(connection, "close_pool"):
            connection.close_pool()  # Its threads must not be there when children are forked.


def welcome() -> None:
    say(f"起動しました / running: {settings.SITE_URL}  (Ctrl-C: 終了 / stop)")
    say(f"データ / data folder: {settings.HOME}")
