"""The till API (contract section 4): parse, call, answer."""

import json
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing import tasks
from billing.api.till import answers, forms
from billing.api.till.credentials import chain_of
from billing.api.till.observing import observe
from billing.api.till.paying import pay
from billing.api.till.showing import line_bodies, show, slip_words
from billing.models import Chain, Payment
from billing.services.payments import find_payment
from billing.services.reversals import reverse_payment
from billing.services.slips import print_slip
from billing.services.terminals import inquiring
from billing.tills.group_commit import Lost
from billing.tills.inquiry import PayableLine
from billing.tills.notices import Receipt
from smartpit.edge.described import described
from smartpit.edge.forms import read, read_query
from smartpit.edge.pagination import page_of
from smartpit.edge.problems import Unauthorized, Unavailable, problem
from smartpit.edge.views import KeyView, answer
from smartpit.kernel import clock
from tenants.access import CENTRE

_REFUSED = (
    "key_reused reversed_before clock unknown_invoice unknown_slip slip_expired card_suspended "
    "card_replaced invoice_withdrawn already_paid invoice_expired invoice_suspended version_stale "
    "amount_differs limit_reached"
)


_INQUIRY_REFUSED = (
    "unknown_number unknown_slip slip_expired card_suspended card_replaced too_many_misses"
)
_SLIP_REFUSED = (
    "unknown_number unknown_invoice card_suspended card_replaced invoice_withdrawn already_paid "
    "invoice_expired invoice_suspended limit_reached too_many_misses"
)


class TillView(KeyView):
    """A call of a store chain's system."""

    chain: Chain
    raw = b""

    def enter(self, request: Request, secret: str) -> None:  # noqa: ARG002  The key is enough.
        chain = chain_of(secret)
        if chain is None:
            raise Unauthorized
        self.chain = chain

    def body(self) -> bytes:
        self.raw = super().body()
        return self.raw

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answered = super().finalize_response(request, response, *args, **kwargs)
        if hasattr(self, "chain"):
            observe(self.chain, request, self.raw, answered)
        return answered


class Inquiries(TillView):
    @described(
        "照会",
        body=forms.INQUIRY,
        answers={200: answers.INQUIRED},
        refuses=_INQUIRY_REFUSED,
    )
    def post(self, _request: Request) -> HttpResponse:
        return answer(show(self.chain, self.body()))


class Slips(TillView):
    @described("申込券", body=forms.SLIP, answers={201: answers.SLIP}, refuses=_SLIP_REFUSED)
    def post(self, _request: Request) -> HttpResponse:
        words = self.words(forms.SLIP)
        asked = forms.slip_asked(self.chain, words)
        with inquiring(forms.place(self.chain.pk, words)):
            printed = print_slip(asked)
        slip = printed.slip
        lines = [PayableLine.of(invoice) for invoice in printed.invoices]
        body = slip_words(slip.code, slip.expires_at) | {
            "amount_yen": slip.amount_yen,
            "barcode": slip.barcode,
            "lines": line_bodies(lines, printed.stamped),
        }
        return answer(body, status=201)


class Payments(TillView):
    @described(
        "収納",
        body=forms.PAYMENT,
        answers={201: answers.RECEIPT, 200: answers.RECEIPT},
        refuses=_REFUSED,
    )
    def post(self, _request: Request) -> HttpResponse:
        try:
            return receipt_answer(pay(self.chain.pk, self.body()))
        except Lost:
            return problem(Unavailable())

    @described("営業日の一覧", query=forms.DAY_QUERY, answers={200: answers.PAYMENTS})
    def get(self, request: Request) -> HttpResponse:
        words = read_query(forms.DAY_QUERY, request.query_params.lists())
        rows = Payment.objects.filter(chain=self.chain, business_date=words["business_date"])
        return answer(page_of(CENTRE.rows(rows), words, newest_by="booked_at", body=_row_body))


class PaymentStatus(TillView):
    @described("キーの状態", answers={200: answers.STATUS}, refuses="malformed")
    def get(self, _request: Request, **key: str) -> HttpResponse:
        words: dict[str, Any] = dict(key) | {"line": forms.line_in_address(key["line"])}
        form = {name: forms.PAYMENT[name] for name in words}
        payment = find_payment(forms.till_key(self.chain.pk, read(form, words)))
        return answer({"status": "never_seen"} if payment is None else _status_body(payment))


class Reversals(TillView):
    @described(
        "速報取消",
        body=forms.REVERSAL,
        answers={201: answers.REVERSED, 200: answers.REVERSED},
        refuses="reversal_too_late",
    )
    def post(self, _request: Request) -> HttpResponse:
        notice = forms.reversal_notice(self.chain.pk, self.words(forms.REVERSAL))
        receipt = reverse_payment(notice)
        tasks.ring()
        return receipt_answer(receipt)


def receipt_answer(receipt: Receipt) -> HttpResponse:
    """Return the first answer's bytes; a repetition is 200 and says so."""
    if receipt.replayed:
        return answer(receipt.answer, headers={"Idempotent-Replayed": "true"})
    return answer(receipt.answer, status=201)


def _status_body(payment: Payment) -> dict[str, Any]:
    first: dict[str, Any] = json.loads(payment.answer)
    return first | _present(payment)


def _present(payment: Payment) -> dict[str, Any]:
    """Return what a key holds today; a tombstone holds no more than its name."""
    status = str(payment.status)
    if payment.status == Payment.Status.TOMBSTONE:
        return {"status": status}
    return {"payment": str(payment.pk), "status": status}


def _row_body(payment: Payment) -> dict[str, Any]:
    words = {
        "store": payment.store,
        "terminal": payment.terminal,
        "business_date": payment.business_date.isoformat(),
        "receipt": payment.receipt,
        "line": payment.line,
        "booked_at": payment.booked_at.astimezone(clock.JST).isoformat(),
    }
    return words | _status_body(payment)
