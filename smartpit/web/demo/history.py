"""The demo's past, played day by day through the real services.

Every row has a key of its own (references, receipts), so playing it again adds nothing.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from billing.models import Invoice, Payment
from billing.services.expiry import expire_invoices
from billing.services.invoices import InvoiceAsked, register_invoice, withdraw_invoice
from billing.services.payments import find_payment, receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import PaymentNotice, ReversalNotice, TillKey
from cards.models import Card
from settlement.models import Payout
from settlement.selectors import payee_of
from settlement.services.bank_simulator import send_days_statement
from settlement.services.chain_simulator import send_days_files
from settlement.services.closing import close_due_periods
from settlement.services.payees import PayeeAsked, approve_payee, propose_payee
from settlement.services.payouts import (
    approve_payout,
    content_sha256,
    export_payouts,
    reissue,
    withdraw_approval,
)
from smartpit.kernel import clock
from smartpit.web.demo import cast
from tenants.access import Scope
from tenants.models import Owner, Staff

LATE_AFTER = timedelta(days=20)
STORES = {"lawson": "012345", "ministop": "004567", "familymart": "078901"}


@dataclass(frozen=True)
class Bill:
    """What an owner asks its members for, now and then."""

    owner: str
    title: str
    amounts_yen: tuple[int, ...]
    each_days: int
    tenant: str | None = None
    is_taxed: bool = True


BILLS = (
    Bill("sakura", "前期授業料", (267_900,), 6, "engineering", is_taxed=False),
    Bill("sakura", "実験実習費", (18_000, 25_000), 4, "engineering", is_taxed=False),
    Bill("aoba", "書籍代金", (5_980, 8_300, 16_600), 1, "books"),
    Bill("aoba", "店頭予約", (2_400, 3_600), 2, "cafe"),
    Bill("tsubasa", "年会費", (5_500,), 2),
    Bill("tsubasa", "公演チケット", (8_800, 17_600, 55_000), 3),
)
DORM_FEE_YEN = 38_000


def play_history(begins: date) -> None:
    """Play every day from ``begins`` to today; today only as far as it has come."""
    today = clock.business_date()
    _register_dorm_fees(begins)
    day = begins
    while day < today:
        _play_day(day, begins)
        day += timedelta(days=1)
    _open_a_case(today)
    if clock.now() >= _files_come(today):  # Else beat will send them when it is time.
        _send_files(today, begins)


def _play_day(day: date, begins: date) -> None:
    _send_files(day, begins)
    with clock.frozen(_at(day, 6)):
        expire_invoices()
        close_due_periods(day)
    with clock.frozen(_at(day, 10)):
        _move_payouts(day)
    _sell(day)
    _charge(day, begins)
    with clock.frozen(_at(day, 18)):
        _hear_the_bank()


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), clock.JST)


# -- invoices and payments ----------------------------------------------------------------------


def _register_dorm_fees(begins: date) -> None:
    """The dormitory's monthly fee: one registration, paid again each month."""
    with clock.frozen(_at(begins, 7)):
        for card in _cards("sakura")[:6]:
            asked = InvoiceAsked(
                reference=f"DORM-{card.number}",
                number=card.number,
                title="寮費（月額）",
                amount_yen=DORM_FEE_YEN,
                tax_yen=0,
                tenant="dormitory",
                repeats=True,
            )
            register_invoice(_scope("sakura"), asked)


def _sell(day: date) -> None:
    for bill in BILLS:
        if day.toordinal() % bill.each_days:
            continue
        dice = random.Random(f"{bill.title}{day}")  # noqa: S311  A story, no secret.
        amount_yen = dice.choice(bill.amounts_yen)
        card = dice.choice(_cards(bill.owner))
        with clock.frozen(_at(day, 9, dice.randrange(60))):
            asked = InvoiceAsked(
                reference=f"{day:%y%m%d}-{BILLS.index(bill)}",
                number=card.number,
                title=bill.title,
                amount_yen=amount_yen,
                tax_yen=cast.tax_within(amount_yen) if bill.is_taxed else 0,
                tenant=bill.tenant,
                due_on=day + timedelta(days=14),
            )
            invoice = register_invoice(_scope(bill.owner), asked).invoice
        if dice.random() < 0.85:
            _pay(invoice, day, dice, receipt=f"A{BILLS.index(bill)}")


def _charge(day: date, begins: date) -> None:
    """Members of pixel charge what they like; dormitory fees are paid at the month's beginning."""
    dice = random.Random(f"charge{day}")  # noqa: S311
    for turn in range(3):
        card = dice.choice(_cards("pixel"))
        menu = list(Invoice.objects.filter(card=card, repeats=True).order_by("amount_yen"))
        _pay(dice.choice(menu), day, dice, receipt=f"C{turn}")
    if day.day == min(5, begins.day + 4):
        for place, card in enumerate(_cards("sakura")[:6]):
            invoice = Invoice.objects.get(card=card, reference=f"DORM-{card.number}")
            _pay(invoice, day, dice, receipt=f"D{place}")
    if day == begins + timedelta(days=9):
        _undo_one(day)


