"""書類の検索: an owner's payments, statements and payouts by day, amount and counterparty.

The three words the law on electronic books asks for (取引年月日, 金額, 取引先), days and amounts as
ranges, any of them together. Nothing is ever deleted, so the tenth year is found like the first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Replace

from billing.models import Payment
from cards.models import Member
from cards.numbers import ungrouped
from settlement.models import Payout, Statement
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.selectors import centre

KINDS: Final = {"payment": "収納", "statement": "精算書", "payout": "精算入金"}
PAYMENT_HEADS: Final = (
    "取引年月日", "金額", "うち消費税", "取引先", "番号", "会員番号", "請求番号", "件名",
    "テナント", "チェーン", "店舗", "端末", "レシート番号", "行", "状態", "収納日時", "確報日時",
    "締日", "取消日時", "訂正日時", "収納ID",
)  # fmt: skip
STATEMENT_HEADS: Final = (
    "取引年月日", "金額", "取引先", "締日", "入金予定日", "件数", "収納額", "手数料", "消費税",
    "税率", "収入印紙相当額", "前回繰越", "次回繰越", "登録番号", "精算書ID",
)  # fmt: skip
PAYOUT_HEADS: Final = (
    "取引年月日", "金額", "取引先", "締日", "状態", "振込ファイル", "精算入金ID",
)  # fmt: skip
_ROWS_A_FETCH: Final = 2_000


@dataclass(frozen=True)
class Sought:
    """What is looked for; what is not said is not asked."""

    since: date | None = None
    upto: date | None = None
    least_yen: int | None = None
    most_yen: int | None = None
    counterparty: str = ""

    def holds(self, day: str, *amounts: str) -> Q:
        """Say that a row's day lies in the range, and one of its amounts."""
        days = {f"{day}__gte": self.since, f"{day}__lte": self.upto}
        asked = Q(**{name: value for name, value in days.items() if value is not None})
        yen = {"gte": self.least_yen, "lte": self.most_yen}
        bounds = {name: value for name, value in yen.items() if value is not None}
        if bounds:
            any_amount = Q()
            for amount in amounts:
                any_amount |= Q(**{f"{amount}__{name}": value for name, value in bounds.items()})
            asked &= any_amount
        return asked


def payments_sought(scope: Scope, sought: Sought) -> QuerySet[Payment]:
    """Return payments by store date; a counterparty is the payer, or the shop or tenant."""
    found = scope.rows(Payment.objects.filter(sought.holds("business_date", "amount_yen")))
    if sought.counterparty:
        found = found.filter(_counterparty(scope, sought.counterparty))
    member = Member.objects.filter(owner=OuterRef("owner"), card=OuterRef("invoice__card"))
    return (
        found.select_related("invoice", "tenant", "chain")
        .annotate(
            member_reference=Subquery(member.values("reference")[:1]),
            member_name=Subquery(member.values("name")[:1]),
        )
        .order_by("business_date", "taken_at", "id")
    )


def statements_sought(scope: Scope, sought: Sought) -> QuerySet[Statement]:
    """Return statements by the day they were made, by their payout, gross or whole fee."""
    rows = Statement.objects.annotate(
        charged_yen=F("fees_yen") + F("tax_yen") + F("stamp_yen")
    ).filter(sought.holds("stated_on", "payout_yen", "gross_yen", "charged_yen"))
    return _of_centre(scope.rows(rows), sought).order_by("stated_on", "closes_on")


def payouts_sought(scope: Scope, sought: Sought) -> QuerySet[Payout]:
    rows = Payout.objects.filter(sought.holds("pays_on", "amount_yen"))
    found = _of_centre(scope.rows(rows), sought).select_related("statement", "bank_file")
    return found.defer("bank_file__content").order_by("pays_on", "proposed_at")


def payment_rows(found: QuerySet[Payment]) -> Iterator[tuple[Any, ...]]:
    """Yield payments as ``PAYMENT_HEADS`` names them, a piece at a time."""
    names = (
        "business_date", "amount_yen", "tax_yen", "member_name", "number", "member_reference",
        "invoice__reference", "invoice__title", "tenant__name", "chain__name", "store", "terminal",
        "receipt", "line", "status", "taken_at", "confirmation__confirmed_at",
        "confirmation__closes_on", "reversal__reversed_at", "refund__approved_at", "id",
    )  # fmt: skip
    words = dict(Payment.Status.choices)
    for row in found.values_list(*names).iterator(chunk_size=_ROWS_A_FETCH):
        told = dict(zip(names, row, strict=True))
        told["member_name"] = told["member_name"] or told["number"]
        told["status"] = words[told["status"]]
        for name in ("taken_at", "confirmation__confirmed_at", "reversal__reversed_at"):
            told[name] = _clock_words(told[name])
        told["refund__approved_at"] = _clock_words(told["refund__approved_at"])
        yield tuple("" if value is None else value for value in told.values())


def statement_rows(found: Iterable[Statement]) -> Iterator[tuple[Any, ...]]:
    issuer = centre()
    name = issuer.name if issuer else ""
    number = issuer.registration_number if issuer else ""
    for row in found:
        yield (
            row.stated_on, row.payout_yen, name, row.closes_on, row.pays_on, row.payments_count,
            row.gross_yen, row.fees_yen, row.tax_yen, f"{row.tax_percent}%", row.stamp_yen,
            row.carried_in_yen, row.carried_out_yen, number, row.pk,
        )  # fmt: skip


def payout_rows(found: Iterable[Payout]) -> Iterator[tuple[Any, ...]]:
    issuer = centre()
    name = issuer.name if issuer else ""
    for row in found:
        file = row.bank_file.name if row.bank_file else ""
        closes_on = row.statement.closes_on
        yield (row.pays_on, row.amount_yen, name, closes_on, row.get_status_display(), file, row.pk)


def _counterparty(scope: Scope, text: str) -> Q:
    """Say that a payment has to do with whom a person means: in part of a name or a number."""
    members = scope.rows(
        Member.objects.alias(closed_up=_closed_up()).filter(
            Q(reference__icontains=text) | Q(closed_up__icontains="".join(text.split()))
        )
    )
    asked = (
        Q(invoice__card__in=members.values("card"))
        | Q(invoice__reference__icontains=text)
        | Q(tenant__name__icontains=text)
        | Q(chain__name__icontains=text)
    )
    number = ungrouped(text)
    return asked | Q(number__contains=number) if number.isdecimal() else asked


def _closed_up() -> Replace:
    """Return a member's name without spaces: few remember whether one parts it."""
    return Replace(Replace("name", Value(" ")), Value("\u3000"))


def _of_centre(found: QuerySet[Any], sought: Sought) -> QuerySet[Any]:
    """The counterparty of a statement and of a payout is the centre, under its name or number."""
    issuer = centre()
    names = [issuer.name, issuer.registration_number] if issuer else []
    asked = sought.counterparty.casefold()
    return found if any(asked in name.casefold() for name in names) else found.none()


def _clock_words(at: Any) -> str:
    return f"{at.astimezone(clock.JST):%Y-%m-%d %H:%M:%S}" if at else ""
