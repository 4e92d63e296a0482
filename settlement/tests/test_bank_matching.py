"""The bank's lines: taken in once, matched where they are certain, in suspense where not."""

from typing import Any

import pytest
from django.db import DatabaseError, connection

from billing.models import Case, Chain
from settlement.bank_statement import Line, StatementUnreadable, statement_file
from settlement.books import balance_yen, owner_payable, trial_balance
from settlement.models import BankEntry, BankFile, BankStatement, EntryRuling, Payout, PayoutMove
from settlement.refusals import (
    BankAccountUnknown,
    BankBalanceDiffers,
    BankEntryDiffers,
    ChainIsTest,
    EntryRuled,
    ReasonMissing,
    RulingRefused,
)
from settlement.services.bank_files import customer_codes
from settlement.services.bank_rulings import (
    rule_as_own,
    rule_as_remittance,
    rule_as_returned,
    rule_as_transfers,
)
from settlement.services.bank_statements import StatementSent, take_bank_statement
from settlement.services.payouts import export_payouts, mark_paid, reissue, take_back
from settlement.tests.bank_cast import agreed, bank_says, came, entry_of, own, told, went
from settlement.tests.payout_cast import approved, make_payee, person
from settlement.tests.scene import at, cast_of, day_of, only_statement, settled
from tenants.access import NotAllowed, NotFound
from tests.cast import Cast

HOLDER = "ｶﾞｸ)ｻｸﾗｶﾞｸｴﾝ"
PAYOUT_YEN = 117_742


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


@pytest.fixture
def exported(five: Cast) -> Payout:
    """The worked example, whose transfer is with the bank: 119,999 yen taken, 117,752 to pay."""
    for yen, tax_yen in ((10_000, 909), (55_000, 5_000), (54_999, 5_000)):
        settled(five.sakura, "11-03", yen, tax_yen=tax_yen)
    payout = only_statement("11-13").payouts.get()
    with at("11-16"):
        make_payee(five.sakura)
        approved(payout, person("approver"))
    with at("11-17"):
        export_payouts(person("operator"))
    payout.refresh_from_db()
    return payout


def rulings() -> list[tuple[str, str, int]]:
    rows = EntryRuling.objects.order_by("entry__day", "pk")
    return [(one.kind, one.chain_id or "", one.difference_yen) for one in rows]


def open_cases() -> list[tuple[str, str]]:
    rows = Case.objects.filter(status="open").order_by("kind")
    return [(case.kind, case.told.get("reason", "")) for case in rows]


# -- taken in once --------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(five: Cast):
    agreed()
    first = bank_says(came("11-16", 5_000))
    again = bank_says(came("11-16", 5_000), name="another name.txt")
    assert (first.new_count, again.new_count, again.is_repeated) == (1, 0, True)
    assert again.statements == first.statements
    assert BankEntry.objects.count() == BankStatement.objects.count() == 1


def test_overlapping_days_bring_only_what_is_new(five: Cast):
    monday, tuesday = came("11-16", 5_000), came("11-17", 6_000)
    bank_says(monday)
    taken = bank_says(monday, tuesday)
    assert (taken.new_count, taken.statements[0].entries_count) == (1, 2)
    assert balance_yen("bank") == 11_000


def test_two_equal_deposits_of_one_day_are_two_and_stay_two(five: Cast):
    bank_says(came("11-16", 5_000))
    bank_says(came("11-16", 5_000), came("11-16", 5_000))
    bank_says(came("11-16", 5_000), came("11-16", 5_000), came("11-17", 1))
    assert balance_yen("bank") == 10_001


def test_the_banks_own_number_tells_lines_apart(five: Cast):
    bank_says(came("11-16", 5_000, inquiry="00000001"))
    bank_says(came("11-16", 5_000, inquiry="00000002"), opening_yen=5_000)
    assert balance_yen("bank") == 10_000


def test_a_number_that_says_something_else_refuses_the_file(five: Cast):
    bank_says(came("11-16", 5_000, inquiry="00000001"))
    with pytest.raises(BankEntryDiffers):
        bank_says(came("11-16", 5_001, inquiry="00000001"), came("11-16", 1, inquiry="00000002"))
    assert balance_yen("bank") == 5_000


