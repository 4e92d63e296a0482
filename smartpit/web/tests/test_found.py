"""``found`` and ``second_person``: the people whom the console names."""

import re
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from tenants.invitations import send_invitation
from tenants.models import Centre, PasswordLetter, Staff, Vouch
from tenants.passwords import link_for, send_letters, set_own_password
from tenants.services import StaffAsked
from tests.people import PASSWORD

BOSS, SECOND = "boss@hikari.example", "suzuki@hikari.example"


@pytest.fixture(autouse=True)
def empty(db: None) -> None:
    """Give an empty database."""


def printed(command: str, **words: Any) -> str:
    out = StringIO()
    call_command(command, stdout=out, **words)
    return out.getvalue()


def found(**words: Any) -> str:
    return printed("found", name="ひかりセンター", email=BOSS, **words)


def refused(command: str, **words: Any) -> str:
    with pytest.raises(CommandError) as told:
        printed(command, **words)
    return str(told.value)


def test_one_person_founds_a_centre_as_ever_and_is_told_of_the_second():
    said = found()
    password = re.search(r"パスワード（一度だけ表示します）: (\S+)", said)
    assert password is not None
    founder = Staff.objects.get()
    assert founder.check_password(password[1])
    assert (founder.email, founder.name) == (BOSS, "管理者")
    assert "manage.py second_person" in said
    assert not PasswordLetter.objects.exists()


def test_two_people_found_a_centre_and_one_password_is_printed():
    said = found(second_email=SECOND)
    assert said.count("パスワード（一度だけ表示します）") == 1
    assert "second_person" not in said
    assert f"2人目の管理者: suzuki（{SECOND}）" in said
    second = Staff.objects.get(email=SECOND)
    assert (second.name, second.role) == ("suzuki", "administrator")
    assert not second.has_usable_password()
    assert send_letters() == 1
    assert mail.outbox[-1].to == [SECOND]
    assert "ひかりセンターです" in mail.outbox[-1].body


def test_the_second_may_be_given_a_name():
    found(second_email=SECOND, second_name="鈴木 花")
    assert Staff.objects.get(email=SECOND).name == "鈴木 花"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"second_email": BOSS}, "別のメールアドレス"),
        ({"second_email": "BOSS@Hikari.example"}, "別のメールアドレス"),
        ({"second_email": "boss@ｈｉｋａｒｉ.example"}, "別のメールアドレス"),
        ({"second_email": "nobody"}, "メールアドレスが正しくありません: nobody"),
        ({"second_email": SECOND, "second_name": "あ" * 61}, "60文字"),
        ({"second_email": f"{'a' * 250}@x.example"}, "正しくありません"),
        ({"registration_number": "T1"}, "登録番号"),
    ],
)
def test_wrong_words_found_nothing(words: dict[str, str], why: str):
    told = refused("found", name="ひかり", email=BOSS, **words)
    assert why in told
    assert "\n" not in told
    assert not Centre.objects.exists()
    assert not Staff.objects.exists()


def test_the_console_names_a_second_person_once():
    found()
    said = printed("second_person", email=SECOND)
    assert f"suzuki（{SECOND}、管理者）を指名しました" in said
    assert "リンクがメールで届きます" in said
    assert Vouch.objects.filter(staff__email=SECOND).exists()
    assert "コンソールでは指名できません" in refused("second_person", email="c@hikari.example")
    said = printed("second_person", email="c@hikari.example", instead_of=SECOND, name="千葉")
    assert "千葉（c@hikari.example、管理者）を指名しました" in said
    assert f"{SECOND} の登録は無効にしました" in said


def test_the_console_vouches_for_whom_the_founder_invited():
    found()
    founder = set_own_password(link_for(Staff.objects.get()), PASSWORD)
    asked = StaffAsked(SECOND, "鈴木", "operator")
    set_own_password(link_for(send_invitation(founder, asked)), PASSWORD)
    said = printed("second_person", email=SECOND)
    assert f"鈴木（{SECOND}、オペレーター）を指名しました" in said
    assert "メールで届きます" not in said


def test_who_cannot_be_named_is_told_in_one_sentence():
    assert "本番のセンターがありません" in refused("second_person", email=SECOND)
    found()
    assert "別の人を指名してください" in refused("second_person", email=BOSS)
    assert "正しくありません" in refused("second_person", email="x")
    gone = refused("second_person", email=SECOND, instead_of="gone@hikari.example")
    assert gone == "gone@hikari.example は、在籍確認済の担当者ではありません。"


def test_a_demo_names_nobody():
    found()
    Centre.objects.update(is_demo=True)
    assert "本番のセンターがありません" in refused("second_person", email=SECOND)
    assert Staff.objects.count() == 1
