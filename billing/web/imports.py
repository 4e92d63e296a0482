"""請求情報の一括登録: a file goes up, the page tells how far it is and which rows were refused."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from billing.invoice_file import COLUMNS, REQUIRED
from billing.models import ImportJob
from billing.selectors import import_faults_of, import_jobs_of
from billing.services.imports import FILE_BYTES_MAX, receive_import
from billing.tasks import ring_import
from billing.web.words import row_fault
from smartpit.edge.pages import csv_answer, obeyed, page_of
from smartpit.kernel.errors import Malformed
from tenants.access import Scope
from tenants.web.gates import StaffRequest

FAULTS_SHOWN = 200
_HEADS = ("行", "列", "コード", "内容", "請求番号")
_WAITING = (ImportJob.Status.RECEIVED, ImportJob.Status.RUNNING)


class ImportForm(forms.Form):
    file = forms.FileField(
        label="請求情報のファイル（CSV）",
        help_text=(
            f"1行目の見出し: {','.join(REQUIRED)} は必須。"
            f"ほかに {','.join(name for name in COLUMNS if name not in REQUIRED)}。"
            "文字コードは UTF-8 または Shift_JIS、64MBまで。"
        ),
    )


@require_safe
def imports(request: StaffRequest, scope: Scope) -> HttpResponse:
    page = page_of(request, import_jobs_of(scope))
    return render(request, "dashboard/billing/imports.html", {"page": page})


@require_http_methods(["GET", "POST"])
def send(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    job = obeyed(form, lambda words: _received(request, scope, words["file"]))
    if job is None:
        words = {"form": form, "title": "請求情報を一括登録", "frame": request.gate.frame}
        back = reverse(f"{request.gate.namespace}:imports")
        return render(request, "form_page.html", words | {"submit": "登録を始める", "back": back})
    ring_import(job.owner_id)
    return redirect(f"{request.gate.namespace}:import", job_id=job.pk)


@require_safe
def job(request: StaffRequest, scope: Scope, job_id: UUID) -> HttpResponse:
    found = scope.get(import_jobs_of(scope), pk=job_id)
    faults = [
        (fault, row_fault(fault.code, fault.reason))
        for fault in import_faults_of(found)[:FAULTS_SHOWN]
    ]
    words = _words(found) | {"faults": faults, "unshown": max(found.refused - FAULTS_SHOWN, 0)}
    return render(request, "dashboard/billing/import.html", words)


@require_safe
def progress(request: StaffRequest, scope: Scope, job_id: UUID) -> HttpResponse:
    """Answer the page that asks how far the file is; at the end it is loaded whole."""
    found = scope.get(import_jobs_of(scope), pk=job_id)
    answer = render(request, "dashboard/billing/_import_progress.html", _words(found))
    if found.status not in _WAITING:
        answer["HX-Refresh"] = "true"
    return answer


@require_safe
def errors(request: StaffRequest, scope: Scope, job_id: UUID) -> StreamingHttpResponse:  # noqa: ARG001
    """Give out the rows that were refused, as a file to correct and send again."""
    found = scope.get(import_jobs_of(scope), pk=job_id)
    rows = import_faults_of(found).values_list("row", "field", "code", "reason", "reference")
    told = (
        (row, field, code, row_fault(code, reason), reference)
        for row, field, code, reason, reference in rows.iterator(chunk_size=2_000)
    )
    return csv_answer("errors.csv", _HEADS, told)


def _received(request: StaffRequest, scope: Scope, file: Any) -> ImportJob:
    if file.size > FILE_BYTES_MAX:
        raise Malformed([{"field": "file", "code": "too_long"}])
    return receive_import(scope, file, name=file.name or "", received_from=request.user)


def _words(found: ImportJob) -> dict[str, Any]:
    return {"job": found, "is_waiting": found.status in _WAITING}
