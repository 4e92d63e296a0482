"""``bank_statement``: take in a file of the bank, or, in a demo folder, write one."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from settlement.services.bank_simulator import statement_of
from settlement.services.bank_statements import StatementSent, take_bank_statement
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.selectors import centre


class Command(BaseCommand):
    help = "銀行の入出金取引明細（全銀協規定形式）を取り込みます。--write はデモの明細を書きます。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="取り込むファイル（--write では書き出す先）")
        parser.add_argument("--write", action="store_true", help="デモの銀行の明細を書く")
        parser.add_argument("--day", type=date.fromisoformat, help="--write の勘定日（既定: 今日）")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            self._write(**options) if options["write"] else self._take(options["file"])
        except DomainError as refused:
            raise CommandError(f"{refused.code} {refused.title} {refused}") from refused

    def _take(self, file: Path) -> None:
        taken = take_bank_statement(StatementSent(file.name, file.read_bytes()))
        again = "（取込済み）" if taken.is_repeated else ""
        for statement in taken.statements:
            self.stdout.write(
                f"{statement.first_day} - {statement.last_day} 明細 {statement.entries_count}件 "
                f"新規 {taken.new_count}件 残高 {statement.closing_yen:,}円{again}"
            )

    def _write(self, *, file: Path, day: date | None, **_options: Any) -> None:
        standing = centre()
        if standing is None or not standing.is_demo:
            raise CommandError("銀行の明細の見本は、デモのデータフォルダでだけ書けます。")
        content = statement_of(day or clock.business_date())
        file.write_bytes(content)
        self.stdout.write(f"{file} {len(content)} bytes")
