"""仕事の予定: what is due on which bank day, and what is late, with the clock standing still."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Case
from settlement.agenda.days import Agenda, agenda
from settlement.agenda.task import Task
from settlement.models import Payout
from settlement.services.payees import propose_payee
from settlement.services.payouts import (
    export_payouts,
    hold_payout,
    mark_paid,
    reissue,
    take_back,
)
from settlement.services.refunds import ask_refund, withdraw_refund
from settlement.services.remittances import draw_remittances
from settlement.services.settling import settle
from settlement.tests.bank_cast import agreed
from settlement.tests.chain_file_cast import file_bytes, row, send
from settlement.tests.payout_cast import account, approved, make_payee, make_payout, person
from settlement.tests.scene import at, cast_of, close, paid, settled
from smartpit.kernel import clock
from tenants.models import Owner
from tests.cast import Cast, jst


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def at_hour(day: str, hour: str) -> Agenda:
    with at(day, hour):
        return agenda()


def late(found: Agenda, kind: str) -> list[tuple[str, str]]:
    """Return the late tasks of a kind: what it is, and by how much."""
    return [(one.words, one.late_by(found.at)) for one in found.late if one.kind == kind]


def on(found: Agenda, day: date, kind: str) -> list[tuple[str, bool]]:
    """Return the tasks of a kind on a day, and whether each is done."""
    (there,) = [one for one in found.days if one.day == day]
    entries = [entry for entry in there.entries if entry.kind == kind]
    return [(task.words, task.is_done) for entry in entries for task in entry.tasks]


def test_the_stretch_is_ten_bank_days_to_either_side(five: Cast):
    found = at_hour("11-16", "10:00")
    bank_days = [day.day for day in found.days if day.is_bank_day]
    assert len(bank_days) == 21
    assert (bank_days[0], bank_days[-1]) == (date(2026, 10, 30), date(2026, 12, 1))
    (today,) = [day for day in found.days if day.is_today]
    assert today.day == date(2026, 11, 16)


def test_a_closing_has_its_three_days_and_is_late_an_hour_after_its_statement_day_begins(
    five: Cast,
):
    settled(five.sakura, "11-03")
    words = "学校法人さくら学園 11/05締め"
    before = at_hour("11-13", "00:59")
    assert (words, False) in on(before, date(2026, 11, 5), "締日")
    assert (words, False) in on(before, date(2026, 11, 13), "精算書の作成")
    assert (words, False) in on(before, date(2026, 11, 20), "入金日")
    assert late(before, "精算書の作成") == []
    assert (words, "1時間") in late(at_hour("11-13", "02:00"), "精算書の作成")
    assert (words, "19日") in late(at_hour("12-02", "10:00"), "精算書の作成")
    close("11-13")
    after = at_hour("11-13", "10:00")
    assert not [one for one in late(after, "精算書の作成") if one[0] == words]
    assert (words, True) in on(after, date(2026, 11, 13), "精算書の作成")


def test_a_statement_nobody_was_told_of_is_late_a_day_later(five: Cast):
    settled(five.sakura, "11-03")
    close("11-13")
    words = "学校法人さくら学園 11/05締め"
    assert on(at_hour("11-13", "10:00"), date(2026, 11, 13), "確定のお知らせ") == [(words, False)]
    assert late(at_hour("11-13", "23:59"), "確定のお知らせ") == []
    assert late(at_hour("11-14", "00:00"), "確定のお知らせ") == [(words, "0分")]
    person("accountant", owner=five.sakura)
    with at("11-14"):
        settle()
    assert late(at_hour("11-15", "00:00"), "確定のお知らせ") == []


def test_a_payout_waits_for_approval_then_for_the_file_then_for_the_bank(five: Cast):
    with at("11-13"):
        make_payee(five.sakura)
        payout = make_payout(five.sakura)
    words = "学校法人さくら学園 117,742円 11/20払い"
    closes_on = date(2026, 11, 19)
    assert on(at_hour("11-16", "10:00"), closes_on, "入金の承認") == [(words, False)]
    assert late(at_hour("11-19", "11:59"), "入金の承認") == []
    assert at_hour("11-19", "11:59").today_count == 1
    assert late(at_hour("11-19", "12:00"), "入金の承認") == [(words, "0分")]
    with at("11-16"):
        approved(payout, person("approver"))
    assert late(at_hour("11-20", "14:00"), "振込依頼") == [(words, "1日")]
    operator = person("operator")
    with at("11-18"):
        export_payouts(operator)
    assert on(at_hour("11-19", "10:00"), date(2026, 11, 24), "入金の確認") == [(words, False)]
    assert late(at_hour("11-24", "23:59"), "入金の確認") == []
    assert late(at_hour("11-25", "03:00"), "入金の確認") == [(words, "3時間")]
    with at("11-25"):
        mark_paid(operator, payout.pk)
    assert late(at_hour("11-26", "03:00"), "入金の確認") == []


def sent(owner: Owner) -> Payout:
    """Close the period of a payment of 3 November and let its transfer go to the bank."""
    settled(owner, "11-03", 100_000)
    close("11-13")
    with at("11-13"):
        make_payee(owner)
    payout = Payout.objects.get(owner=owner)
    with at("11-16"):
        approved(payout, person("approver"))
        export_payouts(person("operator"))
    return payout


def test_a_pay_day_is_done_when_the_bank_has_paid(five: Cast):
    payout = sent(five.sakura)
    words, pay_day = "学校法人さくら学園 11/05締め", date(2026, 11, 20)
    assert (words, False) in on(at_hour("11-20", "10:00"), pay_day, "入金日")
    with at("11-20"):
        mark_paid(person("operator"), payout.pk)
    assert (words, True) in on(at_hour("11-20", "18:00"), pay_day, "入金日")
    with at("11-20"):
        take_back(person("operator"), payout.pk, "口座なし")
    assert (words, False) in on(at_hour("11-20", "19:00"), pay_day, "入金日")


def test_a_returned_transfer_is_late_until_it_is_proposed_anew(five: Cast):
    payout = sent(five.sakura)
    operator = person("operator")
    with at("11-20"):  # A Friday; Monday the 23rd is a holiday.
        take_back(operator, payout.pk, "口座なし")
    words = f"学校法人さくら学園 {payout.amount_yen:,}円 11/20返却"
    assert on(at_hour("11-24", "10:00"), date(2026, 11, 26), "振込不能の再発行") == [(words, False)]
    assert late(at_hour("11-26", "23:59"), "振込不能の再発行") == []
    assert late(at_hour("12-26", "00:00"), "振込不能の再発行") == [(words, "29日")]
    with at("12-26"):
        reissue(operator, payout.pk)
    assert late(at_hour("12-26", "12:00"), "振込不能の再発行") == []


def test_a_held_payout_says_so(five: Cast):
    with at("11-13"):
        make_payee(five.sakura)
        hold_payout(person("operator"), make_payout(five.sakura).pk, "差押命令")
    ((words, _),) = late(at_hour("11-20", "10:00"), "入金の承認")
    assert words.endswith("（支払保留中）")


def test_a_chains_day_is_late_when_no_file_confirmed_of_it_in_seven_bank_days(five: Cast):
    payment = paid(five.sakura, "11-05")
    due_on = date(2026, 11, 16)
    found = at_hour("11-16", "23:59")
    ((words, _),) = on(found, due_on, "チェーンの確報")
    assert words.endswith("11/05の収納")
    assert late(found, "チェーンの確報") == []
    assert late(at_hour("11-17", "06:00"), "チェーンの確報") == [(words, "6時間")]
    with at("11-17"):
        send(file_bytes(row(payment)))
    found = at_hour("11-17", "18:00")
    assert late(found, "チェーンの確報") == []
    assert on(found, due_on, "チェーンの確報") == [(words, True)]


def test_a_chains_money_is_late_a_bank_day_after_its_day(five: Cast):
    agreed(cut_off="5-day", after_days=10)
    settled(five.sakura, "11-03", 10_000)
    to_come = on(at_hour("11-10", "10:00"), date(2026, 11, 16), "チェーンの入金")
    assert [words.split()[-1] for words, _ in to_come] == ["11/05締め"]
    with at("11-16"):
        draw_remittances()
    drawn = on(at_hour("11-16", "12:00"), date(2026, 11, 16), "チェーンの入金")
    assert [words.split()[-1] for words, _ in drawn] == ["10,000円"]
    assert late(at_hour("11-17", "23:59"), "チェーンの入金") == []
    ((_, by),) = late(at_hour("11-18", "01:00"), "チェーンの入金")
    assert by == "1時間"
    old, *undrawn = late(at_hour("12-31", "01:00"), "チェーンの入金")
    assert old[1] == "43日"  # However long ago it was.
    assert undrawn  # Since then nothing was drawn, which is late as well.


def test_what_one_asked_and_nobody_decided_is_late_after_the_next_bank_day(five: Cast):
    asker = person("operator")
    payment = settled(five.sakura, "11-03")
    with at("11-20"):  # A Friday; Monday the 23rd is a holiday.
        propose_payee(asker, five.sakura, account())
        request = ask_refund(asker, payment.pk, "重複")
    in_time, too_late = at_hour("11-24", "23:59"), at_hour("11-25", "00:30")
    for kind, words in (
        ("入金口座の承認", "学校法人さくら学園 ﾐﾂﾋﾞｼﾕ-ｴﾌｼﾞｴｲ"),
        ("訂正の承認", "学校法人さくら学園 10,000円"),
    ):
        assert on(in_time, date(2026, 11, 24), kind) == [(words, False)]
        assert late(in_time, kind) == []
        assert late(too_late, kind) == [(words, "30分")]
    with at("11-25"):
        withdraw_refund(asker, request.pk, "番号違い")
    assert late(at_hour("11-25", "12:00"), "訂正の承認") == []


def test_a_case_is_late_after_its_day_and_a_test_owners_never(five: Cast):
    def case(key: str, **words: object) -> Case:
        told = {"kind": Case.Kind.PAYOUT_RETURNED, "opened_at": jst("2026-11-16 10:00")}
        return Case.objects.create(key=key, **told, **words)

    case("1", owner=five.sakura, due_on=date(2026, 11, 18))
    case("2", owner=five.sakura.twin, due_on=date(2026, 11, 18))
    case("3", owner=five.sakura)
    case("4", chain_id="lawson-test", due_on=date(2026, 11, 18))
    words = "振込不能 学校法人さくら学園"
    assert on(at_hour("11-17", "10:00"), date(2026, 11, 18), "案件の期限") == [(words, False)]
    assert late(at_hour("11-18", "23:59"), "案件の期限") == []
    found = at_hour("12-31", "00:00")
    assert late(found, "案件の期限") == [(words, "42日")]
    Case.objects.filter(key="1").update(status="closed", closed_at=clock.now())
    assert late(at_hour("12-31", "00:00"), "案件の期限") == []


def test_what_is_late_longest_stands_first(five: Cast):
    settled(five.sakura, "11-03")
    found = at_hour("12-02", "10:00")
    instants = [task.due_at for task in found.late if task.due_at]
    assert len(instants) > 1
    assert instants == sorted(instants)


def test_it_asks_a_fixed_number_of_questions_and_writes_nothing(five: Cast):
    def asked() -> list[str]:
        with at("11-20", "10:00"), CaptureQueriesContext(connection) as captured:
            agenda()
        return [query["sql"] for query in captured]

    before = asked()
    operator = person("operator")
    for owner in (five.sakura, five.aoba):
        for _ in range(3):
            payment = settled(owner, "11-03")
            with at("11-19"):
                ask_refund(operator, payment.pk, "重複")
        with at("11-13"):
            make_payee(owner)
            make_payout(owner)
            make_payout(owner, closes_on=date(2026, 11, 10))
    after = asked()
    assert len(after) == len(before) <= 17
    assert all(sql.lstrip().startswith(("SELECT", "DECLARE")) for sql in after)


def test_lateness_is_told_in_the_largest_whole_unit():
    task = Task("案件の期限", date(2026, 11, 16), jst("2026-11-16 00:00"), "x", "y")
    for instant, words in (
        ("2026-11-16 00:59", "59分"),
        ("2026-11-16 23:59", "23時間"),
        ("2026-11-18 12:00", "2日"),
    ):
        assert task.late_by(jst(instant)) == words
