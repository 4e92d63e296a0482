"""``settle --as-of DAY``: all that beat would have done by the end of that day.

With ``--preview`` the periods are closed for real and undone: what would be stated, also on a day
to come, from what is confirmed now.
"""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from settlement.line_words import line_words
from settlement.models import Statement
from settlement.services.closing import preview_due_periods
from settlement.services.settling import settle
from smartpit.kernel import clock
from tenants.selectors import centre


class Command(BaseCommand):
    help = "指定日の終わりまでに行うべき精算（期限切れ・締め・精算書・入金予定）をすべて行います。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=_day, required=True, help="日付 YYYY-MM-DD")
        parser.add_argument(
            "--preview", action="store_true", help="精算書を作って見せ、何も残しません。"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        as_of: date = options["as_of"]
        if options["preview"]:
            self._preview(as_of)
            return
        _require_reached(as_of)
        done = settle(as_of)
        self.stdout.write(f"{as_of} まで: 期限切れ {done.expired_count}件")
        for statement in done.statements:
            self.stdout.write(_line(statement))
        self.stdout.write(f"精算書 {len(done.statements)}件、お知らせメール {done.mails_count}通")

    def _preview(self, as_of: date) -> None:
        drafts = preview_due_periods(as_of)
        for draft in drafts:
            self.stdout.write(_line(draft.statement))
            for line in draft.lines:
                words = f"{line_words(line.kind)} {line.count} × {line.unit_yen:,}円"
                self.stdout.write(f"　　{words} = {line.amount_yen:,}円")
        self.stdout.write(f"見込みの精算書 {len(drafts)}件（何も残していません）")


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ArgumentTypeError(f"日付ではありません: {word}") from None


def _require_reached(as_of: date) -> None:
    """Let only an invented world be settled ahead of its time."""
    if as_of <= clock.business_date():
        return
    standing = centre()
    if standing is None or not standing.is_demo:
        raise CommandError(f"{as_of} はまだ来ていません。先の日付はデモでのみ指定できます。")


def _line(statement: Statement) -> str:
    words = [
        f"{statement.owner.name}（{statement.owner.code}）",
        f"{statement.closes_on} 締め",
        f"収納 {statement.payments_count}件 {statement.gross_yen:,}円",
    ]
    if statement.payout_yen:
        words.append(f"{statement.pays_on} 入金 {statement.payout_yen:,}円")
    else:
        words.append(f"入金なし、次回繰越 {statement.carried_out_yen:,}円")
    return "　".join(words)
