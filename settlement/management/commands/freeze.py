"""``freeze``: stops payouts from the console, of all or of one owner; tills go on.

There is no way to lift a freeze here: another person does it in the back office.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from settlement.selectors import standing_freezes
from settlement.services.freezes import freeze_payouts
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.models import Owner


class Command(BaseCommand):
    help = "精算入金を凍結します（収納は止まりません）。理由なしでは、今の凍結を一覧します。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", default="", help="凍結の理由")
        parser.add_argument("--owner", default="", help="オーナーコード（なければ全社）")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["reason"] or options["owner"]:
            try:
                freeze_payouts(None, options["reason"], _owner(options["owner"]))
            except DomainError as refused:
                raise CommandError(refused.title) from None
        standing = standing_freezes()
        for freeze in standing:
            at = freeze.frozen_at.astimezone(clock.JST)
            who = freeze.frozen_by.name if freeze.frozen_by else "コンソール"
            self.stdout.write(f"凍結中 {at:%Y-%m-%d %H:%M} {freeze}（{who}）")
        if not standing:
            self.stdout.write("凍結はありません。")


def _owner(code: str) -> Owner | None:
    if not code:
        return None
    owner = Owner.objects.filter(code=code, is_test=False).first()
    if owner is None:
        raise CommandError(f"オーナー {code} はありません。")
    return owner
