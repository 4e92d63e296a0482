"""Where the money stands: in the bank, on its way from chains, waiting to go out. Reads only.

It is reckoned from small tables (statements, rulings, remittances, payouts); of the payments only
those are read that were confirmed since a chain's last period.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When

from billing.models import Chain, Confirmation
from settlement.models import BankEntry, BankOpening, BankStatement, Payout, Remittance
from smartpit.kernel import clock

_SIGNED = Case(When(direction="in", then=F("amount_yen")), default=F("amount_yen") * Value(-1))
Status = Payout.Status


@dataclass(frozen=True)
class ChainMoney:
    """What a chain was to remit by now, how much of it has come, and what is confirmed since.

    ``coming_yen`` is of periods whose day has not come, before the chain's fee.
    """

    chain: Chain
    expected_yen: int
    came_yen: int
    coming_yen: int
    waits_since: date | None

    @property
    def owed_yen(self) -> int:
        return self.expected_yen - self.came_yen


@dataclass(frozen=True)
class MoneyPosition:
    """The centre's money at the last statement, and what is to go out of it."""

    told_on: date | None
    bank_yen: int
    own_yen: int
    suspense_yen: int
    in_transit_yen: int
    proposed_yen: int
    approved_yen: int
    held_yen: int
    chains: tuple[ChainMoney, ...]

    @property
    def received_yen(self) -> int:
        """Return what came from chains and is not on its way to an owner."""
        return self.bank_yen - self.own_yen - self.suspense_yen - self.in_transit_yen

    @property
    def owed_yen(self) -> int:
        return sum(one.owed_yen for one in self.chains)

    @property
    def coming_yen(self) -> int:
        return sum(one.coming_yen for one in self.chains)

    @property
    def waiting_yen(self) -> int:
        """Return what would leave if all that is proposed and approved were sent."""
        return self.proposed_yen + self.approved_yen

    @property
    def missing_yen(self) -> int:
        """Return by how much the payouts exceed the money received; 0 where they do not."""
        return max(self.waiting_yen - self.received_yen, 0)


def money_position() -> MoneyPosition:
    """Return where the money stands by what the bank and the chains told so far."""
    last = BankStatement.objects.defer("content").order_by("-last_day", "-taken_at").first()
    openings = BankOpening.objects.aggregate(yen=Sum("statement__opening_yen"))["yen"] or 0
    lines = BankEntry.objects.order_by()
    return MoneyPosition(
        told_on=last.last_day if last else None,
        bank_yen=openings + _moved(lines),
        own_yen=openings + _moved(lines.filter(ruling__kind="own")),
        suspense_yen=_moved(lines.filter(ruling=None)),
        in_transit_yen=_payouts_yen(Status.EXPORTED),
        proposed_yen=_payouts_yen(Status.PROPOSED),
        approved_yen=_payouts_yen(Status.APPROVED),
        held_yen=_payouts_yen(Status.HELD),
        chains=tuple(_chains()),
    )


def balance_told(account: str, upto: date) -> int:
    """Return where the statements taken in so far put an account at the end of a day."""
    opening = BankOpening.objects.select_related("statement").get(account=account)
    lines = BankEntry.objects.filter(account=account, day__lte=upto)
    return opening.statement.opening_yen + _moved(lines)


def _chains() -> list[ChainMoney]:
    expected = _by_chain(Remittance.objects.order_by(), "chain", "amount_yen")
    deposits = BankEntry.objects.filter(ruling__kind="remittance").order_by()
    came = _by_chain(deposits, "ruling__chain", "amount_yen")
    waiting = Remittance.objects.filter(receipt=None, amount_yen__gt=0).order_by("-remits_on")
    since = {one.chain_id: one.remits_on for one in waiting}
    return [
        ChainMoney(
            chain,
            expected_yen=expected.get(chain.pk, 0),
            came_yen=came.get(chain.pk, 0),
            coming_yen=_coming_yen(chain),
            waits_since=since.get(chain.pk),
        )
        for chain in Chain.objects.filter(is_test=False).order_by("pk")
    ]


def _coming_yen(chain: Chain) -> int:
    """Add up what is confirmed and in no period that was drawn."""
    rows = Confirmation.objects.filter(payment__chain=chain)
    last = Remittance.objects.filter(chain=chain).order_by("-cut_off").first()
    if last is not None:
        after = Q(payment__business_date__gt=last.cut_off)
        late = Q(confirmed_at__gte=clock.day_begins(last.remits_on))
        rows = rows.filter(after | late)
    return int(rows.aggregate(yen=Sum("payment__amount_yen"))["yen"] or 0)


def _by_chain(rows: QuerySet[Remittance] | QuerySet[BankEntry], by: str, of: str) -> dict[str, int]:
    return {row[by]: int(row["yen"]) for row in rows.values(by).annotate(yen=Sum(of))}


def _moved(lines: QuerySet[BankEntry]) -> int:
    return int(lines.aggregate(yen=Sum(_SIGNED))["yen"] or 0)


def _payouts_yen(status: Payout.Status) -> int:
    rows = Payout.objects.filter(status=status)
    return int(rows.aggregate(yen=Sum("amount_yen"))["yen"] or 0)
