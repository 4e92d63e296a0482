"""What a till asks of a number or of bars it scanned: one statement (``inquiry.sql``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from django.db import connection

from billing.models import Chain, Invoice
from billing.refusals import SlipExpired, UnknownSlip
from billing.tills import slip_barcode
from cards.models import Card
from cards.numbers import is_well_formed
from cards.refusals import UnknownNumber
from cards.selectors import status_refusal
from smartpit.kernel.errors import DomainError

_FOUND: Final = 7  # So many columns stand before a line's.
STATEMENT: Final = "SELECT * FROM find_payable(%s, %s, %s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True)
class Place:
    """Where a request comes from: a terminal of a store; the chain is its credential's."""

    chain: str
    store: str
    terminal: str

    def __str__(self) -> str:
        return f"{self.chain}/{self.store}/{self.terminal}"


@dataclass(frozen=True)
class InquiryAsked:
    """A number that was keyed, or bars that were scanned: 13 digits a card's, 44 a slip's."""

    chain: Chain
    place: Place
    number: str | None
    barcode: str | None

    @property
    def is_of_slip(self) -> bool:
        return self.barcode is not None and len(self.barcode) == slip_barcode.DIGITS

    @property
    def is_well_formed(self) -> bool:
        """Is the check digit right? Bars are looked up as they were read."""
        return self.number is None or is_well_formed(self.number)


class PayableLine(NamedTuple):
    """One invoice as a till is shown it, but for its stamp (LINE of contract section 4)."""

    pk: UUID
    owner_id: int
    version: int
    payee: str
    tenant: str
    display_name: str
    contact_name: str
    contact_phone: str
    contact_hours: str
    title: str
    amount_yen: int
    tax_yen: int | None
    due_on: date | None
    repeats: bool

    @classmethod
    def of(cls, invoice: Invoice) -> Self:
        tenant = invoice.tenant
        return cls(
            pk=invoice.pk,
            owner_id=invoice.owner_id,
            version=invoice.version,
            payee=invoice.owner.name,
            tenant=tenant.code,
            display_name=tenant.display_name,
            contact_name=tenant.contact_name,
            contact_phone=tenant.contact_phone,
            contact_hours=tenant.contact_hours,
            title=invoice.title,
            amount_yen=invoice.amount_yen,
            tax_yen=invoice.tax_yen,
            due_on=invoice.due_on,
            repeats=invoice.repeats,
        )


class Found(NamedTuple):
    """Who asks and what was found, in the columns of the statement; its lines stand beside."""

    terminal_id: int | None
    inquiries_from: datetime | None
    slip: str | None
    expires_at: datetime | None
    voided_at: datetime | None
    card_status: str | None
    number: str | None

    def refusal(self, asked: InquiryAsked, at: datetime) -> DomainError | None:
        """Return why the till is shown nothing; a wrong digit and a stranger sound the same."""
        if asked.is_of_slip:
            if self.slip is None or self.expires_at is None:
                return UnknownSlip()
            if self.voided_at is not None or self.expires_at <= at:
                return SlipExpired()
        elif self.card_status in (None, Card.Status.RETIRED) or not asked.is_well_formed:
            return UnknownNumber()
        assert self.card_status is not None
        return status_refusal(self.card_status)


def find_payable(asked: InquiryAsked, at: datetime) -> tuple[Found, list[PayableLine]]:
    """Return what there is under what was asked, whatever it may be refused for."""
    place = asked.place
    bars = (None, asked.barcode) if asked.is_of_slip else (asked.barcode, None)
    words: Sequence[Any] = (
        *(place.chain, place.store, place.terminal, asked.chain.is_test, asked.number),
        *(*bars, at),
    )
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, words)
        rows = cursor.fetchall()
    lines = [PayableLine(*row[_FOUND:]) for row in rows if row[_FOUND] is not None]
    return Found(*rows[0][:_FOUND]), lines
