"""チャージメニュー: what an owner's cards can be charged with."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from billing.models import Menu
from billing.services.menus import make_menu
from billing.web.forms import MenuForm, MenuItemForms
from smartpit.edge.pages import obeyed
from tenants.access import Scope
from tenants.web.gates import StaffRequest


@require_safe
def menus(request: StaffRequest, scope: Scope) -> HttpResponse:
    rows = scope.rows(Menu.objects.select_related("tenant").prefetch_related("items"))
    return render(request, "dashboard/billing/menus.html", {"menus": rows.order_by("code")})


@require_http_methods(["GET", "POST"])
def make(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = MenuForm(request.POST or None, scope=scope)
    items = MenuItemForms(request.POST or None, prefix="items")
    if request.method == "POST" and items.is_valid():
        made = obeyed(form, lambda words: make_menu(scope, form.asked(words, items.cleaned_data)))
        if made is not None:
            messages.success(request, f"チャージメニュー {made.code} を作成しました。")
            return redirect("dashboard:menus")
    return render(request, "dashboard/billing/make_menu.html", {"form": form, "items": items})
