"""What no file tells by itself: payments that files left out, and files that spoke too early.

A sweep asks the rows what is left to do, so that a run that comes late, or twice, does no harm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Greatest

from billing.models import Case, Payment
from billing.services.payments import key_of
from billing.tills.notices import TillKey
from settlement.differences import MISSING, due_on, missing_before
from settlement.services.confirmations import Confirmed, confirm_payments
from smartpit.kernel import clock
from smartpit.kernel.database import lock

CASES_PER_DAY_MAX = 100  # Of a chain's day with more, the whole day is one case.

# A record that once named no reported payment, whose case is still open, and the payment that has
# come since: told late by its till, or given an invoice by staff.
_SPOKEN_EARLY = """
SELECT payment.chain_id, payment.store, payment.terminal, payment.business_date, payment.receipt,
       payment.line, record.case_id
  FROM billing_chainfilerecord AS record
  JOIN billing_case AS told ON told.id = record.case_id AND told.status = 'open'
  JOIN billing_chainfile AS file ON file.id = record.file_id
  JOIN billing_payment AS payment
    ON (payment.chain_id, payment.store, payment.terminal, payment.business_date, payment.receipt,
        payment.line)
     = (file.chain_id, record.store, record.terminal, record.business_date, record.receipt,
        record.line)
   AND payment.status = 'reported' AND payment.amount_yen = record.amount_yen
 WHERE record.kind = '02' AND record.reason IN ('unknown', 'suspense')
 ORDER BY record.id
 LIMIT 1000
"""


@dataclass(frozen=True)
class Matched:
    """What one run did."""

    confirmed_count: int
    opened_count: int
    closed_count: int


def match_chain_files(*, looks_for_missing: bool = True) -> Matched:
    """Heed what files said too early, close what came, and look for what was left out.

    The last reads every payment of the past that may be meant: once a day is enough.
    """
    confirmed = heed_earlier_files()
    closed = close_what_came()
    return Matched(confirmed, open_missing() if looks_for_missing else 0, closed)


def heed_earlier_files() -> int:
    """Confirm payments that came after the file which confirmed them; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SPOKEN_EARLY)
        rows = cursor.fetchall()
    cases = {TillKey(*row[:6]): row[6] for row in rows}
    if not cases:
        return 0
    outcomes = confirm_payments(list(cases))
    settled = [one.key for one in outcomes if isinstance(one, Confirmed)]
    _close(
        Case.objects.filter(pk__in=[cases[key] for key in settled]),
        "あとから届いた収納を、このファイルのとおりに確報しました。",
    )
    return len(settled)


def close_what_came() -> int:
    """Close the cases of left-out payments that have been confirmed or undone since."""
    open_ = Case.objects.filter(kind=Case.Kind.FILE_MISSING, status=Case.Status.OPEN)
    came = open_.filter(payment__isnull=False).exclude(payment__status=Payment.Status.REPORTED)
    whole_days = [case for case in open_.filter(payment=None) if not _lacks_any(case)]
    return _close([*came, *whole_days], "確報または取消が届きました。")


def _lacks_any(day_case: Case) -> bool:
    return Payment.objects.filter(
        chain=day_case.chain,
        business_date=day_case.told["business_date"],
        status=Payment.Status.REPORTED,
    ).exists()


def open_missing() -> int:
    """Open a case for each reported payment that no file confirmed in time; return how many."""
    before = missing_before(clock.business_date())
    opened = 0
    for chain, day in _days_with_missing(before):
        with transaction.atomic(durable=True):
            lock("chain_file", chain)
            missing = _missing(before).filter(chain=chain, business_date=day)
            if missing.count() > CASES_PER_DAY_MAX:
                cases = [_day_case(chain, day, missing)]
            else:
                cases = [_case(payment) for payment in missing]
            Case.objects.bulk_create(cases)
            opened += len(cases)
    return opened


def _missing(before: date) -> QuerySet[Payment]:
    """Return the payments that files left out and of which no case speaks.

    A whole day's case speaks of all that is left of its day while it is open, and once it is
    closed of what had come when it was opened: what tills or staff bring later is new.
    """
    came = Payment.objects.alias(
        came_at=Greatest("booked_at", "assignment__assigned_at"),
        day=Cast("business_date", TextField()),
    )
    cases = Case.objects.filter(kind=Case.Kind.FILE_MISSING)
    of_the_day = _day_cases().filter(chain=OuterRef("chain"), day=OuterRef("day"))
    speaking = of_the_day.filter(Q(status=Case.Status.OPEN) | Q(opened_at__gte=OuterRef("came_at")))
    return came.filter(
        ~Exists(cases.filter(payment=OuterRef("pk"))), ~Exists(speaking),
        status=Payment.Status.REPORTED, business_date__lt=before, chain__is_test=False,
    )  # fmt: skip


def _day_cases() -> QuerySet[Any]:
    cases = Case.objects.filter(kind=Case.Kind.FILE_MISSING, payment=None)
    return cases.alias(day=KT("told__business_date"))


def _days_with_missing(before: date) -> list[tuple[str, date]]:
    days = _missing(before).values_list("chain", "business_date").distinct()
    return list(days.order_by("business_date", "chain"))


def _case(payment: Payment) -> Case:
    key = key_of(payment)
    told = {"reason": "missing", "amount_yen": payment.amount_yen} | {
        name: word if isinstance(word, int) else str(word) for name, word in vars(key).items()
    }
    return _opened(
        Case(
            key=str(key), chain_id=key.chain, owner_id=payment.owner_id, payment=payment, told=told
        )
    )


def _day_case(chain: str, day: date, missing: QuerySet[Payment]) -> Case:
    """Return a case of all that is missing of a day; its key counts the cases of the day."""
    count, amount_yen = missing.aggregate(count=Count("pk"), amount_yen=Sum("amount_yen")).values()
    told = {
        "reason": "missing",
        "business_date": day.isoformat(),
        "count": count,
        "amount_yen": amount_yen,
    }
    former = _day_cases().filter(chain=chain, day=day.isoformat()).count()
    key = f"{chain}/{day}/{former + 1}" if former else f"{chain}/{day}"
    return _opened(Case(key=key, chain_id=chain, told=told))


def _opened(case: Case) -> Case:
    case.id = uuid4()
    case.kind = Case.Kind.FILE_MISSING
    case.opened_at = clock.now()
    case.due_on = due_on(MISSING, clock.business_date())
    return case


def _close(cases: Iterable[Case], resolution: str) -> int:
    """Close cases by what happened, nobody's hand in it."""
    closed = 0
    with transaction.atomic(durable=True):
        for case in cases:
            if case.status == Case.Status.OPEN:
                case.move(to=Case.Status.CLOSED, closed_at=clock.now(), resolution=resolution)
                closed += 1
    return closed
