"""An owner's own transfers to its tenants: what is due, who bears the charge, one file for ever."""

import hashlib
from datetime import date
from typing import Any

import pytest

from settlement.banks import UnknownBank, UnknownBranch
from settlement.models import Statement, TenantTransferFile
from settlement.services.closing import close_period
from settlement.services.tenant_transfers import (
    AccountAsked,
    ConsignorAsked,
    ConsignorNotTold,
    TenantAccountMissing,
    TransferDayRefused,
    draw_tenant_transfers,
    tell_consignor,
    tell_tenant_account,
)
from settlement.tests.papers_cast import CLOSES_ON, take, worked_example
from settlement.tests.payout_cast import person
from settlement.tests.test_statement_rows import accountant_of
from settlement.zengin import BankCodeRefused, NothingToTransfer, PayDayRefused
from settlement.zengin_reader import read_transfer_file
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.access import NotAllowed, NotFound, Scope
from tenants.models import Owner, Staff, Tenant
from tenants.services import StaffAsked
from tests.cast import Cast, jst, make_cast
from tests.people import sign_in
from tests.threads import in_threads

PAYS_ON = date(2026, 11, 17)
OTHERS = AccountAsked("0005", "341", "1", "7654321")
OWNS = AccountAsked("0001", "001", "1", "1234567")


def consignor(bearer: str = "sender", same: int = 0, other: int = 0) -> ConsignorAsked:
    return ConsignorAsked("1234567890", "学校法人サクラガクエン", OWNS, bearer, same, other)


def drawn_for(owner: Owner, statement: Statement) -> TenantTransferFile:
    """Draw a statement's file, with an account for each tenant it needs one for."""
    scope = Scope(owner_id=owner.pk)
    boss = person("administrator", owner=owner)
    with clock.frozen(jst("2026-11-16 12:00")):
        tell_consignor(scope, boss, consignor())
        for share in statement.sub_statements.all():
            tell_tenant_account(scope, boss, share.tenant, OTHERS, "ガクセイリヨウ")
        return draw_tenant_transfers(scope, boss, statement.pk, PAYS_ON)


class Ready:
    """Sakura's worked example, an administrator, an account of its dormitory."""

    def __init__(self, asked: ConsignorAsked, account: AccountAsked = OTHERS) -> None:
        self.cast: Cast = make_cast()
        self.scope = self.cast.scope
        self.boss: Staff = person("administrator", owner=self.cast.sakura)
        self.statement = worked_example(self.cast)
        tell_consignor(self.scope, self.boss, asked)
        tell_tenant_account(self.scope, self.boss, self.cast.dormitory, account, "ガクセイリョウ")

    def draw(self, pays_on: date = PAYS_ON, staff: Staff | None = None) -> TenantTransferFile:
        with clock.frozen(jst("2026-11-16 12:00")):
            return draw_tenant_transfers(self.scope, staff or self.boss, self.statement.pk, pays_on)


def test_the_file_pays_each_tenants_net_by_the_owners_own_consignor(db: None) -> None:
    drawn = Ready(consignor()).draw()
    content = bytes(drawn.content)
    assert hashlib.sha256(content).hexdigest() == drawn.sha256
    read = read_transfer_file(content)
    assert read.consignor.code == "1234567890"
    assert read.consignor.bank_code == "0001"
    assert read.month_day == "1117"
    (transfer,) = read.transfers
    assert (transfer.amount_yen, transfer.account_number) == (119_999, "7654321")
    assert transfer.payee_name == "ｶﾞｸｾｲﾘﾖｳ"
    assert (drawn.count, drawn.total_yen) == (1, 119_999)


@pytest.mark.parametrize(
    ("bearer", "account", "amount_yen"),
    [
        ("sender", OTHERS, 119_999),
        ("receiver", OTHERS, 119_559),
        ("receiver", OWNS, 119_889),
    ],
)
def test_a_charge_that_the_receiver_bears_is_taken_off(
    db: None, bearer: str, account: AccountAsked, amount_yen: int
) -> None:
    ready = Ready(consignor(bearer, same=110, other=440), account)
    assert ready.draw().total_yen == amount_yen