def test_one_number_twice_in_a_day_is_no_statement(five: Cast):
    with pytest.raises(StatementUnreadable):
        bank_says(came("11-16", 1, inquiry="00000001"), came("11-16", 2, inquiry="00000001"))


def test_a_file_that_leaves_days_out_is_refused_until_they_are_there(five: Cast):
    bank_says(came("11-16", 5_000))
    with pytest.raises(BankBalanceDiffers):
        bank_says(came("11-18", 7_000), opening_yen=11_000)
    bank_says(came("11-17", 6_000), opening_yen=5_000)
    bank_says(came("11-18", 7_000), opening_yen=11_000)
    assert balance_yen("bank") == 18_000


def test_lines_that_a_bank_numbers_anew_are_not_taken_twice(five: Cast):
    bank_says(came("11-16", 5_000, inquiry="00000001"), came("11-17", 6_000, inquiry="00000002"))
    with pytest.raises(BankBalanceDiffers):
        bank_says(came("11-17", 6_000, inquiry="00000001"), opening_yen=5_000)
    assert balance_yen("bank") == 11_000


def test_another_account_and_days_to_come_are_refused(five: Cast):
    line = came("11-16", 5_000)
    strange = statement_file([told(line, account=own(number="0000000009"))])
    with at("11-16"), pytest.raises(BankAccountUnknown):
        take_bank_statement(StatementSent("x", strange))
    with at("11-15"), pytest.raises(StatementUnreadable):
        take_bank_statement(StatementSent("x", statement_file([told(line)])))


def test_an_auditor_only_looks(five: Cast):
    with pytest.raises(NotAllowed):
        take_bank_statement(StatementSent("x", b"", person("auditor")))


def test_the_books_begin_where_the_bank_does(five: Cast):
    bank_says(came("11-16", 5_000), opening_yen=1_000_000)
    assert balance_yen("bank") == 1_005_000
    assert balance_yen("own_funds") == 1_000_000
    assert balance_yen("suspense:bank") == 5_000


# -- what chains sent -----------------------------------------------------------------------------


def test_a_remittance_meets_its_period_and_lowers_the_receivable(five: Cast):
    agreed(payment_fee_yen=50, transfer_fee_yen=440)
    settled(five.sakura, "11-03", 119_999)
    bank_says(came("11-16", 119_509))
    assert rulings() == [("remittance", "lawson", 0)]
    assert trial_balance() == {
        "bank": 119_509,
        "chain_fee:lawson": 490,
        owner_payable(five.sakura): -119_999,
        "store_receivable:lawson": 0,
    }
    assert open_cases() == []


def test_the_code_counts_before_the_name(five: Cast):
    agreed(sender_code="21")
    settled(five.sakura, "11-03", 10_000)
    bank_says(came("11-16", 10_000, "ﾀﾞﾚｶ", sender_code="0000000021"))
    assert rulings() == [("remittance", "lawson", 0)]


def test_two_periods_may_come_as_one(five: Cast):
    agreed()
    settled(five.sakura, "11-03", 10_000)
    settled(five.sakura, "11-08", 20_000)
    bank_says(came("11-20", 30_000))
    (ruling,) = EntryRuling.objects.all()
    assert ruling.receipts.count() == 2
    assert balance_yen("store_receivable:lawson") == 0


@pytest.mark.fault("A28")
def test_a_chain_that_remits_less_owes_the_rest_and_a_person_must_look(five: Cast):
    agreed()
    settled(five.sakura, "11-03", 119_999)
    bank_says(came("11-16", 100_000))
    assert rulings() == [("remittance", "lawson", -19_999)]
    assert balance_yen("store_receivable:lawson") == 19_999
    assert balance_yen(owner_payable(five.sakura)) == 119_999
    (case,) = Case.objects.filter(status="open")
    assert case.told["reason"] == "入金が予定より 19,999円 不足"
    assert case.due_on == day_of("11-19")

    bank_says(came("11-18", 19_999), opening_yen=100_000)
    assert balance_yen("store_receivable:lawson") == 0
    assert open_cases() == []


def test_too_much_is_a_case_too(five: Cast):
    agreed()
    settled(five.sakura, "11-03", 10_000)
    bank_says(came("11-16", 10_300))
    assert balance_yen("store_receivable:lawson") == -300
    assert open_cases() == [("remittance_differs", "入金が予定より 300円 超過")]