def _pay(invoice: Invoice, day: date, dice: random.Random, *, receipt: str) -> None:
    chain = dice.choice(sorted(STORES))
    taken_at = _at(day, dice.randrange(11, 19), dice.randrange(60))
    key = TillKey(chain, STORES[chain], "01", day, f"{day:%m%d}-{receipt}", 1)
    if find_payment(key) is not None or invoice.status == Invoice.Status.PAID:
        return
    with clock.frozen(taken_at):
        told = PaymentNotice(key, str(invoice.pk), invoice.version, invoice.amount_yen, taken_at)
        receive_payment(told)


def _undo_one(day: date) -> None:
    """The reversal: a payer changed her mind at the counter."""
    found = Payment.objects.filter(business_date=day, status=Payment.Status.REPORTED)
    payment = found.order_by("taken_at").first()
    if payment is not None and payment.taken_at is not None:
        with clock.frozen(payment.taken_at + timedelta(minutes=3)):
            reverse_payment(ReversalNotice(_key(payment), "お客さま都合"))


def _open_a_case(today: date) -> None:
    """The open case: a till was offline and took cash for an invoice its owner had withdrawn."""
    day = today - timedelta(days=1)
    card = _cards("aoba")[0]
    with clock.frozen(_at(day, 9)):
        asked = InvoiceAsked(
            "CASE-1", card.number, "取り寄せ書籍", 4_400, tax_yen=400, tenant="books"
        )
        invoice = register_invoice(_scope("aoba"), asked).invoice
    key = TillKey("familymart", STORES["familymart"], "02", day, "9999", 1)
    if find_payment(key) is None:
        with clock.frozen(_at(day, 10)):
            withdraw_invoice(_scope("aoba"), str(invoice.pk))
        with clock.frozen(_at(day, 11)):
            receive_payment(
                PaymentNotice(key, str(invoice.pk), 1, 4_400, _at(day, 9, 30), advice=True)
            )


# -- confirmation and payout --------------------------------------------------------------------


def _files_come(day: date) -> datetime:
    return _at(day, 5, 30)


def _send_files(day: date, begins: date) -> None:
    """The chains' files of this day: the payments of two days before, one much later."""

    def is_held_back(payment: Payment) -> bool:
        return _is_late(payment, begins) and day < payment.business_date + LATE_AFTER

    with clock.frozen(_files_come(day)):
        send_days_files(held_back=is_held_back)


def _is_late(payment: Payment, begins: date) -> bool:
    """The late confirmation: one store's record came back weeks after its period was stated."""
    return payment.business_date == begins + timedelta(days=3) and payment.receipt.endswith("C0")


def _move_payouts(day: date) -> None:
    approver, operator = _person("approver"), _person("operator")
    for payout in Payout.objects.filter(status=Payout.Status.APPROVED):
        if payout.payee != payee_of(payout.owner_id):  # Another account has begun to hold.
            withdraw_approval(operator, payout.pk)
    for payout in Payout.objects.filter(status=Payout.Status.PROPOSED).order_by("proposed_at"):
        payee = payee_of(payout.owner_id)
        if payee is None or (payout.reissues and payout.reissues.payee == payee):
            continue  # The account that a transfer came back from is changed first.
        approve_payout(approver, payout.pk, content_sha256(payout, payee))
    due = Payout.objects.filter(status=Payout.Status.APPROVED, pays_on__lte=day + timedelta(days=4))
    for pays_on in sorted(set(due.values_list("pays_on", flat=True))):
        export_payouts(operator, list(due.filter(pays_on=pays_on).values_list("pk", flat=True)))


def _hear_the_bank() -> None:
    """The bank's statement tells what chains sent, what was paid and what came back."""
    send_days_statement(comes_back=_comes_back)
    returned = Payout.objects.filter(status=Payout.Status.RETURNED, reissued_as=None)
    for payout in returned.order_by("pk"):
        _change_account(payout.owner)
        reissue(_person("operator"), payout.pk)


def _change_account(owner: Owner) -> None:
    """The name was written wrongly: two people who have no part in payouts put it right."""
    former = payee_of(owner.pk)
    assert former is not None
    wanted = PayeeAsked(
        bank_code=former.bank_code,
        branch_code=former.branch_code,
        account_number=former.account_number,
        holder_name="カ)ピクセル",
    )
    proposed = propose_payee(_person("admin"), owner, wanted)
    approve_payee(_person("checker"), proposed.pk)


def _comes_back(payout: Payout) -> bool:
    """The returned transfer: the second one of pixel, once."""
    if payout.owner.code != "pixel" or payout.reissues_id is not None:
        return False
    first_two = Payout.objects.filter(owner=payout.owner, reissues=None).order_by("proposed_at")[:2]
    return len(first_two) == 2 and first_two[1].pk == payout.pk


# -- who and what -------------------------------------------------------------------------------


def _key(payment: Payment) -> TillKey:
    return TillKey(
        payment.chain_id,
        payment.store,
        payment.terminal,
        payment.business_date,
        payment.receipt,
        payment.line,
    )


def _scope(owner: str) -> Scope:
    return Scope(owner_id=Owner.objects.get(code=owner, is_test=False).pk)


def _cards(owner: str) -> list[Card]:
    cards = Card.objects.filter(members__owner__code=owner, members__owner__is_test=False)
    return list(cards.order_by("counter"))


def _person(role: str) -> Staff:
    return Staff.objects.get(email=f"{role}@centre.example")
