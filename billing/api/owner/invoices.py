"""Owner API: invoices."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing import selectors, tasks
from billing.api.owner import answers, forms
from billing.services import invoices
from billing.services.invoices import invoice_body
from smartpit.edge.described import described
from smartpit.edge.filters import Listing
from smartpit.edge.forms import read, read_json
from smartpit.edge.views import answer
from tenants.api.authentication import OwnerKeyView

_LIST = Listing(
    newest_by="registered_at",
    at="registered_at",
    told_as="`registered_at`",
    by={
        "tenant": "tenant__code",
        "status": "status",
        "reference": "reference",
        "number": "card__number",
        "member_reference": "card__number__in",
    },
)
_REFUSED = (
    "unknown_tenant reference_reused unknown_number tenant_not_live card_suspended card_replaced "
    "registration_expired repeat_option_missing"
)
_ENDED = "already_paid invoice_withdrawn invoice_expired"


class Invoices(OwnerKeyView):
    @described(
        "請求情報を登録",
        body=forms.INVOICE,
        answers={201: answers.INVOICE, 200: answers.INVOICE},
        refuses=_REFUSED,
    )
    def post(self, _request: Request) -> HttpResponse:
        asked = forms.invoice_asked(self.words(forms.INVOICE))
        registered = invoices.register_invoice(self.scope, asked)
        return answer(registered.answer, status=201 if registered.is_new else 200)

    @described("請求情報の一覧", query=_LIST.query, answers={200: answers.INVOICES})
    def get(self, request: Request) -> HttpResponse:
        rows = selectors.invoices_of(self.scope)
        meant = {"member_reference": partial(selectors.numbers_of_member, self.scope)}
        return answer(_LIST.page(request.query_params, rows, invoice_body, meant))


class OneInvoice(OwnerKeyView):
    @described("請求情報を取得", answers={200: answers.INVOICE})
    def get(self, _request: Request, invoice: str) -> HttpResponse:
        return answer(invoice_body(self.scope.get(selectors.invoices_of(self.scope), pk=invoice)))

    @described("請求情報を変更", body=forms.CHANGE, answers={200: answers.INVOICE}, refuses=_ENDED)
    def patch(self, _request: Request, invoice: str) -> HttpResponse:
        sent = read_json(self.body())
        changes: dict[str, Any] = forms.invoice_changes(read(forms.CHANGE, sent), set(sent))
        return answer(invoice_body(invoices.change_invoice(self.scope, invoice, changes)))

    @described("請求情報を削除", answers={200: answers.INVOICE}, refuses=_ENDED)
    def delete(self, _request: Request, invoice: str) -> HttpResponse:
        withdrawn = invoices.withdraw_invoice(self.scope, invoice)
        tasks.ring()
        return answer(invoice_body(withdrawn))
