"""カード発行依頼: a member list goes up, cards come back as PDF."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from billing.selectors import menus_of
from billing.services.batches import DESIGNS, BatchAsked, order_batch
from billing.tasks import ring_printer
from cards.models import Batch, BatchFile
from cards.selectors import batch_of, batches_of
from smartpit.edge.pages import obeyed, page_of
from tenants.access import Scope
from tenants.web.gates import StaffRequest

ERRORS_SHOWN = 500
_DESIGN_WORDS = {"default": "標準デザイン"}
# What each code of a member file's row says to a person.
ERROR_WORDS = {
    "reference_duplicate": "会員番号が重複しています",
    "reference_missing": "会員番号がありません",
    "name_missing": "氏名がありません",
    "glyph_missing": "印刷できない文字があります",
    "encoding": "文字コードを読み取れません",
}


class OrderForm(forms.Form):
    member_file = forms.FileField(
        label="会員ファイル（CSV）",
        help_text="UTF-8 または Shift_JIS。1行目は "
        "member_reference,member_name[,postal_code,address1,address2] です。",
    )
    design = forms.ChoiceField(
        label="デザイン", choices=[(name, _DESIGN_WORDS.get(name, name)) for name in DESIGNS]
    )
    menu = forms.ChoiceField(label="チャージメニュー", required=False)

    def __init__(self, *args: Any, scope: Scope) -> None:
        super().__init__(*args)
        menus = [(menu.code, menu.code) for menu in menus_of(scope)]
        self.fields["menu"] = forms.ChoiceField(
            label="チャージメニュー",
            required=False,
            choices=[("", "なし"), *menus],
            help_text="選ぶと、できたカードはすぐにコンビニで支払えます。",
        )


@require_safe
def batches(request: StaffRequest, scope: Scope) -> HttpResponse:
    page = page_of(request, batches_of(scope))
    return render(request, "dashboard/billing/batches.html", {"page": page})


@require_http_methods(["GET", "POST"])
def order(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = OrderForm(request.POST or None, request.FILES or None, scope=scope)
    ordered = obeyed(form, lambda words: _ordered(request, scope, words))
    if ordered is None:
        words = {"form": form, "title": "カードの発行を依頼", "frame": request.gate.frame}
        back = reverse("dashboard:batches")
        return render(request, "form_page.html", words | {"submit": "依頼する", "back": back})
    ring_printer(ordered.pk)
    messages.success(request, "カードの発行を受け付けました。")
    return redirect("dashboard:batch", batch_id=ordered.pk)


@require_safe
def batch(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    return render(request, "dashboard/billing/batch.html", _words(scope, batch_id))


@require_safe
def progress(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    """Answer the page that asks how far the printing is, until it is done."""
    return render(request, "dashboard/billing/_batch_progress.html", _words(scope, batch_id))


@require_safe
def file(request: StaffRequest, scope: Scope, batch_id: UUID, file_id: int) -> HttpResponse:  # noqa: ARG001
    found = scope.get(BatchFile.objects.filter(batch_id=batch_id), pk=file_id)
    answer = HttpResponse(bytes(found.pdf), "application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return answer


def _ordered(request: StaffRequest, scope: Scope, words: dict[str, Any]) -> Batch:
    sent = words["member_file"]
    asked = BatchAsked(
        file_name=sent.name,
        member_file=sent.read(),
        design=words["design"],
        menu=words["menu"],
        ordered_by=request.user,
    )
    return order_batch(scope, asked)


def _words(scope: Scope, batch_id: UUID) -> dict[str, Any]:
    found = batch_of(scope, str(batch_id))
    errors = found.errors[:ERRORS_SHOWN]
    return {
        "batch": found,
        "is_waiting": found.status in (Batch.Status.ORDERED, Batch.Status.PRINTING),
        "errors": [
            (fault["row"], ERROR_WORDS.get(fault["code"], fault["code"])) for fault in errors
        ],
        "errors_unshown": len(found.errors) - len(errors),
        "files": found.files.defer("pdf").order_by("name"),
    }
