"""``audit``: every invariant of the books, one line each."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from smartpit.web.audit.checks import Verdict, audit


class Command(BaseCommand):
    help = "帳簿の整合性をすべて検査します。問題があれば内容を表示し、終了コード 1 で終わります。"

    def handle(self, *_args: Any, **_options: Any) -> None:
        verdicts = audit()
        for verdict in verdicts:
            self.stdout.write(line_of(verdict))
            for fault in verdict.finding.faults:
                self.stdout.write(f"    {fault}")
        if not all(verdict.is_ok for verdict in verdicts):
            sys.exit(1)


def line_of(verdict: Verdict) -> str:
    word = "ok" if verdict.is_ok else "NG"
    check = verdict.check
    return f"{word} {check.name:<18} {verdict.finding.looked_at:>9} 件  {check.title}"
