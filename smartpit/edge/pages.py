"""What every page does alike: cut a list into pages, obey a form, press a button, give out CSV."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect

from smartpit.edge.sheets import csv_lines
from smartpit.kernel.errors import DomainError, Malformed

Row = TypeVar("Row", bound=Model)
Answer = TypeVar("Answer")

ROWS_ON_A_PAGE = 50
# What the codes of a malformed field say to a person.
FAULTS = {
    "required": "入力してください。",
    "too_long": "長すぎます。",
    "characters": "使えない文字が含まれています。",
    "form": "形式が正しくありません。",
    "range": "範囲外の値です。",
    "before_today": "今日以降の日付を入力してください。",
    "after_60_days": "登録日を含めて60日以内の日付を入力してください。",
    "scheme": "https の宛先を入力してください。",
    "port": "このポートへは通知できません。",
    "host": "宛先のホスト名が正しくありません。",
    "unknown_host": "ホスト名が見つかりません。",
    "address": "この宛先へは通知できません。インターネットから届く宛先を入力してください。",
    "network": "ネットワークは 203.0.113.0/24 のように、範囲の先頭の番地で入力してください。",
    "not_private": "スーパータイプには、プライベートなネットワークだけを登録できます。",
    "fingerprint": "証明書は SHA-256 の指紋（16進数64桁）を20件まで入力してください。",
    "count": "件数が多すぎます。",
    "of_a_kept_invoice_only": "上限はリピートの請求にだけ設定できます。",
}
# Django's own sentence calls a code a slug, which says nothing to whoever names a design.
CODE_FAULT = {"invalid": "半角の英数字、ハイフン、アンダースコアで入力してください。"}


def page_of(request: HttpRequest, rows: QuerySet[Row]) -> Page[Row]:
    """Return the page a reader asked for; a page that is none is the nearest there is."""
    return Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))


def page_of_many(request: HttpRequest, rows: QuerySet[Row], count: int | None) -> Page[Row]:
    """Return the page of a very long list, of which only the keys are passed over.

    ``count`` is how many rows there are, where that is known; else they are counted.
    """
    keys: Any = rows.values_list("pk", flat=True)
    paginator = Paginator(keys, ROWS_ON_A_PAGE)
    if count is not None:
        paginator.__dict__["count"] = count  # Where it keeps what it has counted itself.
    page: Any = paginator.get_page(request.GET.get("page"))
    page.object_list = rows.filter(pk__in=list(page.object_list))
    return cast("Page[Row]", page)


def obeyed(form: BaseForm, act: Callable[[dict[str, Any]], Answer]) -> Answer | None:
    """Do what a form asks and return the answer; a refusal becomes the form's own error.

    A row that is another's is no form's error: it goes on to be a 404.
    """
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except DomainError as refused:
        _pass_on_unknown_rows(refused)
        _explain(form, refused)
        return None


def pressed(request: HttpRequest, act: Callable[[], Any], *, done: str, to: str) -> HttpResponse:
    """Do what a button says, tell how it went, and go back to the page ``to``."""
    try:
        act()
    except DomainError as refused:
        _pass_on_unknown_rows(refused)
        messages.error(request, refused.title)
    else:
        messages.success(request, done)
    return redirect(to)


def csv_answer(
    name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """Stream a CSV file that opens in a spreadsheet and runs nothing there."""
    answer = StreamingHttpResponse(csv_lines(heads, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _pass_on_unknown_rows(refused: DomainError) -> None:
    if refused.code == "not_found":
        raise refused


def _explain(form: BaseForm, refused: DomainError) -> None:
    if not isinstance(refused, Malformed):
        form.add_error(None, refused.title)
        return
    told: set[tuple[str | None, str]] = set()
    for error in refused.extra["errors"]:
        name = error.get("field") if error.get("field") in form.fields else None
        fault = _fault(refused, error, is_of_a_field=name is not None)
        if (name, fault) not in told:
            form.add_error(name, fault)
        told.add((name, fault))


def _fault(refused: Malformed, error: dict[str, str], *, is_of_a_field: bool) -> str:
    """Say what is wrong; beside no field, the refusal's own sentence tells where."""
    own = "" if is_of_a_field or str(refused) == refused.title else str(refused)
    return own or FAULTS.get(error.get("code", "")) or error.get("detail") or str(refused)
