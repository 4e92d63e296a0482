"""``seal``: seal the days that ended; ``--verify`` names the first day that does not hold."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from settlement.models import DaySeal
from settlement.seal_anchor import AnchorDiffers
from settlement.seal_check import broken_seals
from settlement.services.seals import seal_days, seals_held_still
from smartpit.kernel.limits import unhurried


class Command(BaseCommand):
    help = "終わった日の記録を封印します。--verify は封印を記録から計算し直して確かめます。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--verify", action="store_true", help="封印を確かめるだけ")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["verify"]:
            self._verify()
            return
        try:
            seals = seal_days()
        except AnchorDiffers:
            words = (
                "控えのファイルが封印と違うため、封印しません。seal --verify で確かめてください。"
            )
            raise CommandError(words) from None
        for seal in seals:
            self.stdout.write(f"{seal.day} {seal.facts_count:>9} 件  {seal.sha256}")

    def _verify(self) -> None:
        with seals_held_still(), transaction.atomic(durable=True):
            unhurried()
            broken = broken_seals()
            newest = DaySeal.objects.order_by("-day").first()
            count = DaySeal.objects.count()
        if broken:
            self.stdout.write(f"NG {broken[0]}")
            sys.exit(1)
        self.stdout.write(f"ok {count} 日  最後の封印 {newest.day if newest else 'なし'}")
