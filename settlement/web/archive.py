"""書類の検索と年次の一括ダウンロード."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.models import Payment
from settlement.archive import (
    KINDS,
    PAYMENT_HEADS,
    PAYOUT_HEADS,
    STATEMENT_HEADS,
    Sought,
    payment_rows,
    payments_sought,
    payout_rows,
    payouts_sought,
    statement_rows,
    statements_sought,
)
from settlement.models import Statement
from settlement.waterfall import DoesNotSum
from settlement.web.records import day_field, does_not_sum, owner_of
from settlement.year_archive import require_sums, year_zip
from smartpit.edge.pages import csv_answer, page_of
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.web.gates import StaffRequest

_SEEKING: dict[str, tuple[Any, Any, tuple[str, ...]]] = {
    "payment": (payments_sought, payment_rows, PAYMENT_HEADS),
    "statement": (statements_sought, statement_rows, STATEMENT_HEADS),
    "payout": (payouts_sought, payout_rows, PAYOUT_HEADS),
}


class SearchForm(forms.Form):
    """取引年月日, 金額, 取引先: each may be left out, all hold together."""

    kind = forms.ChoiceField(label="書類", choices=list(KINDS.items()))
    since = day_field("取引年月日（から）", required=False)
    upto = day_field("取引年月日（まで）", required=False)
    least_yen = forms.IntegerField(label="金額（以上）", required=False)
    most_yen = forms.IntegerField(label="金額（以下）", required=False)
    counterparty = forms.CharField(label="取引先", required=False, max_length=100)

    def clean(self) -> dict[str, Any]:
        words = self.cleaned_data
        for low, high in (("since", "upto"), ("least_yen", "most_yen")):
            first, last = words.get(low), words.get(high)
            if first is not None and last is not None and first > last:
                self.add_error(high, "範囲の終わりが始まりより前です。")
        return words

    @property
    def sought(self) -> Sought:
        return Sought(**{name: self.cleaned_data[name] for name in Sought.__dataclass_fields__})


@require_safe
def search(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = _form(request)
    words: dict[str, Any] = {"form": form, "years": _years(scope)}
    if form.is_valid():
        kind = form.cleaned_data["kind"]
        found, *_ = _SEEKING[kind]
        words |= {"kind": kind, "page": page_of(request, found(scope, form.sought))}
    return render(request, "dashboard/records/search.html", words)


@require_safe
def search_csv(request: StaffRequest, scope: Scope) -> HttpResponseBase:
    form = _form(request)
    if not form.is_valid():
        words = {"form": form, "years": _years(scope)}
        return render(request, "dashboard/records/search.html", words, status=422)
    kind = form.cleaned_data["kind"]
    found, rows, heads = _SEEKING[kind]
    return csv_answer(f"{kind}s.csv", heads, rows(found(scope, form.sought)))


@require_safe
def year(request: StaffRequest, scope: Scope, year: int) -> HttpResponseBase:
    if not 2000 <= year <= clock.business_date().year:
        raise Http404
    try:
        require_sums(scope, year)
    except DoesNotSum:
        return does_not_sum(request)
    answer = StreamingHttpResponse(year_zip(scope, year), content_type="application/zip")
    name = f"{owner_of(scope).code}-{year}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _form(request: StaffRequest) -> SearchForm:
    return SearchForm(request.GET if "kind" in request.GET else {"kind": "payment"})


def _years(scope: Scope) -> list[int]:
    """Return the years to take away: from the first with anything in it."""
    this = clock.business_date().year
    stated = scope.rows(Statement.objects.order_by("stated_on")).first()
    paid = scope.rows(Payment.objects.order_by("booked_at")).first()
    firsts = [stated.stated_on.year] if stated else []
    firsts += [paid.business_date.year] if paid else []
    return list(range(this, min(firsts, default=this) - 1, -1))
