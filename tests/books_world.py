"""A small world with every kind of fact in its books, made by the real services."""

from datetime import timedelta

from billing.models import Fax, Invoice, Notice, NoticeChannel, Payment
from billing.services.assignments import assign_suspense
from billing.services.batches import BatchAsked, order_batch
from billing.services.expiry import expire_invoices
from billing.services.invoices import change_invoice, withdraw_invoice
from billing.services.payments import receive_payment
from billing.services.printing import print_batch
from billing.services.reversals import reverse_payment
from billing.services.twins import pay_test_invoice
from cards.services import issue_card
from settlement.models import Payout, Remittance
from settlement.services.bank_files import customer_codes
from settlement.services.bank_rulings import rule_as_own
from settlement.services.payouts import export_payouts, mark_paid, reissue, take_back
from settlement.services.refunds import refund_payment
from settlement.services.remittances import draw_remittances
from settlement.services.twins import confirm_test_payments
from settlement.tests.bank_cast import agreed, bank_says, came, entry_of, went
from settlement.tests.chain_file_cast import file_bytes, row, send
from settlement.tests.payout_cast import approved, make_payee, person
from settlement.tests.scene import at, close, confirm, day_of, instant, take
from tenants.access import Scope
from tenants.models import Owner
from tests.cast import Cast, make_cast, notice, register, reversal


def make_world() -> Cast:
    """Play November 2026 of an owner that closes every five days, and of its neighbour."""
    with at("11-01"):
        cast = make_cast(cycle="5-day", starts_on=day_of("11-01"))
    with at("11-03"):
        _take_first_payments(cast)
        _leave_tills_doubt(cast)
    with at("11-04"):
        _print_cards(cast)
        _fax(cast)
    with at("11-07"):
        second = take(bill(cast.sakura, amount_yen=20_000))
        take(bill(cast.aoba))
    with at("11-08"):
        send(file_bytes(row(second), row(second)))
    close("11-13")
    close("11-18")
    _pay_out(cast)
    _refund(cast)
    close("11-24")
    close("12-01")
    _bring_money()
    return cast


def _bring_money() -> None:
    """The bank tells of a chain's remittance, of both payouts, and of lines nobody knows."""
    agreed(payment_fee_yen=50, transfer_fee_yen=440)
    with at("11-16"):
        draw_remittances()
    first, second = Payout.objects.filter(reissues=None).order_by("pays_on")[:2]
    due = Remittance.objects.get(cut_off=day_of("11-05"))
    bank_says(
        came("11-16", due.amount_yen - 1_000),
        came("11-17", 3_000, "ﾀﾞﾚｶ"),
        came("11-18", 7_000, "ｾﾝﾀ-"),
        went("11-20", first.amount_yen),
        went("11-25", second.amount_yen),
        went("11-25", 440, summary="ﾃｽｳﾘﾖｳ"),
        came("11-26", second.amount_yen, "", edi=customer_codes(second)[1], summary="ｸﾐﾓﾄﾞｼ"),
        opening_yen=1_000_000,
    )
    with at("11-27"):
        rule_as_own(person("operator"), entry_of(440).pk, "銀行手数料")
        rule_as_own(person("operator"), entry_of(7_000).pk, "資金の移動")


def _fax(cast: Cast) -> None:
    """Let one FAX go through, and one fail, which costs nothing."""
    channel = NoticeChannel.objects.create(
        owner=cast.sakura, fax_number="0312345678", changed_at=instant("11-04")
    )
    named = {"owner": cast.sakura, "channel": channel, "rung": "fax", "to": "0312345678"}
    whence = {"made_at": instant("11-04"), "next_attempt_at": instant("11-04")}
    sent = Notice.objects.create(**named, **whence, status="sent", sent_at=instant("11-04"))
    Notice.objects.create(**named, **whence, status="failed")
    Fax.objects.create(
        owner=cast.sakura,
        completed_on=day_of("11-04"),
        completed_at=instant("11-04"),
        notice=sent,
    )


