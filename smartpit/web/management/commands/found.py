"""``found``: an empty real centre, ready for its first contract."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from billing.services.chains import open_chains
from smartpit.kernel.errors import DomainError
from tenants.invitations import enter_founder
from tenants.models import Centre, Staff
from tenants.registration_number import require_registration_number
from tenants.selectors import centre
from tenants.services import StaffAsked, found_centre


class Command(BaseCommand):
    help = "空の本番センターを作ります（最初の管理者のパスワードを一度だけ表示します）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="センターの名称")
        parser.add_argument("--email", required=True, help="最初の管理者のメールアドレス")
        parser.add_argument("--registration-number", default="", help="登録番号 T + 13桁")
        parser.add_argument("--phone", default="", help="問合せ先の電話番号")
        parser.add_argument("--consignor-code", default="", help="振込依頼人コード（10桁）")
        parser.add_argument("--consignor-kana", default="", help="振込依頼人名（カナ）")
        for name, what in (("bank", "銀行"), ("branch", "支店")):
            parser.add_argument(f"--{name}-code", default="", help=f"{what}番号")
            parser.add_argument(f"--{name}-kana", default="", help=f"{what}名（カナ）")
        parser.add_argument("--account-number", default="", help="口座番号（7桁）")

    def handle(self, *_args: Any, **options: Any) -> None:
        standing = centre()
        if standing is not None:
            kind = "デモ" if standing.is_demo else "センター"
            raise CommandError(
                f"このデータフォルダにはすでに{kind}「{standing.name}」があります。"
                "別の SMARTPIT_HOME を指定してください。"
            )
        self._check(options)
        found_centre(_centre(options))
        open_chains()
        asked = StaffAsked(options["email"], "管理者", Staff.Role.ADMINISTRATOR)
        staff, password = enter_founder(asked)
        self.stdout.write(f"センター「{options['name']}」を作りました。")
        self.stdout.write(f"管理者: {staff.email}")
        self.stdout.write(f"パスワード（一度だけ表示します）: {password}")
        self.stdout.write(
            "振込に関わる操作や担当者の招待の前に、サインイン画面の「パスワードを設定し直す」から"
            "本人がパスワードを設定します。"
        )
        self.stdout.write("次は EMPTY=1 make run で起動し、管理画面 /admin/ で契約を登録します。")

    def _check(self, options: dict[str, Any]) -> None:
        """Refuse wrong words before anything is written."""
        try:
            validate_email(options["email"])
            if options["registration_number"]:
                require_registration_number(options["registration_number"])
        except DomainError as refused:
            raise CommandError(refused.title) from None
        except ValidationError as wrong:
            raise CommandError(f"メールアドレスが正しくありません: {options['email']}") from wrong


def _centre(options: dict[str, Any]) -> Centre:
    return Centre(
        name=options["name"],
        contact_email=options["email"],
        contact_phone=options["phone"],
        registration_number=options["registration_number"],
        consignor_code=options["consignor_code"],
        consignor_kana=options["consignor_kana"],
        bank_code=options["bank_code"],
        bank_kana=options["bank_kana"],
        branch_code=options["branch_code"],
        branch_kana=options["branch_kana"],
        account_number=options["account_number"],
    )
