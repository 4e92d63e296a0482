"""入金口座: two people, three bank days, and a word to those who were told before."""

from collections.abc import Iterator
from datetime import date
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from settlement.bank_kana import BankNameRefused, bank_kana, institution_kana
from settlement.banks import (
    UnknownBank,
    UnknownBranch,
    bank_of,
    banks_like,
    branch_of,
    branches_like,
    listed_on,
)
from settlement.models import Payee, PayeeNotice, Payout
from settlement.refusals import (
    ContactMissing,
    ContentChanged,
    PayeeChangerExcluded,
    PayeeCheckedByItsMaker,
    PayeeHolds,
    PayeeMissing,
    PayeeProposed,
    PayeeReturned,
    PayeeUnchanged,
    ReasonMissing,
)
from settlement.selectors import payee_of
from settlement.services.payee_notices import mail_payee_notices
from settlement.services.payees import (
    approve_payee,
    propose_payee,
    transfer_to,
    withdraw_payee,
)
from settlement.services.payouts import approve_payout, export_payouts, reissue, take_back
from settlement.tests.payout_cast import account, approved, make_payee, make_payout, person
from settlement.zengin_reader import read_transfer_file
from smartpit.kernel import clock
from smartpit.kernel.errors import MoveRefused
from tenants.access import NotAllowed, NotFound
from tenants.models import Owner, Staff
from tests.cast import Cast, jst

MONDAY = jst("2026-11-16 10:00")
HOLDS = date(2026, 11, 19)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def maker(cast: Cast) -> Staff:
    return person("operator")


@pytest.fixture
def checker(cast: Cast) -> Staff:
    return person("approver")


# Two people


@pytest.mark.fault("E13")
def test_who_proposes_an_account_does_not_approve_it(cast: Cast):
    both = person("administrator")
    proposed = propose_payee(both, cast.sakura, account())
    with pytest.raises(PayeeCheckedByItsMaker):
        approve_payee(both, proposed.pk)
    assert payee_of(cast.sakura.pk) is None


def test_the_database_too_wants_two_people(cast: Cast, maker: Staff):
    proposed = propose_payee(maker, cast.sakura, account())
    words = {"checked_by": maker, "checked_at": clock.now(), "holds_from": HOLDS}
    with pytest.raises(IntegrityError, match="payee_takes_two_people"), transaction.atomic():
        Payee.objects.filter(pk=proposed.pk).update(**words)
    with pytest.raises(IntegrityError, match="payee_approved_was_checked"), transaction.atomic():
        Payee.objects.filter(pk=proposed.pk).update(status="approved")


def test_a_first_account_holds_as_soon_as_it_is_approved(cast: Cast, maker: Staff, checker: Staff):
    proposed = propose_payee(maker, cast.sakura, account())
    with pytest.raises(PayeeMissing):
        approve_payout(person("approver"), make_payout(cast.sakura).pk, "")
    assert approve_payee(checker, proposed.pk).holds_from == MONDAY.date()
    assert payee_of(cast.sakura.pk) == proposed
    assert not PayeeNotice.objects.exists()  # Nobody was paid before who could contradict.


@pytest.mark.fault("E14")
def test_neither_maker_nor_checker_has_a_part_in_a_payout_to_it(cast: Cast):
    one, other = person("administrator"), person("administrator")
    approve_payee(other, propose_payee(one, cast.sakura, account()).pk)
    payout = make_payout(cast.sakura)
    for staff in (one, other):
        with pytest.raises(PayeeChangerExcluded):
            approved(payout, staff)
    approved(payout, person("approver"))
    for staff in (one, other):
        with pytest.raises(PayeeChangerExcluded):
            export_payouts(staff)
    assert export_payouts(person("operator")).count == 1


# Three bank days


@pytest.mark.fault("E13")
@pytest.mark.fault("E13")
def test_a_payout_in_between_goes_to_the_account_of_before(
    cast: Cast, maker: Staff, checker: Staff
):
    """A thief with two sign-ins at the centre still waits three bank days, and is told of."""
    former = make_payee(cast.sakura)
    payout = make_payout(cast.sakura)
    proposed = propose_payee(maker, cast.sakura, account(account_number="6660666"))
    change = approve_payee(checker, proposed.pk)
    assert change.holds_from == HOLDS
    assert payee_of(cast.sakura.pk) == former
    approved(payout, person("approver"))
    with clock.frozen(jst("2026-11-18 23:59")):
        assert payee_of(cast.sakura.pk) == former
        (transfer,) = read_transfer_file(
            bytes(export_payouts(person("operator")).content)
        ).transfers
    assert transfer.account_number == former.account_number


