"""Chains' remittances: what was agreed, and what each period shall bring.

Locks: the terms of all chains for agreeing; a chain's files for drawing, so that a file that
confirms is either counted or comes after the period's day.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction

from billing.models import Case, Chain
from billing.services.cases import open_case_about
from settlement.bank_differences import OVERDUE, due_on
from settlement.bank_kana import bank_kana
from settlement.calendar import is_period_start
from settlement.models import CUT_OFFS, Remittance, RemittanceTerms
from settlement.refusals import (
    ChainIsTest,
    RemittanceStartRefused,
    RemittanceTermsRefused,
    SenderTaken,
)
from settlement.remittances import Period, fee_yen, overdue_from, periods, spans_of
from settlement.services.roles import WRITERS, require_centre_role
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from tenants.models import Staff

SENDER_WIDTH = 48
AFTER_DAYS_MAX = 90
PAYMENT_FEE_YEN_MAX = 10_000
TRANSFER_FEE_YEN_MAX = 100_000
DRAWN_FROM = time(3)  # What was confirmed before midnight has long been committed.
# Terms are never taken back, and none may begin before the last: a mistyped year would stay.
_DAYS_AHEAD = timedelta(days=400)
_ONE_DAY = timedelta(days=1)

# Confirmed payments of a period: in time for it, and not in time for the one before.
_CONFIRMED = """
SELECT count(*), coalesce(sum(payment.amount_yen), 0)::bigint
  FROM billing_confirmation AS confirmation
  JOIN billing_payment AS payment ON payment.id = confirmation.payment_id
 WHERE payment.chain_id = %(chain)s
   AND payment.business_date <= %(cut_off)s
   AND confirmation.confirmed_at < %(before)s
   AND (payment.business_date > %(former_cut_off)s
        OR confirmation.confirmed_at >= %(former_before)s)
"""


@dataclass(frozen=True)
class TermsAgreed:
    """What is agreed with a chain from a day on; fees are by payment and by transfer."""

    starts_on: date
    cut_off: str
    after_days: int
    sender_kana: str
    sender_code: str = ""
    payment_fee_yen: int = 0
    transfer_fee_yen: int = 0


def agree_remittance(staff: Staff, chain: Chain, asked: TermsAgreed) -> RemittanceTerms:
    """Note what was agreed with a chain from ``asked.starts_on``; what was before stays."""
    require_centre_role(staff, WRITERS)
    if chain.is_test:
        raise ChainIsTest
    _require_sound(asked)
    words = asdict(asked) | {
        "sender_kana": bank_kana(asked.sender_kana, width=SENDER_WIDTH),
        "sender_code": asked.sender_code.zfill(10) if asked.sender_code else "",
    }
    with transaction.atomic(durable=True):
        lock("remittance_terms", "all")
        former = terms_of(chain)
        _require_start(chain, former, asked.starts_on)
        _require_own_sender(chain, words["sender_kana"], words["sender_code"])
        return RemittanceTerms.objects.create(
            chain=chain,
            number=len(former) + 1,
            agreed_by=staff,
            agreed_at=clock.now(),
            **words,
        )


def terms_of(chain: Chain) -> list[RemittanceTerms]:
    """Return a chain's terms, oldest first."""
    return list(RemittanceTerms.objects.filter(chain=chain).order_by("starts_on"))


def draw_remittances(at: datetime | None = None) -> int:
    """Draw what each chain must have remitted by ``at``, a period once; return how many."""
    at = at or clock.now()
    day = clock.business_date(at)
    if at.astimezone(clock.JST).time() < DRAWN_FROM:
        day -= _ONE_DAY
    drawn = 0
    for chain in Chain.objects.filter(is_test=False).order_by("pk"):
        terms = terms_of(chain)
        due = periods(terms, day)
        known = set(Remittance.objects.filter(chain=chain).values_list("cut_off", flat=True))
        for place, period in enumerate(due):
            if period.cut_off not in known:
                former = due[place - 1] if place else None
                drawn += _draw(terms[period.place], period, former)
    return drawn


