"""月次収納集計表 on a page and as CSV."""

import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from settlement.monthly import BridgeDisagrees, Monthly, monthly_of
from settlement.web.records import does_not_sum, last_month_end, owner_of
from smartpit.edge.pages import csv_answer
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.web.gates import StaffRequest

_HEADS = ("区分", "日付", "チェーン", "テナント", "件数", "金額")


class MonthForm(forms.Form):
    """A month that has begun."""

    month = forms.CharField(
        label="対象月", max_length=7, widget=forms.TextInput(attrs={"type": "month"})
    )

    def clean_month(self) -> date:
        plain = unicodedata.normalize("NFKC", self.cleaned_data["month"]).replace("ー", "-")
        try:
            month = datetime.strptime(plain, "%Y-%m").date()  # noqa: DTZ007
        except ValueError:
            raise forms.ValidationError("2026-11 のように入力してください。") from None
        if month > clock.business_date():
            raise forms.ValidationError("今月までの月を入力してください。")
        return month


def month_form(request: HttpRequest) -> MonthForm:
    asked = request.GET if "month" in request.GET else {"month": f"{last_month_end():%Y-%m}"}
    return MonthForm(asked)


@require_safe
def monthly(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = month_form(request)
    words: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            words["monthly"] = monthly_of(owner_of(scope), form.cleaned_data["month"])
        except BridgeDisagrees:
            return does_not_sum(request)
    return render(request, "dashboard/records/monthly.html", words)


@require_safe
def monthly_csv(request: StaffRequest, scope: Scope) -> HttpResponseBase:
    form = month_form(request)
    if not form.is_valid():
        return render(request, "dashboard/records/monthly.html", {"form": form}, status=422)
    month = form.cleaned_data["month"]
    try:
        found = monthly_of(owner_of(scope), month)
    except BridgeDisagrees:
        return does_not_sum(request)
    return csv_answer(f"monthly-{month:%Y%m}.csv", _HEADS, _rows(found))


def _rows(found: Monthly) -> Iterator[tuple[Any, ...]]:
    for row in found.rows:
        yield ("収納", row.day, row.chain, row.tenant, row.sums.count, row.sums.yen)
    for word, count, yen in found.steps:
        yield (word, "", "", "", "" if count is None else count, yen)
    for stated in found.statements:
        statement = stated.statement
        sums = (statement.payments_count, statement.gross_yen)
        yield ("精算書の収納額", statement.closes_on, "", "", *sums)
    yield ("精算書の収納額の合計", "", "", "", found.stated.count, found.stated.yen)
