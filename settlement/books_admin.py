"""The centre's books in the back office: an owner's balance on a day."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from settlement.balance_paper import balance_pdf, books_of, parts_of
from settlement.standing import BalanceDisagrees, standing_of
from settlement.web.records import BalanceForm, last_month_end
from smartpit.edge.back_office import RowsAdmin, dressed
from tenants.models import Owner
from tenants.selectors import centre


class OwnerBalanceForm(BalanceForm):
    owner = forms.ModelChoiceField(label="オーナー", queryset=Owner.objects.filter(is_test=False))

    field_order = ("owner", "on")


class BooksPages(RowsAdmin):
    """Pages that belong to no one row; a subclass hangs them under its own address."""

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"books/{address}",
                self.admin_site.admin_view(require_safe(view)),
                name=f"settlement_{name}",
            )
            for address, view, name in (("balance/", self.balance_view, "balance"),)
        ]
        return [*own, *super().get_urls()]

    def balance_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show an owner's balance at the end of a day, as the owner sees it; or as its PDF."""
        is_asked = "owner" in request.GET
        form = OwnerBalanceForm(request.GET if is_asked else None, initial={"on": last_month_end()})
        words: dict[str, Any] = {"form": dressed(form)}
        if is_asked and form.is_valid():
            owner, day = form.cleaned_data["owner"], form.cleaned_data["on"]
            try:
                if "pdf" in request.GET:
                    return _paper(owner, day)
                words |= _balance(owner, day)
            except BalanceDisagrees as refused:
                return self._page(request, "balance", {"form": form, "refused": refused}, 500)
        return self._page(request, "balance", words)

    def _page(
        self, request: HttpRequest, name: str, words: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        titles = {"balance": "残高確認書"}
        place = {
            **self.admin_site.each_context(request),
            "title": titles[name],
            "opts": self.model._meta,
        }
        return render(request, f"back_office/{name}.html", place | words, status=status)


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
