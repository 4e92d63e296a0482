"""What the tests of closings do again and again: take, confirm, close; days as short words."""

from datetime import date, datetime
from typing import Any

from billing.models import Invoice, Payment
from billing.services.payments import key_of, receive_payment
from settlement.models import Statement
from settlement.services.closing import close_due_periods
from settlement.services.confirmations import Confirmed, confirm_payments
from settlement.services.refunds import refund_payment
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.models import Owner, Staff
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, jst, make_cast, notice, register

NOON = "12:00"
FIRST = date(2026, 11, 1)


def at(day: str, hour: str = NOON) -> Any:
    """Let it be ``day`` (of 2026 where it names no year) at ``hour`` in Japan."""
    return clock.frozen(instant(day, hour))


def instant(day: str, hour: str = NOON) -> datetime:
    return jst(f"{day_of(day).isoformat()} {hour}")


def day_of(text: str) -> date:
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def paid(owner: Owner, day: str, amount_yen: int = 10_000, **words: Any) -> Payment:
    """Register an invoice and pay it on ``day``."""
    with at(day):
        return take(register(owner, amount_yen=amount_yen, **words))


def take(invoice: Invoice) -> Payment:
    """Pay an invoice now."""
    told = notice(invoice)
    receive_payment(told)
    return Payment.objects.get(receipt=told.key.receipt, business_date=told.key.business_date)


def confirm(*payments: Payment, on: str) -> list[Confirmed | DomainError]:
    """Confirm payments at noon of ``on``."""
    with at(on):
        return confirm_payments([key_of(payment) for payment in payments])


def settled(owner: Owner, day: str, amount_yen: int = 10_000, **words: Any) -> Payment:
    """Pay and confirm on the same day."""
    payment = paid(owner, day, amount_yen, **words)
    (outcome,) = confirm(payment, on=day)
    assert isinstance(outcome, Confirmed)
    return payment


def close(upto: str) -> list[Statement]:
    """Close all that is due on ``upto``, as the beat of that day does."""
    with at(upto):
        return close_due_periods(day_of(upto))


def lines_of(statement: Statement) -> dict[str, int]:
    """Return the statement's lines as kind -> yen; only for kinds with one price."""
    return {line.kind: line.amount_yen for line in statement.lines.all()}


def centre_staff(name: str = "operator", role: str = Staff.Role.OPERATOR) -> Staff:
    return invite_staff(StaffAsked(f"{name}@centre.example.com", name, role), "password")[0]


def cast_of(**terms: Any) -> Cast:
    """Return the cast, with sakura closing every five days since 1 November 2026."""
    words: dict[str, Any] = {"cycle": "5-day", "starts_on": FIRST} | terms
    return make_cast(**words)


def only_statement(day: str) -> Statement:
    """Return the one statement that the beat of ``day`` makes."""
    (statement,) = close(day)
    return statement


def refund(payment: Payment, on: str) -> None:
    """Refund a payment by two people of the centre."""
    with at(on):
        people = list(Staff.objects.filter(owner=None).order_by("pk")[:2])
        asked_by, approved_by = people or (centre_staff("a"), centre_staff("b"))
        refund_payment(payment.pk, asked_by=asked_by, approved_by=approved_by)
