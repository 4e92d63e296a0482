"""カード発行依頼: what was ordered, how far it is, and the files that came of it."""

from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from billing.services.batches import pause_batch, resume_batch
from billing.tasks import ring_printer
from billing.web.words import FAILURE_WORDS
from cards.member_file_errors import REASONS
from cards.models import Batch, BatchCard, BatchFile
from cards.selectors import batch_of, batches_of, ended_prints_of
from smartpit.edge.pages import page_of, pressed
from tenants.access import NotFound, Scope
from tenants.web.gates import StaffRequest

ERRORS_SHOWN = 500
_WAITING = (Batch.Status.ORDERED, Batch.Status.PRINTING)


@require_safe
def batches(request: StaffRequest, scope: Scope) -> HttpResponse:
    page = page_of(request, batches_of(scope))
    return render(request, "dashboard/billing/batches.html", {"page": page})


@require_safe
def batch(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    words = _words(scope, batch_id)
    if words["batch"].status == Batch.Status.DRAFT:
        return redirect("dashboard:draft", batch_id=batch_id)
    ended = ended_prints_of(words["batch"]) if words["is_printed"] else BatchCard.objects.none()
    words |= {"ended": ended[:ERRORS_SHOWN], "ended_count": ended.count()}
    return render(request, "dashboard/billing/batch.html", words)


@require_safe
def progress(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    """Answer the page that asks how far the printing is, until it is done."""
    return render(request, "dashboard/billing/_batch_progress.html", _words(scope, batch_id))


@require_safe
def file(request: StaffRequest, scope: Scope, batch_id: UUID, file_id: int) -> HttpResponse:  # noqa: ARG001
    """Give out a printed file, once the whole order has been read back."""
    if batch_of(scope, str(batch_id)).status != Batch.Status.PRINTED:
        raise NotFound
    found = scope.get(BatchFile.objects.filter(batch_id=batch_id), pk=file_id)
    answer = HttpResponse(bytes(found.pdf), "application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return answer


@require_safe
def files(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:  # noqa: ARG001
    """Give out all printed files of an order as one; a large order has a hundred."""
    found = batch_of(scope, str(batch_id))
    if found.status != Batch.Status.PRINTED:
        raise NotFound
    paper = BytesIO()
    with ZipFile(paper, "w") as bundle:
        for file in found.files.order_by("name").iterator(chunk_size=1):
            bundle.writestr(file.name, bytes(file.pdf))
    answer = HttpResponse(paper.getvalue(), "application/zip")
    answer["Content-Disposition"] = f'attachment; filename="cards-{str(found.pk)[:8]}.zip"'
    return answer


@require_POST
def pause(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    return _pressed(request, batch_id, lambda: pause_batch(scope, str(batch_id)), "止めました。")


@require_POST
def resume(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    def resumed() -> None:
        resume_batch(scope, str(batch_id))
        ring_printer(batch_id)

    return _pressed(request, batch_id, resumed, "続きから再開しました。")


def _pressed(request: StaffRequest, batch_id: UUID, act: Any, done: str) -> HttpResponse:
    return pressed(request, act, done=done, to=reverse("dashboard:batch", args=[batch_id]))


def _words(scope: Scope, batch_id: UUID) -> dict[str, Any]:
    found = batch_of(scope, str(batch_id))
    errors = found.errors[:ERRORS_SHOWN]
    files = list(found.files.defer("pdf").order_by("name"))
    return {
        "batch": found,
        "is_waiting": found.status in _WAITING,
        "is_printed": found.status == Batch.Status.PRINTED,
        "cards_printed": sum(file.cards for file in files),
        "cards_read": sum(file.cards_read for file in files),
        "errors": [(fault["row"], REASONS.get(fault["code"], fault["code"])) for fault in errors],
        "errors_unshown": len(found.errors) - len(errors),
        "files": files,
        "failure_word": FAILURE_WORDS.get(found.failure, found.failure),
    }
