"""``found``: an empty real centre, ready for its first contract."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.services.chains import open_chains
from smartpit.kernel.errors import DomainError
from smartpit.web.management.commands.second_person import MAILED, person_asked
from tenants.invitations import enter_founder
from tenants.models import Centre, Staff
from tenants.registration_number import require_registration_number
from tenants.selectors import centre
from tenants.services import StaffAsked, found_centre

ALONE = (
    "振込は2人で行います。2人目がいないため、招待した人の在籍確認も、振込もまだできません。"
    "2人目は manage.py second_person --email メールアドレス で指名します。"
)


class Command(BaseCommand):
    help = "空の本番センターを作ります（最初の管理者のパスワードを一度だけ表示します）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="センターの名称")
        parser.add_argument("--email", required=True, help="最初の管理者のメールアドレス")
        parser.add_argument("--second-email", default="", help="2人目の管理者のメールアドレス")
        parser.add_argument("--second-name", default="", help="2人目の氏名（なければ @ の前）")
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
        first, second = _people(options)
        _check(options["registration_number"])
        found_centre(_centre(options))
        open_chains()
        staff, password = enter_founder(first, second)
        self.stdout.write(f"センター「{options['name']}」を作りました。")
        self.stdout.write(f"管理者: {staff.email}")
        self.stdout.write(f"パスワード（一度だけ表示します）: {password}")
        self.stdout.write(
            "振込に関わる操作や担当者の招待の前に、サインイン画面の「パスワードを設定し直す」から"
            "本人がパスワードを設定します。"
        )
        if second is None:
            self.stdout.write(ALONE)
        else:
            self.stdout.write(f"2人目の管理者: {second.name}（{second.email}）")
            self.stdout.write(MAILED)
        self.stdout.write("次は EMPTY=1 make run で起動し、管理画面 /admin/ で契約を登録します。")


def _people(options: dict[str, Any]) -> tuple[StaffAsked, StaffAsked | None]:
    """Return the first administrator and, if named, the second: never one mailbox twice."""
    first = person_asked(options["email"], "管理者")
    if not options["second_email"]:
        return first, None
    second = person_asked(options["second_email"], options["second_name"])
    if len({Staff.objects.normalize_email(asked.email) for asked in (first, second)}) == 1:
        raise CommandError("2人目には、最初の管理者とは別のメールアドレスを指定してください。")
    return first, second


def _check(registration_number: str) -> None:
    if registration_number:
        try:
            require_registration_number(registration_number)
        except DomainError as refused:
            raise CommandError(refused.title) from None


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
