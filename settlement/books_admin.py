"""The centre's books in the back office: trial balance by day, ageing, an owner's balance."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.models import Chain
from settlement.account_words import account_words
from settlement.ageing import BANDS, Aged, ageing
from settlement.balance_paper import balance_pdf, books_of, parts_of
from settlement.books import AccountDay, trial_balance_of
from settlement.standing import BalanceDisagrees, standing_of
from settlement.web.records import BalanceForm, last_month_end
from smartpit.edge.back_office import dressed, site
from smartpit.kernel import clock
from tenants.models import Owner
from tenants.selectors import centre

Row = TypeVar("Row", AccountDay, Aged)


class OwnerBalanceForm(BalanceForm):
    owner = forms.ModelChoiceField(label="オーナー", queryset=Owner.objects.filter(is_test=False))

    field_order = ("owner", "on")


@require_safe
def balance(request: HttpRequest) -> HttpResponse:
    """Show an owner's balance at the end of a day, as the owner sees it; or as its PDF."""
    is_asked = "owner" in request.GET
    form = OwnerBalanceForm(request.GET if is_asked else None, initial={"on": last_month_end()})
    words: dict[str, Any] = {"form": dressed(form), "title": "残高確認書"}
    if is_asked and form.is_valid():
        owner, day = form.cleaned_data["owner"], form.cleaned_data["on"]
        try:
            if "pdf" in request.GET:
                return _paper(owner, day)
            words |= _balance(owner, day)
        except BalanceDisagrees as refused:
            return _page(request, "balance", words | {"refused": refused}, status=500)
    return _page(request, "balance", words)


@require_safe
def trial_balance(request: HttpRequest) -> HttpResponse:
    """Show every account's day: what it stood at, what moved, what it stands at."""
    form = _day_form(request)
    words: dict[str, Any] = {"form": dressed(form), "title": "日次試算表"}
    if form.is_valid():
        rows = trial_balance_of(form.cleaned_data["on"])
        words |= {
            "rows": _named(rows),
            "day": form.cleaned_data["on"],
            "debit_yen": sum(row.debit_yen for row in rows),
            "credit_yen": sum(row.credit_yen for row in rows),
            "opening_yen": sum(row.opening_yen for row in rows),
            "closing_yen": sum(row.closing_yen for row in rows),
        }
    return _page(request, "trial_balance", words)


@require_safe
def ages(request: HttpRequest) -> HttpResponse:
    """Show how old what stands on the clearing accounts is."""
    form = _day_form(request)
    words: dict[str, Any] = {"form": dressed(form), "title": "経過勘定の年齢表"}
    if form.is_valid():
        rows = ageing(form.cleaned_data["on"])
        words |= {
            "bands": _band_words(),
            "rows": _named(row for row in rows if row.balance_yen),
            "day": form.cleaned_data["on"],
        }
    return _page(request, "ageing", words)


site.add_page("books/balance/", balance, "books_balance")
site.add_page("books/trial-balance/", trial_balance, "books_trial_balance")
site.add_page("books/ageing/", ages, "books_ageing")


def _page(
    request: HttpRequest, name: str, words: dict[str, Any], status: int = 200
) -> HttpResponse:
    place = site.each_context(request)
    return render(request, f"back_office/{name}.html", place | words, status=status)


def _day_form(request: HttpRequest) -> BalanceForm:
    return BalanceForm(request.GET if "on" in request.GET else {"on": clock.business_date()})


def _named(rows: Iterable[Row]) -> list[tuple[str, Row]]:
    """Return rows with the words of their accounts."""
    owners = dict(Owner.objects.values_list("pk", "name"))
    chains = dict(Chain.objects.values_list("pk", "name"))
    return [(account_words(row.account, owners, chains), row) for row in rows]


def _band_words() -> list[str]:
    firsts = [0, *(last + 1 for last in BANDS)]
    closed = [f"{first}〜{last}日" for first, last in zip(firsts, BANDS, strict=False)]
    return [*closed, f"{firsts[-1]}日以上"]


def _balance(owner: Owner, day: date) -> dict[str, Any]:
    standing = standing_of(owner, day)
    return {
        "owner": owner,
        "day": day,
        "standing": standing,
        "parts": parts_of(standing),
        "accounts": books_of(standing),
    }


def _paper(owner: Owner, day: date) -> HttpResponse:
    founded = centre()
    assert founded is not None
    paper = balance_pdf(owner, day, standing_of(owner, day), founded)
    answer = HttpResponse(paper, "application/pdf")
    answer["Content-Disposition"] = f'inline; filename="balance-{owner.code}-{day:%Y%m%d}.pdf"'
    return answer
