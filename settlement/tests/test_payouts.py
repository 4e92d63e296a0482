"""Money goes out: the account, and the approval of what is paid into it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from settlement.bank_kana import BankNameRefused
from settlement.banks import UnknownBank, UnknownBranch
from settlement.models import Payee, Payout
from settlement.refusals import (
    AlreadyReissued,
    BankFileDiffers,
    ConsignorMissing,
    ContactMissing,
    ContentChanged,
    FreezeLifted,
    FreezeLiftedByItsMaker,
    NotApproved,
    NotReturned,
    PaidDayRefused,
    PayDaysDiffer,
    PayeeChangerExcluded,
    PayeeCheckedByItsMaker,
    PayeeHolds,
    PayeeMissing,
    PayeeProposed,
    PayeeReturned,
    PayeeUnchanged,
    PayoutsFrozen,
    ReasonMissing,
    ReturnNotSeen,
    TwoPeopleNeeded,
)
from settlement.selectors import payee_of, payouts_to_approve, payouts_to_export
from settlement.services.payees import propose_payee
from settlement.services.payouts import (
    approve_payout,
    content_sha256,
    export_payouts,
    hold_payout,
    mark_paid,
    reissue,
    release_payout,
    take_back,
    withdraw_approval,
)
from settlement.tests.payout_cast import (
    account,
    approved,
    make_payee,
    make_payout,
    make_statement,
    person,
)
from settlement.zengin import BankCodeRefused
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError, MoveRefused
from tenants.access import NotAllowed, NotFound
from tenants.models import Staff
from tests.cast import Cast, jst

STATED_AT = jst("2026-11-16 10:00")
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(autouse=True)
def _stated() -> Iterator[None]:
    with clock.frozen(STATED_AT):
        yield


# The account


def test_an_account_is_kept_in_the_banks_words_with_its_changer(cast: Cast, operator: Staff):
    asked = account(bank_code="０００５", branch_code="３４１", account_number="4321")
    payee = propose_payee(operator, cast.sakura, asked)
    assert (payee.number, payee.changed_by, payee.status) == (1, operator, "proposed")
    assert payee.changed_at == STATED_AT
    assert (payee.bank_code, payee.account_number) == ("0005", "0004321")
    assert (payee.bank_kana, payee.branch_kana) == ("ﾐﾂﾋﾞｼﾕ-ｴﾌｼﾞｴｲ", "ｼﾝｼﾞﾕｸ")
    assert payee.holder_kana == "ｶﾞｸ)ｻｸﾗｶﾞｸｴﾝ"


def test_a_changed_account_is_a_new_row_and_the_newest_counts(cast: Cast):
    make_payee(cast.sakura)
    second = make_payee(cast.sakura, account_number="1")
    assert second.number == 2
    assert payee_of(cast.sakura.pk) == second
    assert Payee.objects.count() == 2


@pytest.mark.fault("E09")
@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ({"holder_name": "桜学園"}, BankNameRefused),
        ({"holder_name": ""}, BankNameRefused),
        ({"bank_code": "005"}, UnknownBank),
        ({"bank_code": "9999"}, UnknownBank),
        ({"bank_code": "../x"}, UnknownBank),
        ({"branch_code": "12a"}, UnknownBranch),
        ({"branch_code": "999"}, UnknownBranch),
        ({"account_number": "12345678"}, BankCodeRefused),
        ({"account_number": "12-345"}, BankCodeRefused),
        ({"account_kind": "3"}, BankCodeRefused),
    ],
)
def test_an_account_no_bank_would_take_is_refused(
    cast: Cast, operator: Staff, words: dict[str, str], refusal: type[DomainError]
):
    with pytest.raises(refusal):
        propose_payee(operator, cast.sakura, account(**words))
    assert not Payee.objects.exists()


def test_an_auditor_changes_no_account(cast: Cast):
    with pytest.raises(NotAllowed):
        make_payee(cast.sakura, person("auditor"))


def test_an_owners_administrator_is_none_of_the_centres(cast: Cast, payout: Payout):
    theirs = person("administrator", owner=cast.sakura)
    for use_case in (
        lambda: make_payee(cast.sakura, theirs),
        lambda: approved(payout, theirs),
        lambda: withdraw_approval(theirs, payout.pk),
        lambda: hold_payout(theirs, payout.pk, "調査"),
        lambda: release_payout(theirs, payout.pk),
        lambda: export_payouts(theirs),
        lambda: mark_paid(theirs, payout.pk),
        lambda: take_back(theirs, payout.pk, "口座なし"),
        lambda: reissue(theirs, payout.pk),
    ):
        with pytest.raises(NotAllowed):
            use_case()


def test_who_has_left_does_nothing(payout: Payout, approver: Staff):
    approver.is_active = False
    with pytest.raises(NotAllowed):
        approved(payout, approver)


def test_who_has_left_since_the_page_was_opened_does_nothing(payout: Payout, approver: Staff):
    Staff.objects.filter(pk=approver.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        approved(payout, approver)


# The approval


def test_an_approval_notes_who_when_and_what(payout: Payout, approver: Staff):
    assert list(payouts_to_approve()) == [payout]
    done = approved(payout, approver)
    payee = payee_of(payout.owner_id)
    assert payee is not None
    done.refresh_from_db()
    assert (done.status, done.payee, done.approved_by) == ("approved", payee, approver)
    assert done.approved_at == STATED_AT
    assert done.approved_sha256 == content_sha256(payout, payee)
    assert not payouts_to_approve().exists()
    assert list(payouts_to_export()) == [payout]


def test_the_hash_knows_every_word_that_is_approved(cast: Cast, payout: Payout):
    payee = payee_of(payout.owner_id)
    assert payee is not None
    seen = {content_sha256(payout, payee)}
    for name in ("amount_yen", "owner_id"):
        other = Payout.objects.get()
        setattr(other, name, getattr(other, name) + 1)
        seen.add(content_sha256(other, payee))
    later = Payout.objects.get()
    later.pays_on += timedelta(days=3)
    seen.add(content_sha256(later, payee))
    for name in Payee.CONTENT:
        other_payee = Payee.objects.get()
        column = f"{name}_id" if name in ("owner", "changed_by") else name
        setattr(other_payee, column, None)
        seen.add(content_sha256(payout, other_payee))
    assert len(seen) == 1 + 3 + len(Payee.CONTENT)
    account_words = {"bank_code", "branch_code", "account_kind", "account_number", "holder_kana"}
    assert account_words < set(Payee.CONTENT)


@pytest.mark.fault("E15")
def test_an_approval_of_what_is_no_longer_so_is_refused(cast: Cast, approver: Staff):
    former = make_payee(cast.sakura)
    payout = make_payout(cast.sakura)
    make_payee(cast.sakura, account_number="1")
    with pytest.raises(ContentChanged):
        approve_payout(approver, payout.pk, content_sha256(payout, former))
    assert Payout.objects.get().status == "proposed"


def test_nobody_approves_a_payout_without_an_account(cast: Cast, approver: Staff):
    payout = make_payout(cast.sakura)
    with pytest.raises(PayeeMissing):
        approve_payout(approver, payout.pk, "")


def test_who_last_changed_the_account_does_not_approve(cast: Cast, approver: Staff):
    make_payee(cast.sakura, approver)
    with pytest.raises(PayeeChangerExcluded):
        approved(make_payout(cast.sakura), approver)


@pytest.mark.fault("E14")
def test_who_approved_the_account_does_not_approve_a_payout_to_it(cast: Cast):
    checker = make_payee(cast.sakura).checked_by
    assert checker is not None
    with pytest.raises(PayeeChangerExcluded):
        approved(make_payout(cast.sakura), checker)


@pytest.mark.fault("E14")
def test_an_operator_does_not_approve_and_an_approver_does_not_export(
    payout: Payout, operator: Staff, approver: Staff
):
    with pytest.raises(NotAllowed):
        approved(payout, operator)
    with pytest.raises(NotAllowed):
        export_payouts(approver)


def test_a_payout_is_approved_once(payout: Payout, approver: Staff):
    approved(payout, approver)
    with pytest.raises(MoveRefused):
        approved(payout, approver)


@pytest.mark.fault("E17")
def test_a_held_payout_waits_until_it_is_released(payout: Payout, operator: Staff, approver: Staff):
    hold_payout(operator, payout.pk, "調査")
    with pytest.raises(MoveRefused):
        approved(payout, approver)
    with pytest.raises(MoveRefused):
        hold_payout(operator, payout.pk, "調査")
    release_payout(operator, payout.pk)
    with pytest.raises(MoveRefused):
        release_payout(operator, payout.pk)
    assert approved(payout, approver).status == "approved"
    with pytest.raises(MoveRefused):
        hold_payout(operator, payout.pk, "調査")
    with pytest.raises(MoveRefused):
        release_payout(operator, payout.pk)


@pytest.mark.parametrize("payout_id", [NOBODY, "no id"])
def test_a_payout_that_is_not_there_is_not_found(
    cast: Cast, operator: Staff, approver: Staff, payout_id: str
):
    with pytest.raises(NotFound):
        approve_payout(approver, payout_id, "")
    with pytest.raises(NotFound):
        export_payouts(operator, [payout_id])
    with pytest.raises(NotFound):
        mark_paid(operator, payout_id)


def test_every_refusal_has_a_code_and_a_sentence():
    refusals = [
        AlreadyReissued, BankFileDiffers, ConsignorMissing, ContactMissing, ContentChanged,
        FreezeLifted, FreezeLiftedByItsMaker, NotApproved, NotReturned, PaidDayRefused,
        PayDaysDiffer, PayeeChangerExcluded, PayeeCheckedByItsMaker, PayeeHolds, PayeeMissing,
        PayeeProposed, PayeeReturned, PayeeUnchanged, PayoutsFrozen, ReasonMissing,
        ReturnNotSeen, TwoPeopleNeeded,
    ]  # fmt: skip
    assert [refusal.code for refusal in refusals] == [
        "already_reissued", "bank_file_differs", "consignor_missing", "contact_missing",
        "content_changed", "freeze_lifted", "freeze_lifted_by_its_maker", "not_approved",
        "not_returned", "paid_day_refused", "pay_days_differ", "payee_changer_excluded",
        "payee_checked_by_its_maker", "payee_holds", "payee_missing", "payee_proposed",
        "payee_returned", "payee_unchanged", "payouts_frozen", "reason_missing",
        "return_not_seen", "two_people_needed",
    ]  # fmt: skip
    assert all(not refusal.title.isascii() for refusal in refusals)


def test_a_statement_without_a_transfer_has_no_payout_to_show(cast: Cast):
    make_statement(cast.sakura, payout_yen=0, carried_out_yen=117_742)
    assert not payouts_to_approve().exists()
