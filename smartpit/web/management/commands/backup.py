"""``backup``: the database at one instant, with its secrets and the seals' anchor."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from smartpit.platform.backups import BackupFailed
from smartpit.web.backups import take_backup


class Command(BaseCommand):
    help = "データベースと鍵と封印の控えを、一つのフォルダに保存します。業務は止まりません。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, help="保存先（既定はデータフォルダの backups）")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            self.stdout.write(f"ok {take_backup(options['to'])}")
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
