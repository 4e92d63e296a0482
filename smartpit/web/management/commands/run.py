"""``make run``: the whole centre, supervised, until Ctrl-C."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from smartpit.kernel import schema
from smartpit.platform.supervisor import Supervisor, say
from smartpit.web.demo.world import credentials
from smartpit.web.management.commands.demo import sign_ins
from tenants.selectors import centre

PAGES = (
    ("/login", "サインイン（運営・オーナー・テナント）"),
    ("/till/", "練習用レジ"),
    ("/admin/", "運営の管理画面"),
)


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
    if wants_demo():
        if centre() is None:
            say("デモの世界を作っています（1分ほど） / making the demo world, about a minute")
        credentials()
    connections.close_all()
    for connection in connections.all(initialized_only=True):
        if hasattr(connection, "close_pool"):
            connection.close_pool()  # Its threads must not be there when children are forked.


def wants_demo() -> bool:
    """A real centre stays as it is; an empty folder becomes the demo unless ``EMPTY=1``."""
    standing = centre()
    return standing.is_demo if standing else not os.environ.get("EMPTY")


def welcome() -> None:
    site = settings.SITE_URL
    say(f"起動しました / running: {site}  (Ctrl-C: 終了 / stop)")
    say(f"データ / data folder: {settings.HOME}")
    for path, what in PAGES:
        say(f"  {site}{path:<12} {what}")
    standing = centre()
    if standing is None:
        say("センターがまだありません。次のコマンドで作ります:")
        say(f"  SMARTPIT_HOME={settings.HOME} \\")
        say('  .venv/bin/python manage.py found --name "名称" --email メールアドレス \\')
        say("  --second-email 2人目のメールアドレス")
    elif standing.is_demo:
        say("デモのサインイン / demo sign-ins (所属, 役割, メール, パスワード):")
        for line in sign_ins(credentials()):
            say(line)