def test_a_tenant_that_gets_less_than_the_charge_is_not_transferred(db: None) -> None:
    cast = make_cast()
    boss = person("administrator", owner=cast.sakura)
    with clock.frozen(jst("2026-10-20 11:00")):
        take(cast, "小", 440, None, tenant="engineering")
    statement = worked_example(cast)
    tell_consignor(cast.scope, boss, consignor("receiver", other=440))
    for tenant in (cast.engineering, cast.dormitory):
        tell_tenant_account(cast.scope, boss, tenant, OTHERS, "テナント")
    page = f"/dashboard/statements/{statement.pk}/transfers/"
    body = accountant_of(cast).get(page).content.decode()
    assert "119,559円" in body
    assert body.count("振込なし") == 1
    with clock.frozen(jst("2026-11-16 12:00")):
        drawn = draw_tenant_transfers(cast.scope, boss, statement.pk, PAYS_ON)
    assert (drawn.count, drawn.total_yen) == (1, 119_559)


def test_the_second_order_is_the_first_file(db: None) -> None:
    ready = Ready(consignor())
    first = ready.draw()
    tell_tenant_account(ready.scope, ready.boss, ready.cast.dormitory, OWNS, "ベツ")
    again = ready.draw(date(2026, 11, 18))
    assert again.pk == first.pk
    assert bytes(again.content) == bytes(first.content)


def test_two_who_draw_at_once_get_one_file(committed_db: str) -> None:
    ready = Ready(consignor())
    drawn = in_threads(lambda _: ready.draw().pk, 4)
    assert len(set(drawn)) == 1
    assert TenantTransferFile.objects.count() == 1


def test_nobody_is_left_out_for_want_of_an_account(db: None) -> None:
    cast = make_cast()
    boss = person("administrator", owner=cast.sakura)
    statement = worked_example(cast)
    with clock.frozen(jst("2026-11-16 12:00")):
        with pytest.raises(ConsignorNotTold):
            draw_tenant_transfers(cast.scope, boss, statement.pk, PAYS_ON)
        tell_consignor(cast.scope, boss, consignor())
        with pytest.raises(TenantAccountMissing, match="学生寮"):
            draw_tenant_transfers(cast.scope, boss, statement.pk, PAYS_ON)


def test_what_the_owner_took_itself_is_no_transfer(db: None) -> None:
    cast = make_cast()
    boss = person("administrator", owner=cast.sakura)
    tell_consignor(cast.scope, boss, consignor())
    with clock.frozen(jst("2026-10-20 11:00")):
        take(cast, "自社", 5_000, None, tenant=Tenant.OWN)
    with clock.frozen(jst("2026-11-16 12:00")):
        statement = close_period(cast.sakura.pk, CLOSES_ON)
        assert statement is not None
        assert statement.sub_statements.count() == 1
        with pytest.raises(NothingToTransfer):
            draw_tenant_transfers(cast.scope, boss, statement.pk, PAYS_ON)


@pytest.mark.parametrize(
    ("pays_on", "refusal"),
    [
        (date(2026, 11, 21), PayDayRefused),
        (date(2026, 11, 13), TransferDayRefused),
        (date(2027, 2, 15), TransferDayRefused),
        (date(2100, 11, 17), TransferDayRefused),
    ],
)
def test_the_day_is_a_bank_day_to_come(db: None, pays_on: date, refusal: Any) -> None:
    with pytest.raises(refusal):
        Ready(consignor()).draw(pays_on)


def test_who_may_tell_and_draw(db: None) -> None:
    ready = Ready(consignor())
    accountant = person("accountant", owner=ready.cast.sakura)
    for stranger in (
        person("desk", owner=ready.cast.sakura),
        person("administrator", owner=ready.cast.aoba),
        person("operator"),
    ):
        with pytest.raises(NotAllowed):
            ready.draw(staff=stranger)
        with pytest.raises(NotAllowed):
            tell_consignor(ready.scope, stranger, consignor())
    with pytest.raises(NotAllowed):
        tell_tenant_account(ready.scope, accountant, ready.cast.dormitory, OTHERS, "ア")
    theirs = Tenant.objects.filter(owner=ready.cast.aoba).get()
    with pytest.raises(NotFound):
        tell_tenant_account(ready.scope, ready.boss, theirs, OTHERS, "ア")
    assert ready.draw(staff=accountant).count == 1