@pytest.mark.fault("E15")
def test_an_approval_ends_when_another_account_begins_to_hold(
    cast: Cast, maker: Staff, checker: Staff
):
    make_payee(cast.sakura)
    payout = approved(make_payout(cast.sakura), person("approver"))
    change = approve_payee(
        checker, propose_payee(maker, cast.sakura, account(account_number="1")).pk
    )
    with clock.frozen(jst("2026-11-19 00:00")):
        assert payee_of(cast.sakura.pk) == change
        with pytest.raises(ContentChanged):
            export_payouts(person("operator"))
    payout.refresh_from_db()
    assert payout.status == "approved"


# The word to those of before


@pytest.mark.fault("E13")
@pytest.mark.fault("E13")
def test_a_change_is_told_to_the_contacts_of_before(cast: Cast, maker: Staff, checker: Staff):
    make_payee(cast.sakura)
    people = {
        role: person(role, owner=cast.sakura)
        for role in ("administrator", "accountant", "viewer", "desk")
    }
    person("administrator", owner=cast.aoba)
    change = approve_payee(
        checker, propose_payee(maker, cast.sakura, account(account_number="7654329")).pk
    )
    Owner.objects.filter(pk=cast.sakura.pk).update(contact_email="thief@example.com")
    assert mail_payee_notices() == 1
    assert mail_payee_notices() == 0
    (sent,) = mail.outbox
    told = {people["administrator"].email, people["accountant"].email, "kaikei@example.com"}
    assert set(sent.to) == told
    assert "2026年11月19日" in sent.body
    assert "末尾329" in sent.body
    assert "7654329" not in sent.body
    assert PayeeNotice.objects.get(payee=change).sent_at == MONDAY


def test_a_notice_is_sent_later_where_the_post_office_was_down(
    cast: Cast, maker: Staff, checker: Staff
):
    make_payee(cast.sakura)
    approve_payee(checker, propose_payee(maker, cast.sakura, account(account_number="1")).pk)
    with patch.object(EmailMessage, "send", side_effect=OSError("down")):
        assert mail_payee_notices() == 0
    assert mail_payee_notices() == 1


def test_nothing_changes_where_nobody_would_hear_of_it(cast: Cast, maker: Staff, checker: Staff):
    make_payee(cast.sakura)
    Owner.objects.filter(pk=cast.sakura.pk).update(contact_email="")
    with pytest.raises(ContactMissing):
        propose_payee(maker, cast.sakura, account(account_number="1"))
    accountant = person("accountant", owner=cast.sakura)
    proposed = propose_payee(maker, cast.sakura, account(account_number="1"))
    Staff.objects.filter(pk=accountant.pk).update(is_active=False)
    with pytest.raises(ContactMissing):
        approve_payee(checker, proposed.pk)
    proposed.refresh_from_db()
    assert proposed.status == "proposed"


def test_a_change_is_withdrawn_before_it_holds_and_told_as_well(
    cast: Cast, maker: Staff, checker: Staff
):
    former = make_payee(cast.sakura)
    change = approve_payee(
        checker, propose_payee(maker, cast.sakura, account(account_number="1")).pk
    )
    with pytest.raises(ReasonMissing):
        withdraw_payee(maker, change.pk, " ")
    with pytest.raises(NotAllowed):
        withdraw_payee(person("auditor"), change.pk, "電話")
    with clock.frozen(jst("2026-11-18 15:00")):
        withdraw_payee(maker, change.pk, "先方に覚えがない")
    with clock.frozen(jst("2026-11-20 10:00")):
        assert payee_of(cast.sakura.pk) == former
    change.refresh_from_db()
    assert (change.status, change.withdrawn_by) == ("withdrawn", maker)
    assert mail_payee_notices() == 2
    assert "取りやめました" in mail.outbox[-1].body


def test_what_holds_is_not_withdrawn(cast: Cast, maker: Staff):
    payee = make_payee(cast.sakura)
    with pytest.raises(PayeeHolds):
        withdraw_payee(maker, payee.pk, "間違い")


def test_one_change_at_a_time_and_none_that_changes_nothing(
    cast: Cast, maker: Staff, checker: Staff
):
    make_payee(cast.sakura)
    with pytest.raises(PayeeUnchanged):
        propose_payee(maker, cast.sakura, account())
    first = propose_payee(maker, cast.sakura, account(account_number="1"))
    with pytest.raises(PayeeProposed):
        propose_payee(person("operator"), cast.sakura, account(account_number="2"))
    withdraw_payee(maker, first.pk, "番号違い")
    with pytest.raises(MoveRefused):
        approve_payee(checker, first.pk)
    with pytest.raises(MoveRefused):
        withdraw_payee(maker, first.pk, "もう一度")
    second = propose_payee(maker, cast.sakura, account(account_number="2"))
    assert second.number == 3
    with pytest.raises(NotFound):
        approve_payee(checker, "x")
    with pytest.raises(NotFound):
        approve_payee(checker, 99_999_999)


