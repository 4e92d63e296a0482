"""``chain_file``: the file a chain would send on a day, written for trying the till API by hand."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.models import Chain
from settlement.services.chain_simulator import CONFIRMED_AFTER_DAYS, FileAsked, write_file
from smartpit.kernel import clock
from tenants.selectors import centre


class Command(BaseCommand):
    help = "チェーンがその日に送る確報ファイルを、デモの収納から書きます。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", required=True, help="チェーン（lawson など）")
        parser.add_argument("--day", type=date.fromisoformat, help="ファイル日付（既定: 今日）")
        parser.add_argument("--out", type=Path, help="書き出す先（既定: ファイル名のまま）")
        parser.add_argument(
            "--confirmed-after-days",
            type=int,
            default=CONFIRMED_AFTER_DAYS,
            help="営業日から何日後の速報を確報にするか（既定: 2。0 なら当日分も）",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        standing = centre()
        if standing is None or not standing.is_demo:
            raise CommandError("確報ファイルの見本は、デモのデータフォルダでだけ書けます。")
        chain = Chain.objects.filter(pk=options["chain"]).first()
        if chain is None:
            raise CommandError(f"チェーン {options['chain']} はありません。")
        asked = FileAsked(
            chain, options["day"] or clock.business_date(), options["confirmed_after_days"]
        )
        place = options["out"] or Path(asked.name)
        with place.open("wb") as file:
            size, digest = write_file(asked, file)
        self.stdout.write(f"{place} {size} bytes sha256={digest}")
