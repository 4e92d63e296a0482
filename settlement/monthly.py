"""月次収納集計表: a month's payments by store date, and the bridge from them to the statements.

A month and its statements never hold the same payments: some are confirmed late, some are stated
in the next month, some of the month before are stated in this one. The bridge names each of these,
and is shown only if it arrives at the statements' gross to the yen.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Sum

from billing.models import Confirmation, Payment, Refund
from settlement.facts import closed_upto
from settlement.models import Closing, Statement
from smartpit.kernel.errors import DomainError
from tenants.models import Owner

_STANDING = (Payment.Status.REPORTED, Payment.Status.CONFIRMED, Payment.Status.REFUNDED)
_OF_STORES = ("business_date", "chain__name", "tenant__name", "confirmation__closes_on")


class BridgeDisagrees(DomainError):
    """The month's payments do not lead to its statements; nobody may be shown such sums."""

    code = "bridge_disagrees"
    title = "集計が精算書と一致しないため、表示を止めました"
    status = 500


@dataclass(frozen=True)
class Sums:
    """So many payments, so many yen."""

    count: int = 0
    yen: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.count + other.count, self.yen + other.yen)

    def __neg__(self) -> "Sums":
        return Sums(-self.count, -self.yen)


@dataclass(frozen=True)
class StoreRow:
    """What one chain's stores took for one tenant on one store date."""

    day: date
    chain: str
    tenant: str
    sums: Sums


@dataclass(frozen=True)
class StatedRow:
    """A statement of the month: whose payments it holds, and what it takes off for refunds."""

    statement: Statement
    of_month: Sums
    of_others: Sums
    refunds: Sums

    @property
    def gross_yen(self) -> int:
        return self.of_month.yen + self.of_others.yen - self.refunds.yen


@dataclass(frozen=True)
class Monthly:
    """A month: its rows by store date, and each step from their sum to the statements' gross."""

    first: date
    last: date
    rows: tuple[StoreRow, ...]
    unconfirmed: Sums
    unstated: Sums
    stated_elsewhere: Sums
    statements: tuple[StatedRow, ...]

    @property
    def taken(self) -> Sums:
        return _total(row.sums for row in self.rows)

    @property
    def from_elsewhere(self) -> Sums:
        return _total(row.of_others for row in self.statements)

    @property
    def refunds(self) -> Sums:
        return _total(row.refunds for row in self.statements)

    @property
    def stated(self) -> Sums:
        """Return what the month's statements say: payments, and gross with refunds taken off."""
        return _total(
            Sums(row.statement.payments_count, row.statement.gross_yen) for row in self.statements
        )

    @property
    def steps(self) -> list[tuple[str, int | None, int]]:
        """Return the bridge as words, counts and yen, from what was taken to what is stated."""
        unconfirmed, unstated, away = -self.unconfirmed, -self.unstated, -self.stated_elsewhere
        others = self.from_elsewhere
        return [
            ("当月の収納（営業日・取消を除く）", self.taken.count, self.taken.yen),
            ("確報待ち", unconfirmed.count, unconfirmed.yen),
            ("確報済で、まだ精算書に載らないもの", unstated.count, unstated.yen),
            ("他の月に締める精算書に載るもの", away.count, away.yen),
            ("他の月の収納で、当月に締める精算書に載るもの", others.count, others.yen),
            ("当月に締める精算書の訂正", None, -self.refunds.yen),
        ]


def monthly_of(owner: Owner, month: date) -> Monthly:
    """Return the sums of the month that holds ``month``; a bridge that does not arrive is none."""
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    taken = _taken(owner, first, last)
    statements = tuple(_statements(owner, first, last))
    windows = [_window(owner, row.statement) for row in statements]
    upto = closed_upto(owner.pk)
    confirmed = [(closes_on, sums) for *_, closes_on, sums in taken if closes_on]
    stated = [(closes_on, sums) for closes_on, sums in confirmed if closes_on <= upto]
    found = Monthly(
        first=first,
        last=last,
        rows=_store_rows(taken),
        unconfirmed=_total(sums for *_, closes_on, sums in taken if closes_on is None),
        unstated=_total(sums for closes_on, sums in confirmed if closes_on > upto),
        stated_elsewhere=_total(
            sums
            for closes_on, sums in stated
            if not any(after < closes_on <= ends for after, ends in windows)
        ),
        statements=statements,
    )
    _require_arrival(found)
    return found


def _require_arrival(found: Monthly) -> None:
    """Refuse unless each statement is its payments, and the whole bridge ends at all of them."""
    counts = sum(count for _, count, _ in found.steps if count is not None)
    yen = sum(yen for *_, yen in found.steps)
    each = all(
        row.gross_yen == row.statement.gross_yen
        and (row.of_month + row.of_others).count == row.statement.payments_count
        for row in found.statements
    )
    if not each or Sums(counts, yen) != found.stated:
        raise BridgeDisagrees(f"{found.first}: {counts} {yen} is not {found.stated}")


def _taken(owner: Owner, first: date, last: date) -> list[tuple[date, str, str, date | None, Sums]]:
    rows = Payment.objects.filter(
        owner=owner, business_date__range=(first, last), status__in=_STANDING
    )
    grouped = rows.values_list(*_OF_STORES).annotate(count=Count("pk"), yen=Sum("amount_yen"))
    ordered = grouped.order_by("business_date", "chain__name", "tenant__name")
    return [(*place, Sums(count, yen)) for *place, count, yen in ordered]


def _store_rows(taken: list[tuple[date, str, str, date | None, Sums]]) -> tuple[StoreRow, ...]:
    counts: Counter[tuple[date, str, str]] = Counter()
    yen: Counter[tuple[date, str, str]] = Counter()
    for day, chain, tenant, _closes_on, sums in taken:
        counts[day, chain, tenant] += sums.count
        yen[day, chain, tenant] += sums.yen
    return tuple(StoreRow(*place, Sums(counts[place], yen[place])) for place in counts)


def _statements(owner: Owner, first: date, last: date) -> Iterable[StatedRow]:
    own = Statement.objects.filter(owner=owner, closes_on__range=(first, last))
    for statement in own.order_by("closes_on"):
        after, upto = _window(owner, statement)
        stated = Confirmation.objects.filter(owner=owner, closes_on__gt=after, closes_on__lte=upto)
        here = stated.filter(payment__business_date__range=(first, last))
        others = stated.exclude(payment__business_date__range=(first, last))
        refunds = Refund.objects.filter(owner=owner, closes_on__gt=after, closes_on__lte=upto)
        yield StatedRow(statement, _summed(here), _summed(others), _summed(refunds))


def _window(owner: Owner, statement: Statement) -> tuple[date, date]:
    """Return the closing dates a statement takes in: after the former closing, up to its own."""
    former = Closing.objects.filter(owner=owner, closes_on__lt=statement.closes_on)
    last = former.order_by("-closes_on").first()
    return (last.closes_on if last else date.min, statement.closes_on)


def _summed(rows: QuerySet[Any]) -> Sums:
    told = rows.aggregate(count=Count("pk"), yen=Sum("payment__amount_yen", default=0))
    return Sums(told["count"], told["yen"])


def _total(sums: Iterable[Sums]) -> Sums:
    total = Sums()
    for one in sums:
        total += one
    return total