# What came back


@pytest.mark.fault("E16")
def test_a_returned_transfer_goes_out_anew_only_to_an_account_looked_at_anew(cast: Cast):
    make_payee(cast.sakura)
    payout = approved(make_payout(cast.sakura), person("approver"))
    operator = person("operator")
    export_payouts(operator)
    with clock.frozen(jst("2026-11-24 13:00")):
        take_back(operator, payout.pk, "口座なし")
        again = reissue(operator, payout.pk)
        with pytest.raises(PayeeReturned):
            approved(again, person("approver"))
        # The bank may have been wrong: the same account, but by two people and three days later.
        same = propose_payee(person("operator"), cast.sakura, account())
        approve_payee(person("approver"), same.pk)
        with pytest.raises(PayeeReturned):
            approved(again, person("approver"))
    with clock.frozen(jst("2026-11-27 10:00")):
        approved(again, person("approver"))
        assert export_payouts(operator).total_yen == 117_742
    assert Payout.objects.get(pk=again.pk).payee == same


# The list of banks


def test_the_list_knows_banks_and_branches_and_its_own_day():
    assert listed_on() >= date(2026, 8, 24)
    assert str(bank_of("0005")) == "0005 三菱UFJ"
    assert branch_of("0005", "341").name == "新宿"
    assert branch_of("9900", "018").kana.startswith("ｾﾞﾛｲﾁﾊﾁ")  # A branch of the post bank.


@pytest.mark.parametrize("code", ["", "5", "005", "00005", "9998", "abcd", "../0005", "０００５"])
def test_a_bank_that_is_none_is_refused(code: str):
    with pytest.raises(UnknownBank):
        bank_of(code)
    with pytest.raises(UnknownBank):
        branch_of(code, "001")


def test_a_branch_that_is_none_is_refused():
    for code in ("", "1", "999", "x"):
        with pytest.raises(UnknownBranch):
            branch_of("0005", code)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("0005", "0005"),
        ("０００５", "0005"),
        ("みずほ銀行", "0001"),
        ("みずほ", "0001"),
        ("三菱UFJ", "0005"),
        ("三菱ＵＦＪ銀行", "0005"),
        ("みついすみとも", "0009"),
        ("ｾﾌﾞﾝ", "0034"),
    ],
)
def test_a_bank_is_found_by_number_name_and_kana(words: str, code: str):
    assert code in [bank.code for bank in banks_like(words)]


def test_a_branch_is_found_within_its_bank():
    assert [str(one) for one in branches_like("0005", "新宿支店")] == ["341 新宿"]
    assert "469" in [one.code for one in branches_like("0005", "しんじゅく")]
    assert len(branches_like("0005", "")) > 500
    assert branches_like("0005", "どこにもない") == []


def test_every_bank_and_branch_of_the_list_fits_a_transfer_file():
    """A transfer to each branch of the twenty largest banks can be written."""
    largest = sorted(banks_like(""), key=lambda bank: -len(branches_like(bank.code, "")))[:20]
    assert len(banks_like("")) > 1_000
    for bank in largest:
        for branch in branches_like(bank.code, ""):
            payee = Payee(
                bank_code=bank.code,
                bank_kana=bank.kana,
                branch_code=branch.code,
                branch_kana=branch.kana,
                account_kind="1",
                account_number="0000001",
                holder_kana="ｱ",
            )
            assert transfer_to(payee, 1).bank_name == institution_kana(bank.kana)


# The holder's name


@pytest.mark.fault("E09")
@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("桜ガクエン", ["「桜」", "漢字は読みのカナ"]),
        ("アオバ＆カゼ", ["「&」", "アンド"]),
        ("ヲガワ", ["「ヲ」は「オ」"]),
        ("サクラ😀", ["「😀」"]),
        ("サクラ\nアオバ", ["「改行」"]),
        ("", ["カナで入力してください"]),
        ("カゼ、カ", ["「、」"]),
        ("カブ/カブ", ["「/」"]),
    ],
)
def test_a_letter_no_bank_takes_is_named_with_what_to_write(name: str, named: list[str]):
    with pytest.raises(BankNameRefused) as refused:
        bank_kana(name)
    for words in named:
        assert words in refused.value.detail
