"""The facts an owner's journal is made of, read by day: sums of payments, statements, payouts."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from billing.models import Payment, Refund, Reversal
from settlement.models import PayoutMove, Statement
from settlement.owner_entries import (
    Entry,
    StatedFees,
    paid_entry,
    returned_entry,
    stated_entry,
    taken_entry,
    undone_entry,
)
from smartpit.kernel import clock
from tenants.models import Owner


def entries_of(owner: Owner, first: date, last: date, *, separates_tax: bool) -> list[Entry]:
    """Return the owner's entries of these days, in their order.

    Each fact stands on its own day, as in the centre's books: what was undone is an entry of its
    own, for a day that is in the owner's books already is not written anew.
    """
    found = [
        *_taken(owner, first, last),
        *_undone(owner, first, last),
        *_stated(owner, first, last, separates_tax=separates_tax),
        *_paid(owner, first, last),
    ]
    return sorted(found, key=lambda entry: entry.day)


def _taken(owner: Owner, first: date, last: date) -> Iterable[Entry]:
    rows = Payment.objects.filter(owner=owner).annotate(
        taken_on=Coalesce(
            TruncDate("assignment__assigned_at", tzinfo=clock.JST), F("business_date")
        )
    )
    for day, chain, tenant, count, yen in _daily(rows, "taken_on", "", first, last):
        yield taken_entry(day, f"{chain} {tenant}", count, yen)


def _undone(owner: Owner, first: date, last: date) -> Iterable[Entry]:
    kinds: tuple[tuple[str, QuerySet[Any], str], ...] = (
        ("コンビニ収納の取消", Reversal.objects.filter(owner=owner), "reversed_at"),
        ("コンビニ収納の訂正（返金）", Refund.objects.filter(owner=owner), "approved_at"),
    )
    for word, rows, instant in kinds:
        dated = rows.annotate(undone_on=TruncDate(instant, tzinfo=clock.JST))
        for day, chain, tenant, count, yen in _daily(dated, "undone_on", "payment__", first, last):
            yield undone_entry(day, word, f"{chain} {tenant}", count, yen)


def _stated(owner: Owner, first: date, last: date, *, separates_tax: bool) -> Iterable[Entry]:
    names = StatedFees.__dataclass_fields__
    stated = Statement.objects.filter(owner=owner, stated_on__range=(first, last))
    for row in stated.order_by("closes_on"):
        fees = StatedFees(**{name: getattr(row, name) for name in names})
        yield from stated_entry(fees, separates_tax=separates_tax)


def _paid(owner: Owner, first: date, last: date) -> Iterable[Entry]:
    """Yield what reached the owner's bank, and what the bank took back from there."""
    paid = PayoutMove.objects.filter(payout=OuterRef("payout"), kind="paid")
    moves = PayoutMove.objects.filter(owner=owner, day__range=(first, last))
    for move in moves.annotate(was_paid=Exists(paid)).select_related("payout__statement"):
        closes_on = move.payout.statement.closes_on
        if move.kind == "paid":
            yield paid_entry(move.day, closes_on, move.amount_yen)
        elif move.kind == "returned" and move.was_paid:
            yield returned_entry(move.day, closes_on, move.amount_yen)


def _daily(rows: QuerySet[Any], day: str, at: str, first: date, last: date) -> Iterable[Any]:
    of_days = rows.filter(**{f"{day}__range": (first, last)})
    grouped = of_days.values_list(day, f"{at}chain__name", f"{at}tenant__name")
    summed: QuerySet[Any, Any] = grouped.annotate(count=Count("pk"), yen=Sum(f"{at}amount_yen"))
    return summed.order_by(day, f"{at}chain__name", f"{at}tenant__name")
