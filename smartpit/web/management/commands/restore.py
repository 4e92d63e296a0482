"""``restore FOLDER``: a backup, brought into a new data folder's empty database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from smartpit.platform.backups import BackupFailed
from smartpit.web.backups import restore_backup


class Command(BaseCommand):
    help = "保存したフォルダから、空のデータベースへ復元します。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path, help="backup が作ったフォルダ")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            counts = restore_backup(options["backup"])
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        words = "  ".join(f"{name} {count:,}" for name, count in counts.items())
        self.stdout.write(f"ok {words}")
