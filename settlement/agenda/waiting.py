"""What waits for somebody: payouts on their way, chains' files and money, requests, cases."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Max, Q

from billing.models import Case, Chain
from settlement.agenda.task import (
    ACCOUNT,
    APPROVING,
    CASE,
    CONFIRMING,
    FILING,
    REFUND,
    REISSUING,
    REMITTING,
    SENDING,
    Task,
)
from settlement.calendar import add_bank_days, export_closes_at
from settlement.differences import MISSING_AFTER_BANK_DAYS
from settlement.models import Payee, Payout, PayoutMove, RefundRequest, Remittance, RemittanceTerms
from settlement.remittances import overdue_from, periods
from smartpit.kernel import clock

ROWS_MAX: Final = 1_000  # Of each kind, the most urgent first; more is told as a number.
DECIDED_WITHIN_BANK_DAYS: Final = 1
REISSUED_WITHIN_BANK_DAYS: Final = 3  # The owner has to be asked which account is right.
_FILES_LOOKED_BACK: Final = timedelta(days=35)
Status = Payout.Status
_OPEN_STATES: Final = (Status.PROPOSED, Status.HELD, Status.APPROVED, Status.EXPORTED)

# Whether a chain took anything on a day, and whether one of its files confirmed of that day.
_CHAIN_DAYS = """
SELECT c.code, d::date,
       EXISTS (SELECT FROM billing_chainfileday f
                WHERE f.chain_id = c.code AND f.business_date = d::date AND f.kind = '02')
  FROM billing_chain c CROSS JOIN generate_series(%s::date, %s::date, '1 day') d
 WHERE NOT c.is_test
   AND EXISTS (SELECT FROM billing_payment p
                WHERE p.chain_id = c.code AND p.business_date = d::date
                  AND p.status IN ('reported', 'confirmed', 'refunded'))
 ORDER BY d, c.code
