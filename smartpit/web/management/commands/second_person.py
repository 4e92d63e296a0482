"""``second_person``: the console names whom nobody at the centre can vouch for.

Only while the centre cannot bring in a person by itself; afterwards the back office does it.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Field

from smartpit.kernel.errors import DomainError
from tenants.access import NotFound
from tenants.invitations import name_person
from tenants.models import Staff
from tenants.selectors import centre
from tenants.services import StaffAsked

MAILED = (
    "本人にだけ、パスワードを設定するリンクがメールで届きます（起動していないときは、1日以内に"
    "起動すると届きます）。届かないときは、本人がサインイン画面の「パスワードを設定し直す」から"
    "設定します。"
)


class Command(BaseCommand):
    help = "センターの2人目を指名します（在籍確認のできる人が足りない間だけ使えます）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="指名する人のメールアドレス")
        parser.add_argument("--name", default="", help="氏名（なければメールアドレスの @ の前）")
        parser.add_argument(
            "--instead-of", default="", help="退職した人などのメールアドレス（無効にします）"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        asked, leaving = person_asked(options["email"], options["name"]), options["instead_of"]
        standing = centre()
        if standing is None or standing.is_demo:
            raise CommandError("このデータフォルダには本番のセンターがありません。")
        try:
            staff = name_person(asked, leaving)
        except NotFound:
            raise CommandError(f"{leaving} は、在籍確認済の担当者ではありません。") from None
        except DomainError as refused:
            raise CommandError(refused.title) from None
        self.stdout.write(
            f"{staff.name}（{staff.email}、{staff.get_role_display()}）を指名しました。"
        )
        if leaving:
            self.stdout.write(f"{leaving} の登録は無効にしました。")
        if not staff.has_usable_password():
            self.stdout.write(MAILED)


def person_asked(email: str, name: str) -> StaffAsked:
    """Return the administrator whom the console means, or say which word is wrong."""
    name = name or email.partition("@")[0]
    faults = {
        "email": (email, f"メールアドレスが正しくありません: {email}"),
        "name": (name, "氏名は60文字までです。"),
    }
    for name_of_field, (word, fault) in faults.items():
        field = Staff._meta.get_field(name_of_field)
        assert isinstance(field, Field)
        try:
            field.run_validators(word)
        except ValidationError:
            raise CommandError(fault) from None
    return StaffAsked(email, name, Staff.Role.ADMINISTRATOR)
