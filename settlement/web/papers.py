"""精算書 as a file: the PDF, CSV and XLSX of an owner, and of a tenant's share."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from settlement.models import Statement, SubStatement
from settlement.period_rows import Period, period_of, require_rows
from settlement.selectors import issuer_of
from settlement.services.issuers import IssuerAsked, tell_issuer
from settlement.stated_csv import csv_of
from settlement.stated_sheet import heads_of, rows_of
from settlement.statement_pdf import IssuerUnknown, statement_pdf
from settlement.tenant_pdf import tenant_pdf
from settlement.web.sums import sums_or_not_at_all
from settlement.whole import whole_of
from smartpit.edge.pages import obeyed
from smartpit.edge.workbooks import xlsx_chunks
from tenants.access import Scope
from tenants.models import Owner
from tenants.web.gates import StaffRequest

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class IssuerForm(forms.Form):
    name = forms.CharField(label="発行者名", max_length=100)
    registration_number = forms.CharField(
        label="登録番号",
        max_length=14,
        required=False,
        help_text="T と13桁の数字。ないときは空欄にします。そのときは適格請求書になりません。",
    )
    is_person = forms.BooleanField(
        label="個人事業者の登録番号",
        required=False,
        help_text="法人番号ではない番号のときに選びます。検査数字は確かめません。",
    )


@require_safe
@sums_or_not_at_all
def statement_paper(request: StaffRequest, scope: Scope, statement_id: UUID) -> HttpResponse:
    found = scope.get(Statement.objects.select_related("owner"), pk=statement_id)
    try:
        content = statement_pdf(found)
    except IssuerUnknown as refused:
        messages.error(request, refused.title)
        return redirect("dashboard:statement", statement_id)
    return _pdf(content, f"statement-{found.closes_on:%Y%m%d}.pdf")


@require_safe
@sums_or_not_at_all
def share_paper(
    request: StaffRequest,  # noqa: ARG001
    scope: Scope,
    sub_statement_id: UUID,
) -> HttpResponse:
    """Give out a tenant's statement, to its owner and to the tenant alike."""
    found = scope.get(_shares(), pk=sub_statement_id)
    name = f"statement-{found.statement.closes_on:%Y%m%d}-{found.tenant.code}.pdf"
    return _pdf(tenant_pdf(found), name)


@require_safe
@sums_or_not_at_all
def statement_csv(
    request: StaffRequest,  # noqa: ARG001
    scope: Scope,
    statement_id: UUID,
) -> StreamingHttpResponse:
    return _csv(_rows_of_owner(scope, statement_id))


@require_safe
@sums_or_not_at_all
def statement_xlsx(
    request: StaffRequest,  # noqa: ARG001
    scope: Scope,
    statement_id: UUID,
) -> StreamingHttpResponse:
    return _xlsx(_rows_of_owner(scope, statement_id))


@require_safe
@sums_or_not_at_all
def share_csv(
    request: StaffRequest,  # noqa: ARG001
    scope: Scope,
    sub_statement_id: UUID,
) -> StreamingHttpResponse:
    return _csv(_rows_of_tenant(scope, sub_statement_id))


@require_safe
@sums_or_not_at_all
def share_xlsx(
    request: StaffRequest,  # noqa: ARG001
    scope: Scope,
    sub_statement_id: UUID,
) -> StreamingHttpResponse:
    return _xlsx(_rows_of_tenant(scope, sub_statement_id))


@require_http_methods(["GET", "HEAD", "POST"])
def issuer(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Ask under which name and number the tenants' statements are issued."""
    standing = issuer_of(scope.owner)
    form = IssuerForm(
        request.POST or None,
        initial={
            "name": standing.name if standing else Owner.objects.get(pk=scope.owner).name,
            "registration_number": standing.registration_number if standing else "",
        },
    )
    told = obeyed(form, lambda words: tell_issuer(scope, request.user, IssuerAsked(**words)))
    if told is None:
        words = {
            "form": form,
            "title": "テナント精算書の発行者",
            "frame": request.gate.frame,
            "lead": "テナントへの手数料は、オーナー企業が発行する請求です。ここの名称と登録番号が"
            "テナント精算書に載ります。登録より前に発行した精算書は変わりません。",
        }
        return render(request, "form_page.html", words)
    messages.success(request, "テナント精算書の発行者を登録しました。")
    return redirect("dashboard:tenants")


def _rows_of_owner(scope: Scope, statement_id: UUID) -> Period:
    """Return the period whose rows are given out, having seen that they sum."""
    found = scope.get(Statement.objects.all(), pk=statement_id)
    whole_of(found)
    period = period_of(found)
    require_rows(period)
    return period


def _rows_of_tenant(scope: Scope, sub_statement_id: UUID) -> Period:
    share = scope.get(_shares(), pk=sub_statement_id)
    period = period_of(share.statement, share.tenant_id)
    require_rows(period, share)
    return period


def _csv(period: Period) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(csv_of(period), content_type="text/csv; charset=utf-8")
    return _streamed(answer, period, "csv")


def _xlsx(period: Period) -> StreamingHttpResponse:
    book = xlsx_chunks("収納明細", heads_of(period), rows_of(period))
    return _streamed(StreamingHttpResponse(book, content_type=_XLSX), period, "xlsx")


def _streamed(answer: StreamingHttpResponse, period: Period, kind: str) -> StreamingHttpResponse:
    name = f"payments-{period.statement.closes_on:%Y%m%d}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _shares() -> QuerySet[SubStatement]:
    return SubStatement.objects.select_related("statement", "tenant", "owner")


def _pdf(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, "application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