"""


def payout_tasks() -> Iterator[Task]:
    """Yield what each open payout waits for, the earliest pay day first."""
    rows = Payout.objects.filter(status__in=_OPEN_STATES, owner__is_test=False)
    for payout in rows.select_related("owner").order_by("pays_on", "pk")[:ROWS_MAX]:
        kind, due_at, day = _awaited(payout)
        held = "（支払保留中）" if payout.status == Status.HELD else ""
        yield Task(
            kind,
            day,
            due_at,
            f"{payout.owner.name} {payout.amount_yen:,}円 {payout.pays_on:%m/%d}払い{held}",
            "admin:settlement_payout_change",
            str(payout.pk),
        )


def returned_tasks() -> Iterator[Task]:
    """Yield what the bank returned and nobody proposed anew: it is owed, and no sweep pays it."""
    rows = PayoutMove.objects.filter(
        kind=PayoutMove.Kind.RETURNED, payout__reissued_as=None, owner__is_test=False
    )
    for move in rows.select_related("owner").order_by("day", "pk")[:ROWS_MAX]:
        due_on = add_bank_days(move.day, REISSUED_WITHIN_BANK_DAYS)
        words = f"{move.owner.name} {move.amount_yen:,}円 {move.day:%m/%d}返却"
        page = "admin:settlement_payout_change"
        yield Task(REISSUING, due_on, clock.day_ends(due_on), words, page, str(move.payout_id))


def unpaid_rounds() -> set[tuple[int, date]]:
    """Return the owners and closing dates whose transfer is not with the owner yet."""
    unpaid = (*_OPEN_STATES, Status.RETURNED)
    rows = Payout.objects.filter(status__in=unpaid, reissued_as=None)
    return set(rows.values_list("owner_id", "statement__closes_on"))


def chain_file_tasks(today: date) -> Iterator[Task]:
    """Yield each chain's day that a file must confirm; a bank day's count as the sweep counts."""
    names = _chain_names()
    with connection.cursor() as cursor:
        cursor.execute(_CHAIN_DAYS, [today - _FILES_LOOKED_BACK, today])
        rows = cursor.fetchall()
    for code, day, is_done in rows:
        due_on = add_bank_days(day, MISSING_AFTER_BANK_DAYS)
        words = f"{names[code]} {day:%m/%d}の収納"
        page = "admin:billing_chainfile_days"
        yield Task(FILING, due_on, clock.day_ends(due_on), words, page, code, is_done=is_done)


def remittance_tasks(first: date, last: date) -> Iterator[Task]:
    """Yield what chains shall remit: what is drawn, and the days that are still to come."""
    names = _chain_names()
    live = Remittance.objects.filter(chain__is_test=False)
    drawn = dict(live.values_list("chain_id").annotate(upto=Max("cut_off")))
    shown = Q(remits_on__gte=first) | Q(receipt=None, amount_yen__gt=0)
    for row in live.filter(shown).select_related("receipt").order_by("remits_on")[:ROWS_MAX]:
        yield Task(
            REMITTING,
            row.remits_on,
            clock.day_begins(overdue_from(row.remits_on)),
            f"{names[row.chain_id]} {row.cut_off:%m/%d}締め {row.amount_yen:,}円",
            "admin:settlement_remittance_change",
            str(row.pk),
            is_done=row.amount_yen == 0 or hasattr(row, "receipt"),
        )
    yield from _to_come(names, drawn, first, last)


def decision_tasks() -> Iterator[Task]:
    """Yield what one person asked and another must decide."""
    payees = Payee.objects.filter(status=Payee.Status.PROPOSED, owner__is_test=False)
    for payee in payees.select_related("owner").order_by("changed_at")[:ROWS_MAX]:
        due_on = _decided_by(payee.changed_at)
        words = f"{payee.owner.name} {payee.bank_kana}"
        page = "admin:settlement_payee_change"
        yield Task(ACCOUNT, due_on, clock.day_ends(due_on), words, page, str(payee.pk))
    asked = RefundRequest.objects.filter(status=RefundRequest.Status.REQUESTED)
    for one in asked.select_related("owner", "payment").order_by("asked_at")[:ROWS_MAX]:
        due_on = _decided_by(one.asked_at)
        words = f"{one.owner.name} {one.payment.amount_yen:,}円"
        page = "admin:settlement_refundrequest_change"
        yield Task(REFUND, due_on, clock.day_ends(due_on), words, page, str(one.pk))


def case_tasks() -> Iterator[Task]:
    """Yield the open cases that have a day; what test tills and owners brought waits for nobody."""
    rows = Case.objects.filter(status=Case.Status.OPEN, due_on__isnull=False)
    live = rows.exclude(chain__is_test=True).exclude(owner__is_test=True)
    for case in live.select_related("owner", "chain").order_by("due_on", "opened_at")[:ROWS_MAX]:
        assert case.due_on is not None
        about = case.owner.name if case.owner else case.chain.name if case.chain else ""
        yield Task(
            CASE,
            case.due_on,
            clock.day_ends(case.due_on),
            f"{case.get_kind_display()} {about}".strip(),
            "admin:billing_case_change",
            str(case.pk),
        )


def _awaited(payout: Payout) -> tuple[str, datetime, date]:
    """Return what a payout waits for, the instant it is late from, and the day it stands on."""
    if payout.status == Status.EXPORTED:
        due_on = add_bank_days(payout.pays_on, 1)  # The bank's statement comes the day after.
        return CONFIRMING, clock.day_ends(due_on), due_on
    closes_at = export_closes_at(payout.pays_on)
    kind = SENDING if payout.status == Status.APPROVED else APPROVING
    return kind, closes_at, clock.business_date(closes_at)


def _to_come(
    names: dict[str, str], drawn: dict[str, date], first: date, last: date
) -> Iterator[Task]:
    terms: dict[str, list[RemittanceTerms]] = {}
    for row in RemittanceTerms.objects.filter(chain__is_test=False).order_by("starts_on"):
        terms.setdefault(row.chain_id, []).append(row)
    for chain, agreed in terms.items():
        for period in periods(agreed, last):
            if period.remits_on >= first and period.cut_off > drawn.get(chain, date.min):
                yield Task(
                    REMITTING,
                    period.remits_on,
                    clock.day_ends(period.remits_on),
                    f"{names[chain]} {period.cut_off:%m/%d}締め",
                    "admin:settlement_remittance_changelist",
                )


def _decided_by(asked_at: datetime) -> date:
    return add_bank_days(clock.business_date(asked_at), DECIDED_WITHIN_BANK_DAYS)


def _chain_names() -> dict[str, str]:
    return dict(Chain.objects.filter(is_test=False).values_list("pk", "name"))
