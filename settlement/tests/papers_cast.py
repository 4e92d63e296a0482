"""The contract's worked example as a real statement: taken, confirmed, faxed, closed."""

from datetime import date

from billing.models import Payment
from billing.services.faxes import complete_fax
from billing.services.payments import key_of, receive_payment
from settlement.models import Statement
from settlement.services.closing import close_period
from settlement.services.confirmations import confirm_payments
from smartpit.kernel import clock
from tests.cast import Cast, jst, notice, register

CLOSES_ON = date(2026, 10, 31)
EXAMPLE = ((10_000, 909), (55_000, 5_000), (54_999, 5_000))


def worked_example(
    cast: Cast, title: str = "寮費", amounts: tuple[tuple[int, int], ...] = EXAMPLE
) -> Statement:
    """State what sakura's dormitory took in October 2026."""
    with clock.frozen(jst("2026-10-20 12:00")):
        for amount_yen, tax_yen in amounts:
            take(cast, title, amount_yen, tax_yen)
        complete_fax(cast.sakura.pk)
    with clock.frozen(jst("2026-11-09 00:05")):
        statement = close_period(cast.sakura.pk, CLOSES_ON)
    assert statement is not None
    return statement


def take(
    cast: Cast, title: str, amount_yen: int, tax_yen: int | None, tenant: str = "dormitory"
) -> Payment:
    """Take and confirm a payment of a tenant's now."""
    invoice = register(
        cast.sakura, tenant=tenant, title=title, amount_yen=amount_yen, tax_yen=tax_yen
    )
    told = notice(invoice)
    receive_payment(told)
    payment = Payment.objects.get(receipt=told.key.receipt, business_date=told.key.business_date)
    confirm_payments([key_of(payment)])
    return payment
