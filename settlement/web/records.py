"""帳簿・書類: what an owner's accountant takes away: balances, monthly sums, journals, papers."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from settlement.balance_paper import balance_pdf, books_of, parts_of
from settlement.standing import BalanceDisagrees, standing_of
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Owner
from tenants.selectors import centre
from tenants.web.gates import StaffRequest


def day_field(label: str, **words: Any) -> forms.DateField:
    marks = {"type": "date"}
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs=marks), **words
    )


class BalanceForm(forms.Form):
    """The day whose end is asked for; a day to come has no balance yet."""

    on = day_field("基準日")

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day > clock.business_date():
            raise forms.ValidationError("今日までの日付を入力してください。")
        return day


def last_month_end() -> date:
    return clock.business_date().replace(day=1) - timedelta(days=1)


def balance_form(words: QueryDict) -> BalanceForm:
    """Return the form with a reader's words, or with the last month's end where there are none."""
    return BalanceForm(words if "on" in words else {"on": last_month_end()})


@require_safe
def records(request: StaffRequest, scope: Scope) -> HttpResponse:  # noqa: ARG001
    return render(request, "dashboard/records/records.html")


@require_safe
def balance(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Show what the centre owes the owner at the end of a day, unless the books say otherwise."""
    form = balance_form(request.GET)
    words: dict[str, object] = {"form": form}
    if form.is_valid():
        day = form.cleaned_data["on"]
        try:
            standing = standing_of(owner_of(scope), day)
        except BalanceDisagrees:
            return does_not_sum(request)
        words |= {
            "day": day,
            "standing": standing,
            "parts": parts_of(standing),
            "accounts": books_of(standing),
        }
    return render(request, "dashboard/records/balance.html", words)


@require_safe
def balance_paper(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Give the certificate as PDF, on the terms of the page."""
    form = balance_form(request.GET)
    if not form.is_valid():
        return render(request, "dashboard/records/balance.html", {"form": form}, status=422)
    owner, day, founded = owner_of(scope), form.cleaned_data["on"], centre()
    assert founded is not None
    try:
        paper = balance_pdf(owner, day, standing_of(owner, day), founded)
    except BalanceDisagrees:
        return does_not_sum(request)
    answer = HttpResponse(paper, "application/pdf")
    answer["Content-Disposition"] = f'inline; filename="balance-{owner.code}-{day:%Y%m%d}.pdf"'
    return answer


def owner_of(scope: Scope) -> Owner:
    return scope.get(Owner.objects.all(), pk=scope.owner)


def does_not_sum(request: StaffRequest) -> HttpResponse:
    words = {"frame": request.gate.frame}
    return render(request, "dashboard/records/does_not_sum.html", words, status=500)