@pytest.mark.parametrize(
    ("bank", "branch", "account", "refusal"),
    [
        ("005", "341", "7654321", UnknownBank),
        ("9999", "341", "7654321", UnknownBank),
        ("0005", "999", "7654321", UnknownBranch),
        ("0005", "341", "12345678", BankCodeRefused),
    ],
)
def test_an_account_no_bank_knows_is_refused_where_it_is_told(
    db: None, bank: str, branch: str, account: str, refusal: type[DomainError]
) -> None:
    cast = make_cast()
    boss = person("administrator", owner=cast.sakura)
    wrong = AccountAsked(bank, branch, "1", account)
    with pytest.raises(refusal):
        tell_tenant_account(cast.scope, boss, cast.dormitory, wrong, "ア")


def test_bank_and_branch_are_called_what_the_list_calls_them(db: None) -> None:
    cast = make_cast()
    boss = person("administrator", owner=cast.sakura)
    asked = AccountAsked("０００５", "３４１", "1", "４３２１")
    told = tell_tenant_account(cast.scope, boss, cast.dormitory, asked, "ア")
    assert (told.bank_code, told.bank_kana) == ("0005", "ﾐﾂﾋﾞｼﾕ-ｴﾌｼﾞｴｲ")
    assert (told.branch_code, told.branch_kana) == ("341", "ｼﾝｼﾞﾕｸ")
    assert told.account_number == "0004321"


def test_the_way_through_the_pages(db: None) -> None:
    cast = make_cast()
    statement = worked_example(cast)
    client = sign_in(StaffAsked("boss@example.com", "長", "administrator", cast.sakura))
    here = f"/dashboard/statements/{statement.pk}/transfers"
    assert "振込依頼人を登録" in client.get(f"{here}/").content.decode()
    own = {
        "bank_code": "0001", "branch_code": "001", "account_kind": "1",
        "account_number": "1234567",
    }  # fmt: skip
    ordering = {
        "consignor_code": "1234567890", "consignor_name": "サクラ", "bearer": "receiver",
        "charge_same_bank_yen": "110", "charge_other_bank_yen": "440",
    }  # fmt: skip
    assert client.post("/dashboard/tenants/consignor", own | ordering).status_code == 302
    assert "登録する" in client.get(f"{here}/").content.decode()
    account = f"/dashboard/tenants/{cast.dormitory.pk}/account"
    bad = client.post(account, own | {"bank_code": "1", "holder_name": "ガク"})
    assert "この銀行番号の銀行はありません" in bad.content.decode()
    told = client.post(account, own | {"holder_name": "ガク"}, follow=True).content.decode()
    assert "みずほ 東京営業部" in told
    with clock.frozen(jst("2026-11-16 12:00")):
        client.post(f"{here}/draw", {"pays_on": "2026-11-17"})
        body = client.get(f"{here}/").content.decode()
    assert "119,889円" in body
    drawn = TenantTransferFile.objects.get()
    assert client.get(f"{here}.txt").content == bytes(drawn.content)
    assert drawn.sha256 in body
    with clock.frozen(jst("2026-11-16 12:00")):
        other = client.post(f"{here}/draw", {"pays_on": "2026-11-18"}, follow=True)
        none = client.post(f"{here}/draw", {"pays_on": ""}, follow=True)
    assert "振込指定日は 2026/11/17 のまま変わりません" in other.content.decode()
    assert "振込ファイルを作成しました" not in other.content.decode()
    assert "振込指定日を入力してください。" in none.content.decode()


@pytest.mark.parametrize(
    ("role", "draws", "tells"),
    [("administrator", True, True), ("accountant", True, False), ("viewer", False, False)],
)
def test_the_page_offers_what_a_role_may_do(
    db: None, role: str, *, draws: bool, tells: bool
) -> None:
    ready = Ready(consignor())
    client = sign_in(StaffAsked("one@example.com", "人", role, ready.cast.sakura))
    here = f"/dashboard/statements/{ready.statement.pk}/transfers"
    body = client.get(f"{here}/").content.decode()
    assert ("振込ファイルを作成</button>" in body) is draws
    assert (f"/dashboard/tenants/{ready.cast.dormitory.pk}/account" in body) is tells
    ready.draw()
    assert ("振込ファイル</a>" in client.get(f"{here}/").content.decode()) is draws
    assert client.get(f"{here}.txt").status_code == (200 if draws else 403)
