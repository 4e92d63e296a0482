"""``journal``: the centre's books as a plain-text journal, for hledger and its like."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from settlement.books import posted
from settlement.plain_journal import journal_lines


class Command(BaseCommand):
    help = (
        "センターの帳簿を、hledger が読める仕訳帳として標準出力に書き出します。"
        "最後の取引は、すべての勘定の残高を検算します。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--upto",
            type=date.fromisoformat,
            help="この日までの仕訳だけを書き出す（例 2026-11-30）",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        with posted(options["upto"]) as (postings, standing):
            for line in journal_lines(postings, standing):
                self.stdout.write(line, ending="")
