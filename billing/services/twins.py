"""テスト環境: an owner's test twin pays its own invoices, as if a till of its own stood there.

The payment is taken by the test twin of a chain and booked by the very service behind the till
API; store, terminal and receipt are the centre's to draw.
"""

import json
import secrets
from uuid import UUID

from billing.models import Chain, Invoice, Payment
from billing.refusals import UnknownInvoice
from billing.selectors import payments_of
from billing.services.payments import receive_payment
from billing.tills.notices import PaymentNotice, TillKey
from smartpit.kernel import clock
from tenants.access import NotFound, Scope

DEFAULT_CHAIN = "lawson"
STORE = "0000001"
TERMINAL = "TEST"


def pay_test_invoice(scope: Scope, invoice_id: str, *, chain: str = DEFAULT_CHAIN) -> Payment:
    """Take cash for an invoice of the test side; a till's refusals are raised as they are.

    ``scope`` is a test twin's: the view lets nobody else in, and a live invoice is none to a till
    of the test side. ``chain`` is named as owners know it.
    """
    try:
        invoice = scope.get(Invoice.objects.filter(owner__is_test=True), pk=invoice_id)
    except NotFound:
        raise UnknownInvoice from None
    answer = json.loads(receive_payment(_notice(invoice, chain)).answer)
    return payments_of(scope).get(pk=UUID(answer["payment"]))


def _notice(invoice: Invoice, chain: str) -> PaymentNotice:
    now = clock.now()
    key = TillKey(
        chain=Chain.objects.get(twin_of=chain).pk,
        store=STORE,
        terminal=TERMINAL,
        business_date=clock.business_date(now),
        receipt=secrets.token_hex(6).upper(),
        line=1,
    )
    return PaymentNotice(key, str(invoice.pk), invoice.version, invoice.amount_yen, taken_at=now)
