"""``demo``: the demo world, made if it is not there, and the credentials to enter it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from smartpit.web.demo.world import NotADemo, credentials


class Command(BaseCommand):
    help = "デモの世界を用意し、接続情報を表示します。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="JSONで表示する")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            words = credentials()
        except NotADemo:
            raise CommandError(
                "このデータフォルダは本番のセンターです。別の SMARTPIT_HOME を指定してください。"
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps(words, ensure_ascii=False))
            return
        self.stdout.write("デモの世界の用意ができました。")
        for line in sign_ins(words):
            self.stdout.write(line)


def sign_ins(words: dict[str, Any]) -> list[str]:
    """Return one line a person: who may sign in where, with which password."""
    rows = [("運営センター", user) for user in words["centre"]["users"]]
    for code, owner in words["owners"].items():
        rows += [(code, user) for user in owner["users"]]
        for tenant, held in owner["tenants"].items():
            rows += [(f"{code}/{tenant}", user) for user in held["users"]]
    return [
        f"  {place:<20} {user['role']:<14} {user['email']:<36} {user['password']}"
        for place, user in rows
    ]