@pytest.mark.parametrize(
    "line",
    [
        came("11-16", 10_000, "ﾀﾞﾚｶ"),
        came("11-16", 10_000, ""),
        came("11-16", 4_999),
        came("11-16", 20_001),
    ],
)
def test_what_nobody_expected_lies_in_suspense_with_a_case(five: Cast, line: Line):
    agreed()
    settled(five.sakura, "11-03", 10_000)
    bank_says(line)
    assert rulings() == []
    assert balance_yen("suspense:bank") == line.amount_yen
    assert balance_yen("store_receivable:lawson") == 10_000
    assert open_cases() == [("bank_entry_unknown", "予定にも振込にも当てはまらない入金")]


# -- what became of transfers ---------------------------------------------------------------------


def test_the_debit_of_a_file_pays_all_its_transfers_on_the_banks_day(exported: Payout):
    yen = exported.amount_yen
    bank_says(went("11-20", yen), opening_yen=1_000_000)
    exported.refresh_from_db()
    assert exported.status == "paid"
    move = exported.moves.get(kind="paid")
    assert (move.day, move.moved_by, move.amount_yen) == (day_of("11-20"), None, yen)
    assert balance_yen("payout_in_transit") == 0
    assert balance_yen("bank") == 1_000_000 - yen


@pytest.mark.fault("E16")
@pytest.mark.parametrize("code", [True, False])
def test_a_transfer_that_comes_back_is_owed_again(five: Cast, exported: Payout, *, code: bool):
    yen = exported.amount_yen
    words: Any = {"edi": customer_codes(exported)[1]} if code else {}
    sender = "" if code else HOLDER
    bank_says(
        came("11-20", yen, sender, summary="ﾌﾘｺﾐﾌﾉｳ", **words),
        went("11-20", yen),
        opening_yen=1_000_000,
    )
    exported.refresh_from_db()
    assert exported.status == "returned"
    assert (balance_yen("bank"), balance_yen("suspense:bank")) == (1_000_000, 0)
    assert balance_yen(owner_payable(five.sakura)) == yen
    case = Case.objects.get(kind="payout_returned")
    assert case.told == {"reason": "ﾌﾘｺﾐﾌﾉｳ", "amount_yen": yen}
    again = reissue(person("operator"), exported.pk)
    assert again.status == "proposed"  # Two people must let it go again.


def test_an_owner_who_sends_the_same_sum_is_no_returned_transfer(exported: Payout):
    yen = exported.amount_yen
    bank_says(went("11-20", yen), came("11-24", yen, HOLDER), opening_yen=yen)
    exported.refresh_from_db()
    assert exported.status == "paid"
    assert balance_yen("suspense:bank") == yen


def test_a_return_before_any_debit_is_not_believed(exported: Payout):
    bank_says(came("11-20", exported.amount_yen, HOLDER, summary="ｸﾐﾓﾄﾞｼ"))
    exported.refresh_from_db()
    assert exported.status == "exported"
    assert [kind for kind, _ in open_cases()] == ["bank_entry_unknown"]


def test_what_a_person_noted_before_the_bank_is_not_noted_twice(five: Cast, exported: Payout):
    operator, yen = person("operator"), exported.amount_yen
    with at("11-20"):
        mark_paid(operator, exported.pk)
    bank_says(went("11-20", yen), opening_yen=yen)
    with at("11-24"):
        take_back(operator, exported.pk, "口座なし")
    bank_says(came("11-24", yen, HOLDER, summary="ｸﾐﾓﾄﾞｼ"))
    assert PayoutMove.objects.filter(payout=exported).count() == 3
    assert Case.objects.filter(kind="payout_returned").count() == 1
    assert (balance_yen("bank"), balance_yen("suspense:bank")) == (yen, 0)


def test_a_transfer_refused_before_the_debit_is_left_out_of_it(exported: Payout):
    with at("11-19"):
        take_back(person("operator"), exported.pk, "口座なし")
    bank_says(went("11-20", exported.amount_yen), opening_yen=exported.amount_yen)
    assert rulings() == [("transfers", "", 0)]


