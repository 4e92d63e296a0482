"""All payments and refunds of a statement as rows of a sheet, read by a cursor on the server.

A refund stands as a payment below zero, so that the column of amounts sums to the gross.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any, Final

from django.db.models import CharField, F, Func, QuerySet
from django.db.models.functions import Cast

from settlement.fees import stamp_yen
from settlement.period_rows import Period
from tenants.terms import priced_by

_ROWS_A_FETCH: Final = 5_000
_PAYMENT: Final = (
    "key", "payment__business_date", "payment__tenant__code", "payment__tenant__name",
    "payment__invoice__reference", "payment__invoice__title", "payment__number",
    "payment__amount_yen", "payment__tax_yen", "payment__chain__name", "payment__store",
    "payment__terminal", "payment__receipt", "payment__line", "payment__late",
)  # fmt: skip
HEADS: Final = (
    "区分", "収納ID", "営業日", "収納日時", "確報・訂正日時", "テナントコード", "テナント",
    "請求番号", "件名", "番号", "金額", "うち消費税", "チェーン", "店舗", "端末", "レシート番号",
    "行", "遅延",
)  # fmt: skip
_STAMP_HEAD: Final = "収入印紙相当額"
# The columns in which somebody else's words stand; a receipt's number may begin with a hyphen.
WORDS: Final = ("テナントコード", "テナント", "請求番号", "件名", "チェーン", "レシート番号")

Row = tuple[Any, ...]


class _Clock(Func):
    """An instant as clocks in Japan showed it; the database writes it faster than we would."""

    template = "to_char(%(expressions)s AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS')"
    output_field = CharField()


def heads_of(period: Period) -> tuple[str, ...]:
    """Return the columns' words; what a stamp costs is the owner's matter."""
    return HEADS if period.tenant_id is not None else (*HEADS, _STAMP_HEAD)


def rows_of(period: Period) -> Iterator[Row]:
    """Yield the payments in the order of their confirmation, then the refunds."""
    stamp_of = _stamps(period)
    for word, sign, rows, at in (
        ("収納", 1, period.confirmations(), "confirmed_at"),
        ("訂正", -1, period.refunds(), "approved_at"),
    ):
        for told in _told(rows, at):
            yield _row(word, sign, told, stamp_of)


def _told(rows: QuerySet[Any], at: str) -> Iterator[Row]:
    key = Cast("payment_id", CharField())  # Written here it is one object less a row.
    told = rows.annotate(key=key, taken=_Clock(F("payment__taken_at")), stated=_Clock(F(at)))
    found: QuerySet[Any, Row] = told.values_list(*_PAYMENT, "taken", "stated")
    return found.iterator(chunk_size=_ROWS_A_FETCH)


def _row(word: str, sign: int, told: Row, stamp_of: Callable[..., int] | None) -> Row:
    (
        payment, day, code, tenant, reference, title, number, amount_yen, tax_yen, chain, store,
        terminal, receipt, line, late, taken, stated,
    ) = told  # fmt: skip
    row = (
        word, payment, day, taken, stated, code, tenant, reference, title, number,
        sign * amount_yen, None if tax_yen is None else sign * tax_yen, chain, store, terminal,
        receipt, line, "○" if late else "",
    )  # fmt: skip
    return row if stamp_of is None else (*row, sign * stamp_of(day, amount_yen, tax_yen))


def _stamps(period: Period) -> Callable[[date, int, int | None], int] | None:
    if period.tenant_id is not None:
        return None

    @cache
    def is_exempt(day: date) -> bool:
        return priced_by(period.terms, day).stamp_exempt

    def stamp_of(day: date, amount_yen: int, tax_yen: int | None) -> int:
        return stamp_yen(amount_yen, tax_yen, exempt=is_exempt(day))

    return stamp_of
