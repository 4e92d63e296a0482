"""All payments and refunds of a statement as rows of a sheet, read by a cursor on the server.

A refund stands as a payment below zero, so that the column of amounts sums to the gross.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, CharField, F, Func, IntegerField, QuerySet, When
from django.db.models.functions import Cast
from django.db.models.lookups import LessThan

from settlement.fees import STAMP_FROM_YEN
from settlement.period_rows import NET_YEN, Period
from tenants.terms import Terms

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


class Clock(Func):
    """An instant as clocks in Japan showed it; the database writes it faster than we would."""

    # Japan has known no other time since 1951, and nobody has to look it up for each row.
    template = "to_char(%(expressions)s AT TIME ZONE INTERVAL '9 hours', 'YYYY-MM-DD HH24:MI:SS')"
    output_field = CharField()


def heads_of(period: Period) -> tuple[str, ...]:
    """Return the columns' words; what a stamp costs is the owner's matter."""
    return HEADS if period.tenant_id is not None else (*HEADS, _STAMP_HEAD)


@dataclass(frozen=True)
class Kind:
    """Confirmations or refunds of a period, what they are called, and how their amounts count."""

    word: str
    sign: int
    rows: QuerySet[Any]
    at: str


def kinds_of(period: Period) -> tuple[Kind, Kind]:
    """Return what stands in the file: the payments as they were confirmed, then the refunds."""
    return (
        Kind("収納", 1, period.confirmations(), "confirmed_at"),
        Kind("訂正", -1, period.refunds(), "approved_at"),
    )


def rows_of(period: Period) -> Iterator[Row]:
    """Yield the payments in the order of their confirmation, then the refunds."""
    for kind in kinds_of(period):
        for told in _told(period, kind):
            yield _row(period, kind, told)


def stamp_of(period: Period) -> Case:
    """Return what a payment's stamp costs by the terms of its day, as the statement counts it."""
    *later, first = reversed(period.terms)
    return Case(
        When(LessThan(NET_YEN, STAMP_FROM_YEN), then=0),
        *(When(payment__business_date__gte=row.starts_on, then=_stamp_yen(row)) for row in later),
        default=_stamp_yen(first),
        output_field=IntegerField(),
    )


def _stamp_yen(terms: Terms) -> int:
    return 0 if terms.stamp_exempt else terms.stamp_yen


def _told(period: Period, kind: Kind) -> Iterator[Row]:
    key = Cast("payment_id", CharField())  # Written here it is one object less a row.
    told = kind.rows.annotate(
        key=key,
        taken=Clock(F("payment__taken_at")),
        stated=Clock(F(kind.at)),
        stamp=stamp_of(period),
    )
    found: QuerySet[Any, Row] = told.values_list(*_PAYMENT, "taken", "stated", "stamp")
    return found.iterator(chunk_size=_ROWS_A_FETCH)


def _row(period: Period, kind: Kind, told: Row) -> Row:
    (
        payment, day, code, tenant, reference, title, number, amount_yen, tax_yen, chain, store,
        terminal, receipt, line, late, taken, stated, stamp_yen,
    ) = told  # fmt: skip
    sign = kind.sign
    row = (
        kind.word, payment, day, taken, stated, code, tenant, reference, title, number,
        sign * amount_yen, None if tax_yen is None else sign * tax_yen, chain, store, terminal,
        receipt, line, "○" if late else "",
    )  # fmt: skip
    return row if period.tenant_id is not None else (*row, sign * stamp_yen)
