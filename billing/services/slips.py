"""申込券: a kiosk prints what was chosen; the register takes it for thirty minutes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from billing.models import Chain, Invoice, Slip, SlipLine
from billing.refusals import LimitReached, UnknownInvoice
from billing.selectors import card_known, limited, live_slip_lines, stamped
from billing.services.words import AMOUNT_YEN_MAX
from billing.tills.payable import first_refusal
from billing.tills.slip_barcode import CODE_DIGITS, SlipDigits, slip_barcode
from cards.models import Card
from cards.selectors import card_refusal
from smartpit.kernel import clock

LIVES_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class SlipAsked:
    """The invoices of a number that a payer chose at a kiosk, in the order of the choice."""

    chain: Chain
    store: str
    terminal: str
    number: str
    invoices: tuple[str, ...]


@dataclass(frozen=True)
class PrintedSlip:
    """A slip and its invoices as they stand on the paper; ``stamped`` are those with a stamp."""

    slip: Slip
    invoices: list[Invoice]
    stamped: set[UUID]


def print_slip(asked: SlipAsked) -> PrintedSlip:
    """Print a slip for invoices of one number, and void the older slips that hold any of them.

    The invoices are locked, so that no two slips of one live. Asked again, it is another slip:
    the first one's paper may be lost.
    """
    at = clock.now()
    with transaction.atomic(durable=True):
        card = card_known(asked.number, is_test=asked.chain.is_test)
        invoices = _locked(asked)
        _require_printable(card, invoices, at)
        _void_older(invoices, at)
        return _print(asked, card, invoices, at)


def _locked(asked: SlipAsked) -> list[Invoice]:
    """Lock what was chosen and read it as it is then: a replacement may just have moved it."""
    ids = [UUID(told) for told in asked.invoices if is_id(told)]
    of_its_side = Invoice.objects.filter(pk__in=ids, owner__is_test=asked.chain.is_test)
    list(of_its_side.select_for_update(of=("self",), no_key=True).order_by("pk").values("pk"))
    rows = of_its_side.select_related("card", "owner", "tenant").in_bulk()
    if len(rows) < len(asked.invoices):
        raise UnknownInvoice
    return [rows[pk] for pk in ids]


def is_id(told: str) -> bool:
    """Tell whether these words are an invoice's id as we write it."""
    try:
        return str(UUID(told)) == told
    except ValueError:
        return False


def _require_printable(card: Card, invoices: Sequence[Invoice], at: datetime) -> None:
    if any(not _was_on(card, invoice) for invoice in invoices):
        raise UnknownInvoice
    refused = card_refusal(card) or first_refusal(invoices, at)
    if refused is not None:
        raise refused
    if sum(invoice.amount_yen for invoice in invoices) > AMOUNT_YEN_MAX or limited(invoices, at):
        raise LimitReached


def _was_on(card: Card, invoice: Invoice) -> bool:
    """Is this invoice the card's, or that of one which replaced it? The latter says so itself."""
    place: Card | None = card
    while place is not None and place.pk != invoice.card_id:
        place = place.replaced_by
    return place is not None


def _void_older(invoices: Sequence[Invoice], at: datetime) -> None:
    """End the whole of each slip that holds one of these; slips are locked by code."""
    held = live_slip_lines(at).filter(invoice__in=invoices).values("slip")
    older = Slip.objects.filter(pk__in=held).select_for_update(no_key=True).order_by("pk")
    codes = [slip.pk for slip in older]
    Slip.objects.filter(pk__in=codes, voided_at=None).update(voided_at=at)


def _print(asked: SlipAsked, card: Card, invoices: list[Invoice], at: datetime) -> PrintedSlip:
    with_stamp = stamped(invoices)
    amount_yen = sum(invoice.amount_yen for invoice in invoices)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    said = SlipDigits(
        issuer=settings.SLIP_ISSUER_CODE,
        code=code,
        chain=asked.chain.file_code[-2:],
        day=clock.business_date(at),
        stamp=bool(with_stamp),
        amount_yen=amount_yen,
    )
    slip = Slip.objects.create(
        code=code,
        chain=asked.chain,
        store=asked.store,
        terminal=asked.terminal,
        card=card,
        barcode=slip_barcode(said),
        amount_yen=amount_yen,
        printed_at=at,
        expires_at=at + LIVES_FOR,
    )
    SlipLine.objects.bulk_create(
        SlipLine(
            slip=slip,
            place=place,
            owner_id=invoice.owner_id,
            tenant_id=invoice.tenant_id,
            invoice=invoice,
            version=invoice.version,
            amount_yen=invoice.amount_yen,
        )
        for place, invoice in enumerate(invoices, start=1)
    )
    return PrintedSlip(slip, invoices, with_stamp)
