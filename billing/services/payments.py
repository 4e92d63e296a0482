"""Booking what tills tell: one statement for a batch, which judges and writes (``tills``).

Locks: those of the statement, see ``billing/tills/booking.sql``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from billing.models import Payment
from billing.services.events import EventTold
from billing.tills.booking import BATCH_MAX, STATEMENT, Arrival, Book, batch_of, outcome_of
from billing.tills.group_commit import GroupCommit
from billing.tills.notices import PaymentNotice, Receipt, TillKey
from cards.models import Member
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from smartpit.kernel.threads import in_thread

_LOCK_PAYMENTS = """
SELECT payment.*
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::text[], %s::int[])
       AS told (chain, store, terminal, business_date, receipt, line)
  JOIN billing_payment AS payment
    ON (payment.chain_id, payment.store, payment.terminal, payment.business_date, payment.receipt,
        payment.line)
     = (told.chain, told.store, told.terminal, told.business_date, told.receipt, told.line)
 ORDER BY payment.id
   FOR NO KEY UPDATE OF payment
"""


def receive_payment(notice: PaymentNotice) -> Receipt:
    """Book one notice, or raise why not."""
    return _receipt(_receive_alone(Arrival(notice, clock.now())))


def receive_payment_with_others(notice: PaymentNotice) -> Receipt:
    """Book one notice together with all that this process is told now, or raise why not.

    It is what the tills' API calls: a crowd of tills shares one statement and one commit.
    """
    if not settings.PAYMENTS_SHARE_COMMITS:
        return receive_payment(notice)
    return _receipt(_share_commits(Arrival(notice, clock.now())))


async def receive_payment_soon(notice: PaymentNotice) -> Receipt:
    """Do the same for who waits in an event loop."""
    arrival = Arrival(notice, clock.now())
    if settings.PAYMENTS_SHARE_COMMITS:
        return _receipt(await _share_commits.soon(arrival))
    return _receipt(await in_thread(_receive_alone, arrival))


def receive_payments(notices: Sequence[PaymentNotice]) -> list[Receipt | DomainError]:
    """Book a batch and return, in its order, what each till is answered.

    Every notice is judged by what is true when its turn comes, so a copy later in the same batch
    is a replay and a second payment of a single invoice is refused. Whoever has somebody in its
    way asks again, in a transaction of its own.
    """
    at = clock.now()
    return _receive([Arrival(notice, at) for notice in notices])


def _receive(arrivals: Sequence[Arrival]) -> list[Receipt | DomainError]:
    outcomes: dict[int, Receipt | DomainError] = {}
    while len(outcomes) < len(arrivals):
        waiting = [place for place in range(len(arrivals)) if place not in outcomes]
        booked = _book([arrivals[place] for place in waiting])
        outcomes |= {
            place: outcome
            for place, outcome in zip(waiting, booked, strict=True)
            if outcome is not None
        }
    return [outcomes[place] for place in range(len(arrivals))]


def _receive_alone(arrival: Arrival) -> Receipt | DomainError:
    return _receive([arrival])[0]


def _book(arrivals: Sequence[Arrival]) -> list[Receipt | DomainError | None]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(STATEMENT, [batch_of(arrivals)])
        return [outcome_of(row) for row in cursor.fetchall()]


def _receipt(outcome: Receipt | DomainError) -> Receipt:
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


_share_commits: Final = GroupCommit(Book(), _receive_alone, size_max=BATCH_MAX)


def payment_event(payment: Payment, type_: str) -> EventTold:
    """Return the fact that ``type_`` happened to ``payment`` (contract section 5)."""
    (told,) = payment_events([payment], type_)
    return told


def payment_events(payments: Sequence[Payment], type_: str) -> list[EventTold]:
    """Return the facts of several payments; their members are asked for at once."""
    numbers = {payment.number for payment in payments}
    known = Member.objects.filter(card__number__in=numbers).values_list(
        "owner_id", "card__number", "reference"
    )
    references: dict[tuple[int | None, str], str] = {
        (owner_id, number): reference for owner_id, number, reference in known
    }
    return [
        _told(payment, type_, references.get((payment.owner_id, payment.number)))
        for payment in payments
    ]


def find_payment(key: TillKey) -> Payment | None:
    """Return the row of a till key, whatever it holds."""
    return Payment.objects.filter(
        chain_id=key.chain,
        store=key.store,
        terminal=key.terminal,
        business_date=key.business_date,
        receipt=key.receipt,
        line=key.line,
    ).first()


def lock_payments(keys: Iterable[TillKey]) -> dict[TillKey, Payment]:
    """Lock the rows that these keys have, in one order, and return them as they are now.

    Row locks: unlike the named locks of keys they cost no shared memory, so that a file of a
    million confirmations can be one transaction.
    """
    columns = tuple(zip(*(astuple(key) for key in set(keys)), strict=True)) or ((),) * 6
    rows = Payment.objects.raw(_LOCK_PAYMENTS, [list(column) for column in columns])
    return {key_of(row): row for row in rows}


def key_of(payment: Payment) -> TillKey:
    """Return the till key of a row."""
    return TillKey(
        chain=payment.chain_id,
        store=payment.store,
        terminal=payment.terminal,
        business_date=payment.business_date,
        receipt=payment.receipt,
        line=payment.line,
    )


def _told(payment: Payment, type_: str, member_reference: str | None) -> EventTold:
    assert payment.owner_id is not None
    assert payment.tenant is not None
    assert payment.invoice is not None
    assert payment.taken_at is not None
    return EventTold(
        type=type_,
        owner_id=payment.owner_id,
        tenant_id=payment.tenant_id,
        invoice_id=payment.invoice_id,
        payment_id=payment.pk,
        body={
            "payment": str(payment.pk),
            "invoice": str(payment.invoice_id),
            "reference": payment.invoice.reference,
            "number": payment.number,
            "member_reference": member_reference,
            "tenant": payment.tenant.code,
            "amount_yen": payment.amount_yen,
            "tax_yen": payment.tax_yen,
            "chain": payment.chain.told_code,
            "store": payment.store,
            "business_date": payment.business_date.isoformat(),
            "taken_at": payment.taken_at.astimezone(clock.JST).isoformat(),
            "repeats": payment.repeats,
            "late": payment.late,
            "possible_duplicate": payment.possible_duplicate,
        },
    )
