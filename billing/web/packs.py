"""入稿データ: make a card maker's pack, see its password once, take the file once."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from billing.services.packs import (
    REASON_LENGTH_MAX,
    Pack,
    PackGone,
    alert_of_packs,
    make_pack,
    packs_of,
    require_administrator,
    take_pack,
)
from cards.models import Batch
from cards.selectors import batch_of
from smartpit.edge.pages import obeyed
from tenants.access import Scope
from tenants.web.gates import StaffRequest


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="理由",
        max_length=REASON_LENGTH_MAX,
        help_text="例：2026年度会員証をカード印刷会社へ発注するため",
    )


@require_http_methods(["GET", "POST"])
def pack(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    """Ask why, make the pack, and show its password: on this answer's page and nowhere else."""
    found = batch_of(scope, str(batch_id))
    require_administrator(scope, request.user)
    form = ReasonForm(request.POST or None)
    made = obeyed(
        form,
        lambda words: make_pack(scope, str(batch_id), made_by=request.user, reason=words["reason"]),
    )
    if made is not None:
        alert_of_packs()
    return _page(request, scope, found, form, made)


@require_POST
def take(request: StaffRequest, scope: Scope, batch_id: UUID, pack_id: int) -> HttpResponse:
    """Answer the locked file, this once."""
    found = batch_of(scope, str(batch_id))
    try:
        content = take_pack(scope, pack_id, taken_by=request.user)
    except PackGone as gone:
        messages.error(request, gone.title)
        return redirect("dashboard:pack", batch_id=found.pk)
    answer = HttpResponse(content, "application/zip")
    name = f"cards-{str(found.pk)[:8]}-pack{pack_id}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(
    request: StaffRequest, scope: Scope, batch: Batch, form: ReasonForm, made: Pack | None
) -> HttpResponse:
    words = {
        "batch": batch,
        "form": form,
        "is_printed": batch.status == Batch.Status.PRINTED,
        "packs": packs_of(scope, batch),
        "made": made,
        "secret": made.password if made else "",
        "word": "入稿データのパスワード",
    }
    return render(request, "dashboard/billing/pack.html", words)
