"""印刷の記録: who printed or reprinted which card, when and why; and printing one again."""

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from billing.services.reprints import reprint_card
from billing.web.forms import NumberField
from cards.selectors import members_of, prints_of
from smartpit.edge.pages import obeyed, page_of
from tenants.access import Scope
from tenants.web.gates import StaffRequest


class PrintFilter(forms.Form):
    q = forms.CharField(
        label="会員番号・番号・理由",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )


class ReprintForm(forms.Form):
    reason = forms.CharField(
        label="理由", max_length=200, help_text="印刷の記録に残ります。例: 汚損のため"
    )


@require_safe
def prints(request: StaffRequest, scope: Scope) -> HttpResponse:
    filters = PrintFilter(request.GET)
    text = filters.cleaned_data["q"] if filters.is_valid() else ""
    rows = prints_of(scope)
    if text:
        number = NumberField().to_python(text)
        rows = rows.filter(
            Q(member__reference__icontains=text)
            | Q(card__number=number)
            | Q(batch__reason__icontains=text)
        )
    words = {"page": page_of(request, rows), "filters": filters}
    return render(request, "dashboard/billing/prints.html", words)


@require_http_methods(["GET", "POST"])
def reprint(request: StaffRequest, scope: Scope, member_id: int) -> HttpResponse:
    """Print one member's card again: logged and read back like any other."""
    member = scope.get(members_of(scope), pk=member_id)
    form = ReprintForm(request.POST or None)
    batch = obeyed(
        form, lambda words: reprint_card(scope, member, words["reason"], by=request.user)
    )
    if batch is None:
        words = {
            "form": form,
            "title": f"{member.reference} のカードを印刷",
            "frame": request.gate.frame,
            "submit": "印刷する",
            "back": reverse("dashboard:member", args=[member.pk]),
        }
        return render(request, "form_page.html", words)
    messages.success(request, "カードを印刷しました。PDFをお受け取りください。")
    return redirect("dashboard:batch", batch_id=batch.pk)
