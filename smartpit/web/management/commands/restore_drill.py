"""``restore_drill``: show that a backup can be restored, and that its books are right."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from smartpit.platform.backups import newest
from smartpit.web.backups import drill


class Command(BaseCommand):
    help = "保存したものを別のサーバーに復元し、監査と封印の検証をして捨てます。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path, nargs="?", help="既定は最新のもの")

    def handle(self, *_args: Any, **options: Any) -> None:
        backup = options["backup"] or newest(settings.HOME / "backups")
        if backup is None:
            raise CommandError("保存したものがありません。先に backup を実行してください。")
        self.stdout.write(str(backup))
        is_ok = True
        for step in drill(backup):
            is_ok = is_ok and step.is_ok
            self.stdout.write(f"{'ok' if step.is_ok else 'NG'} {step.name}: {step.words}")
        if not is_ok:
            sys.exit(1)
