"""テナント: an owner sees its tenants and applies for new ones."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from smartpit.edge.pages import obeyed, page_of
from tenants.access import Scope
from tenants.selectors import tenants_of
from tenants.services import open_tenant
from tenants.web.forms import TenantForm
from tenants.web.gates import StaffRequest


@require_safe
def tenants(request: StaffRequest, scope: Scope) -> HttpResponse:
    words = {"page": page_of(request, tenants_of(scope))}
    return render(request, "dashboard/tenants/tenants.html", words)


@require_http_methods(["GET", "POST"])
def apply(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = TenantForm(request.POST or None)
    opened = obeyed(form, lambda words: open_tenant(scope, form.asked_of(words)))
    if opened is None:
        words = {
            "form": form,
            "title": "テナントを申請",
            "frame": request.gate.frame,
            "lead": "センターの審査が済むと、請求情報を登録できるようになります。",
        }
        return render(request, "form_page.html", words | {"submit": "申請する"})
    messages.success(request, f"{opened.name} を申請しました。センターの審査をお待ちください。")
    return redirect("dashboard:tenants")