def test_another_debit_than_a_files_sum_lies_in_suspense(exported: Payout):
    bank_says(went("11-20", exported.amount_yen + 1), opening_yen=1_000_000)
    exported.refresh_from_db()
    assert exported.status == "exported"
    assert balance_yen("suspense:bank") == -(exported.amount_yen + 1)


# -- what people say ------------------------------------------------------------------------------


def test_a_person_finds_the_chain_of_a_deposit_and_its_case_is_closed(five: Cast):
    agreed()
    settled(five.sakura, "11-03", 10_000)
    bank_says(came("11-16", 10_000, "ﾛ-ｿﾝ ﾎﾝﾌﾞ"))
    with at("11-18"):
        lawson = Chain.objects.get(pk="lawson")
        rule_as_remittance(person("operator"), entry_of(10_000).pk, lawson, "電話で確認")
    assert trial_balance(day_of("11-17"))["suspense:bank"] == -10_000
    assert trial_balance(day_of("11-18"))["suspense:bank"] == 0
    assert balance_yen("store_receivable:lawson") == 0
    assert open_cases() == []


def test_a_person_says_what_is_the_centres_own(five: Cast):
    bank_says(went("11-16", 440, summary="ﾃｽｳﾘﾖｳ"), came("11-16", 100_000, "ｼﾞｷ"), opening_yen=440)
    operator = person("operator")
    with at("11-16"):
        rule_as_own(operator, entry_of(440).pk, "振込手数料")
        rule_as_own(operator, entry_of(100_000).pk, "資金の移動")
    assert balance_yen("own_funds") == 100_000
    assert (balance_yen("bank"), balance_yen("suspense:bank")) == (100_000, 0)


def test_a_person_finds_a_debit_that_came_late_and_a_return_without_a_word(exported: Payout):
    operator, yen = person("operator"), exported.amount_yen
    bank_says(went("12-01", yen), opening_yen=yen)
    with at("12-02"):
        rule_as_transfers(operator, entry_of(yen).pk, BankFile.objects.get(), "銀行に確認")
    exported.refresh_from_db()
    assert exported.status == "paid"
    bank_says(came("12-03", yen, HOLDER))
    with at("12-04"):
        back = BankEntry.objects.get(direction="in")
        rule_as_returned(operator, back.pk, exported.pk, "銀行に確認")
    exported.refresh_from_db()
    assert exported.status == "returned"
    assert (balance_yen("bank"), balance_yen("suspense:bank")) == (yen, 0)
    assert balance_yen("payout_in_transit") == 0


def test_a_ruling_needs_a_reason_a_role_and_a_line_that_fits(five: Cast, exported: Payout):
    bank_says(came("11-20", 10_000, "ﾀﾞﾚｶ"), went("11-20", 5_000), opening_yen=5_000)
    operator, lawson = person("operator"), Chain.objects.get(pk="lawson")
    deposit, debit, sent = entry_of(10_000).pk, entry_of(5_000).pk, BankFile.objects.get()
    with at("11-20"):
        with pytest.raises(ReasonMissing):
            rule_as_own(operator, deposit, " ")
        with pytest.raises(NotAllowed):
            rule_as_own(person("auditor"), deposit, "理由")
        with pytest.raises(NotFound):
            rule_as_own(operator, 0, "理由")
        with pytest.raises(ChainIsTest):
            rule_as_remittance(operator, deposit, lawson.twin, "理由")
        with pytest.raises(RulingRefused):
            rule_as_remittance(operator, debit, lawson, "理由")
        for payout in (exported.pk, "00000000-0000-0000-0000-000000000000"):
            with pytest.raises(RulingRefused):
                rule_as_returned(operator, deposit, payout, "理由")
        with pytest.raises(NotFound):
            rule_as_returned(operator, deposit, "no id", "理由")
        with pytest.raises(RulingRefused):
            rule_as_transfers(operator, debit, sent, "理由")
        rule_as_own(operator, deposit, "理由")
        with pytest.raises(EntryRuled):
            rule_as_own(operator, deposit, "理由")


@pytest.mark.parametrize("table", ["bankentry", "bankstatement", "bankopening", "entryruling"])
def test_what_the_bank_told_and_what_was_ruled_stays(five: Cast, table: str):
    bank_says(came("11-16", 10_000))
    rule_as_own(person("operator"), entry_of(10_000).pk, "理由")
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM settlement_{table}")