def open_overdue(day: date) -> int:
    """Open a case for each remittance that has not come by ``day``; return how many are new."""
    rows = Remittance.objects.filter(receipt=None, amount_yen__gt=0, remits_on__lt=day)
    waiting = [one for one in rows.order_by("remits_on", "chain") if _is_late(one, day)]
    keys = [str(one.pk) for one in waiting]
    known = set(Case.objects.filter(kind=OVERDUE, key__in=keys).values_list("key", flat=True))
    late = [one for one in waiting if str(one.pk) not in known]
    if not late:
        return 0
    with transaction.atomic(durable=True):
        for remittance in late:
            open_case_about(_overdue_case(remittance))
    return len(late)


def _is_late(remittance: Remittance, day: date) -> bool:
    return overdue_from(remittance.remits_on) <= day


def _overdue_case(remittance: Remittance) -> Case:
    return Case(
        kind=Case.Kind.REMITTANCE_OVERDUE,
        key=str(remittance.pk),
        chain_id=remittance.chain_id,
        told={
            "reason": f"{remittance.remits_on:%Y/%m/%d} の入金予定が届いていません",
            "cut_off": remittance.cut_off.isoformat(),
            "remits_on": remittance.remits_on.isoformat(),
            "amount_yen": remittance.amount_yen,
        },
        due_on=due_on(OVERDUE, clock.business_date()),
    )


def _draw(terms: RemittanceTerms, period: Period, former: Period | None) -> int:
    """Draw one period, unless somebody was faster."""
    with transaction.atomic(durable=True):
        lock("chain_file", terms.chain_id)
        if Remittance.objects.filter(chain_id=terms.chain_id, cut_off=period.cut_off).exists():
            return 0
        count, gross_yen = _confirmed(terms.chain_id, period, former)
        fee = fee_yen(
            gross_yen,
            count,
            each_yen=terms.payment_fee_yen,
            transfer_yen=terms.transfer_fee_yen,
        )
        Remittance.objects.create(
            chain_id=terms.chain_id,
            terms=terms,
            cut_off=period.cut_off,
            remits_on=period.remits_on,
            payments_count=count,
            gross_yen=gross_yen,
            fee_yen=fee,
            amount_yen=gross_yen - fee,
            drawn_at=clock.now(),
        )
    return 1


def _confirmed(chain: str, period: Period, former: Period | None) -> tuple[int, int]:
    begin = date.min + _ONE_DAY
    words: dict[str, str | date | datetime] = {
        "chain": chain,
        "cut_off": period.cut_off,
        "before": clock.day_begins(period.remits_on),
        "former_cut_off": former.cut_off if former else begin,
        "former_before": clock.day_begins(former.remits_on if former else period.remits_on),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CONFIRMED, words)
        count, gross_yen = cursor.fetchone()
    return int(count), int(gross_yen)


def _require_sound(asked: TermsAgreed) -> None:
    sound = (
        asked.cut_off in dict(CUT_OFFS)
        and 1 <= asked.after_days <= AFTER_DAYS_MAX
        and 0 <= asked.payment_fee_yen <= PAYMENT_FEE_YEN_MAX
        and 0 <= asked.transfer_fee_yen <= TRANSFER_FEE_YEN_MAX
        and (not asked.sender_code or asked.sender_code.isdecimal())
        and len(asked.sender_code) <= 10
        and asked.sender_code.isascii()
    )
    if not sound:
        raise RemittanceTermsRefused


def _require_start(chain: Chain, former: list[RemittanceTerms], starts_on: date) -> None:
    if starts_on > clock.business_date() + _DAYS_AHEAD:
        raise RemittanceStartRefused(f"{starts_on}")
    if not former:
        return
    drawn = Remittance.objects.filter(chain=chain, cut_off__gte=starts_on).exists()
    begins = starts_on > former[-1].starts_on and is_period_start(spans_of(former), starts_on)
    if drawn or not begins:
        raise RemittanceStartRefused(f"{starts_on}")


def _require_own_sender(chain: Chain, kana: str, code: str) -> None:
    others = RemittanceTerms.objects.exclude(chain=chain)
    taken = others.filter(sender_kana=kana).exists()
    if taken or (code and others.filter(sender_code=code).exists()):
        raise SenderTaken(kana)
