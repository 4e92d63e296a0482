"""A chain's head office, played: the file it would send, written from what its tills told.

For demo folders only. It knows the books, so its files agree with them; what a real chain gets
wrong is for tests to invent. A payment of today is never in a file: its till may still undo it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from tempfile import TemporaryFile
from typing import BinaryIO

from django.db.models import Q

from billing.chain_file import (
    CONFIRMED,
    REPORTED,
    REVERSED,
    Header,
    Record,
    barcode_with,
    chain_file,
)
from billing.models import Chain, ChainFile, Payment
from billing.tills.notices import Receipt
from settlement.calendar import add_bank_days
from settlement.services.chain_files import FileSent, take_chain_file
from smartpit.kernel import clock

SENT_FROM = time(5)
CONFIRMED_AFTER_DAYS = 2
TRANSFER_AFTER_BANK_DAYS = 5
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class FileAsked:
    """Which file: a chain's of a day. ``held_back`` names what the stores sent in too late."""

    chain: Chain
    day: date
    confirmed_after_days: int = CONFIRMED_AFTER_DAYS
    held_back: Callable[[Payment], bool] = lambda _payment: False

    @property
    def name(self) -> str:
        return f"{self.chain.file_code}-{self.day:%Y%m%d}.dat"


def send_days_files(*, held_back: Callable[[Payment], bool] = lambda _payment: False) -> int:
    """Send each live chain's file of today, once, from five in the morning; return how many."""
    day = clock.business_date()
    if clock.now() < datetime.combine(day, SENT_FROM, clock.JST):
        return 0
    sent = 0
    for chain in Chain.objects.filter(is_test=False).order_by("pk"):
        asked = FileAsked(chain, day, held_back=held_back)
        if not ChainFile.objects.filter(chain=chain, name=asked.name).exists():
            send_file(asked)
            sent += 1
    return sent


def send_file(asked: FileAsked) -> Receipt:
    """Write a file and have it taken in as if the chain had sent it."""
    with TemporaryFile() as content:
        bytes_count, digest = write_file(asked, content)
        content.seek(0)
        return take_chain_file(FileSent(asked.chain, asked.name, digest, bytes_count, content))


def write_file(asked: FileAsked, content: BinaryIO) -> tuple[int, str]:
    """Write the file; return its size and its hash."""
    digest, size = sha256(), 0
    header = Header(asked.chain.file_code, asked.day)
    for line in chain_file(header, _records(asked)):
        content.write(line)
        digest.update(line)
        size += len(line)
    return size, digest.hexdigest()


def record_of(payment: Payment, kind: str, day: date) -> Record:
    """Return what a file of ``day`` says of a payment."""
    assert payment.amount_yen is not None
    assert payment.taken_at is not None
    return Record(
        number=0,
        kind=kind,
        business_date=payment.business_date,
        taken_at=f"{payment.taken_at.astimezone(clock.JST):%H%M}",
        barcode=barcode_with(payment.amount_yen),
        store=payment.store,
        transfer_on=add_bank_days(day, TRANSFER_AFTER_BANK_DAYS),
        receipt=payment.receipt,
        line=payment.line,
        terminal=payment.terminal,
    )


def _records(asked: FileAsked) -> Iterator[Record]:
    """Yesterday's payments for information, what was undone yesterday, and what will be paid."""
    taken = Payment.objects.filter(chain=asked.chain, amount_yen__isnull=False)
    yesterday = asked.day - _ONE_DAY
    undone = Q(
        reversal__reversed_at__gte=clock.day_begins(yesterday),
        reversal__reversed_at__lt=clock.day_begins(asked.day),
    )
    ripe = asked.day - timedelta(days=asked.confirmed_after_days)
    paid = Q(status=Payment.Status.REPORTED, business_date__lte=ripe)
    unplaced = Q(status=Payment.Status.SUSPENSE, business_date=ripe)
    for kind, wanted in (
        (REPORTED, Q(business_date=yesterday)),
        (REVERSED, undone),
        (CONFIRMED, paid | unplaced),
    ):
        rows = taken.filter(wanted).order_by(
            "business_date", "booked_at", "store", "receipt", "line"
        )
        for payment in rows.iterator(chunk_size=2_000):
            if kind != CONFIRMED or not asked.held_back(payment):
                yield record_of(payment, kind, asked.day)
