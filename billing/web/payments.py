"""収納: payments as they come in, for an owner and for a tenant alike."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Subquery
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.models import Notice, Payment, Stream
from billing.selectors import events_after, events_shown, payments_of, stream
from billing.services.reversals import reversible_until
from billing.web.forms import PaymentFilter
from smartpit.edge.pages import csv_answer, page_of
from smartpit.kernel.clock import JST
from tenants.access import Scope
from tenants.web.gates import StaffRequest

EVENTS_A_POLL = 200
CSV_ROWS_A_FETCH = 2_000
_CSV_HEADS = (
    "収納ID", "営業日", "収納日時", "受信日時", "状態", "テナント", "請求番号", "件名", "番号",
    "金額", "うち消費税", "チェーン", "店舗", "端末", "レシート番号", "行", "遅延", "二重の疑い",
)  # fmt: skip


@require_safe
def payments(request: StaffRequest, scope: Scope) -> HttpResponse:
    """List payments, newest first; the first page goes on to fill itself."""
    filters = PaymentFilter(request.GET, scope)
    before = stream(scope)
    page = page_of(request, _with_cursor(_chosen(payments_of(scope), filters), before))
    rows = list(page.object_list)
    cursor = rows[0].cursor if rows else None
    words = {
        "page": page,
        "filters": filters,
        "cursor": cursor if cursor is not None else (before.last if before else 0),
        "is_live": page.number == 1 and filters.is_valid(),
    }
    return render(request, "dashboard/billing/payments.html", words)


@require_safe
def new_payments(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Answer with what happened since ``after``, by the stream, so that nothing is shown twice."""
    events = events_after(scope, _cursor(request), EVENTS_A_POLL)
    if not events:
        return HttpResponse(status=204)

    came_in = {event.payment_id for event in events if event.type == "payment.reported"}
    touched = {event.payment_id for event in events if event.payment_id}
    filters = PaymentFilter(request.GET, scope)
    rows = list(_chosen(payments_of(scope), filters).filter(pk__in=touched))
    words = {
        "cursor": events[-1].number,
        "came_in": [row for row in rows if row.pk in came_in],
        "changed": [row for row in rows if row.pk not in came_in],
    }
    return render(request, "dashboard/billing/_new_payments.html", words)


@require_safe
def payments_csv(request: StaffRequest, scope: Scope) -> StreamingHttpResponse:
    rows = _chosen(payments_of(scope), PaymentFilter(request.GET, scope))
    return csv_answer("payments.csv", _CSV_HEADS, _csv_rows(rows))


@require_safe
def payment(request: StaffRequest, scope: Scope, payment_id: UUID) -> HttpResponse:
    rows = payments_of(scope).select_related("reversal", "confirmation", "refund")
    found = scope.get(rows, pk=payment_id)
    words = {
        "payment": found,
        "events": events_shown(stream(scope)).filter(payment=found).order_by("pk"),
        "notices": scope.rows(Notice.objects.filter(items__event__payment=found))
        .distinct()
        .order_by("made_at", "-rung"),
        "reversible_until": reversible_until(found),
    }
    return render(request, "dashboard/billing/payment.html", words)


def _chosen(rows: QuerySet[Payment], filters: PaymentFilter) -> QuerySet[Payment]:
    if not filters.is_valid():
        return rows
    words = filters.cleaned_data
    columns = {"tenant": "tenant__code", "status": "status", "day": "business_date"}
    return rows.filter(
        **{column: words[name] for name, column in columns.items() if words.get(name)}
    )


def _with_cursor(rows: QuerySet[Payment], told: Stream | None) -> Any:
    """Let each row carry the stream's newest number as one statement saw both.

    Read apart, a payment between the two reads would be shown twice or never.
    """
    newest = Stream.objects.filter(pk=told.pk if told else 0).values("last")
    return rows.annotate(cursor=Subquery(newest))


def _cursor(request: StaffRequest) -> int:
    text = request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0


def _csv_rows(rows: QuerySet[Payment]) -> Iterator[tuple[Any, ...]]:
    for row in rows.iterator(chunk_size=CSV_ROWS_A_FETCH):
        assert row.taken_at is not None
        assert row.tenant is not None
        assert row.invoice is not None
        yield (
            row.pk, row.business_date, _clock_words(row.taken_at), _clock_words(row.booked_at),
            row.get_status_display(), row.tenant.name, row.invoice.reference, row.invoice.title,
            row.number, row.amount_yen, row.tax_yen, row.chain.name, row.store, row.terminal,
            row.receipt, row.line, "○" if row.late else "", "○" if row.possible_duplicate else "",
        )  # fmt: skip


def _clock_words(at: Any) -> str:
    return f"{at.astimezone(JST):%Y-%m-%d %H:%M:%S}"