def _print_cards(cast: Cast) -> None:
    members = "member_reference,member_name\nM1,髙橋\nM2,林\nM3,森\n".encode()
    print_batch(str(order_batch(cast.scope, BatchAsked("members.csv", members)).pk))


def bill(owner: Owner, **words: object) -> Invoice:
    """Register an invoice on a card whose number was really drawn."""
    return register(owner, number=issue_card("joint", owner=owner).number, **words)


def _take_first_payments(cast: Cast) -> None:
    lecture = bill(cast.sakura, tenant="engineering", amount_yen=9_000)
    change_invoice(cast.scope, str(lecture.pk), {"amount_yen": 10_000, "tax_yen": 909})
    lecture.refresh_from_db()
    payments = [
        take(lecture),
        take(bill(cast.sakura, tenant="dormitory", amount_yen=55_000, tax_yen=5_000)),
        take(bill(cast.sakura, amount_yen=54_999, tax_yen=5_000)),
        take(bill(cast.sakura, tenant="dormitory", amount_yen=1_500, repeats=True)),
    ]
    confirm(*payments, on="11-04")


def _leave_tills_doubt(cast: Cast) -> None:
    """A reversal, one that came first, cash of no known invoice, and cash that came too late."""
    undone = notice(bill(cast.sakura, tenant="engineering"))
    receive_payment(undone)
    reverse_payment(reversal(undone))
    reverse_payment(reversal(notice("never seen")))
    receive_payment(notice("00000000-0000-0000-0000-000000000000", advice=True))
    receive_payment(notice("on the test side", chain="lawson-test", advice=True))
    found = notice("a number misread", amount_yen=8_000, advice=True)
    receive_payment(found)
    its = bill(cast.sakura, amount_yen=8_000)
    suspense = Payment.objects.get(receipt=found.key.receipt)
    assign_suspense(person("operator"), suspense.pk, its.pk, "店舗に確認しました。")

    withdrawn = bill(cast.sakura)
    withdraw_invoice(cast.scope, str(withdrawn.pk))
    receive_payment(notice(withdrawn, advice=True))
    withdraw_invoice(cast.scope, str(bill(cast.sakura).pk))
    _play_on_the_test_side(cast)
    due_on = day_of("11-03")
    bill(cast.sakura, due_on=due_on)
    expire_invoices(instant("11-03") + timedelta(days=1))


def _play_on_the_test_side(cast: Cast) -> None:
    """A test payment that is confirmed, one that is not, and cash of no known test invoice."""
    twin = Scope(owner_id=cast.sakura.twin.pk)
    settled = pay_test_invoice(twin, str(bill(cast.sakura.twin, amount_yen=4_321).pk))
    confirm_test_payments(twin, [str(settled.pk)])
    pay_test_invoice(twin, str(bill(cast.sakura.twin).pk), chain="familymart")
    nobodys = "00000000-0000-0000-0000-000000000001"
    receive_payment(notice(nobodys, chain="lawson-test", advice=True))


def _pay_out(cast: Cast) -> None:
    """The first payout is paid; the second comes back and is proposed anew."""
    clerk, approver, operator = person("operator"), person("approver"), person("operator")
    with at("11-18", "13:00"):
        make_payee(cast.sakura, clerk)
        first, second = Payout.objects.order_by("pays_on")
        for payout in (first, second):
            approved(payout, approver)
        export_payouts(operator)
        export_payouts(operator)
    with at("11-26"):
        mark_paid(operator, first.pk)
        take_back(operator, second.pk, "口座なし")
        make_payee(cast.sakura, clerk, account_number="7654322")
        again = reissue(operator, second.pk)
        approved(again, approver)


def _refund(cast: Cast) -> None:
    """55,000 yen go back, which the period cannot bear: a negative balance is carried."""
    with at("11-12"):
        dear = cast.sakura.payments.get(amount_yen=55_000)
        refund_payment(dear.pk, asked_by=person("operator"), approved_by=person("approver"))
    with at("11-17"):
        later = take(bill(cast.sakura, tenant="engineering", amount_yen=100_000))
    confirm(later, on="11-18")
