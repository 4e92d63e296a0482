"""Stores' terminals: noted when first seen, and kept from guessing numbers (contract 4, A miss)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

from django.db import transaction

from billing.models import Case, Miss, Terminal
from billing.refusals import TerminalMissedTooOften
from billing.services.cases import open_case_about
from billing.tills.inquiry import Place
from cards.refusals import UnknownNumber
from smartpit.kernel import clock

MISSES_MAX = 30
WINDOW = timedelta(minutes=60)
REFUSED_FOR = timedelta(minutes=60)


def inquiring(place: Place) -> AbstractContextManager[None]:
    """Let a terminal ask for a number in the block; what nobody has is counted as a miss."""
    return counting_misses(met(place))


@contextmanager
def counting_misses(terminal: Terminal) -> Iterator[None]:
    """Refuse a terminal that has missed too often; count what misses in the block."""
    _require_allowed(terminal, clock.now())
    try:
        yield
    except UnknownNumber:
        note_miss(terminal)
        raise


def note_miss(terminal: Terminal) -> None:
    """Count a miss; the thirtieth within the hour stops the terminal's inquiries for an hour.

    The terminal's row is locked, so that of many who miss at once exactly thirty are told so.
    """
    now = clock.now()
    with transaction.atomic(durable=True):
        locked = Terminal.objects.select_for_update(no_key=True).get(pk=terminal.pk)
        _require_allowed(locked, now)
        place = {
            "chain_id": locked.chain_id,
            "store": locked.store,
            "terminal": locked.terminal,
        }
        Miss.objects.create(**place, missed_at=now)
        if Miss.objects.filter(**place, missed_at__gt=now - WINDOW).count() >= MISSES_MAX:
            _refuse_inquiries(locked, now)


def forget_old_misses() -> int:
    """Delete the misses that count no more; return how many there were."""
    with transaction.atomic(durable=True):
        old = Miss.objects.filter(missed_at__lte=clock.now() - WINDOW)
        return old.delete()[0]


def met(place: Place) -> Terminal:
    """Return the terminal, noted now if it was never seen."""
    seen = {"chain_id": place.chain, "store": place.store, "terminal": place.terminal}
    known = Terminal.objects.filter(**seen).first()
    if known is not None:
        return known
    new = Terminal(**seen, seen_first_at=clock.now())
    Terminal.objects.bulk_create([new], ignore_conflicts=True)
    return Terminal.objects.get(**seen)


def _require_allowed(terminal: Terminal, now: datetime) -> None:
    again_at = terminal.inquiries_from
    if again_at is not None and now < again_at:
        raise TerminalMissedTooOften(-((now - again_at) // timedelta(seconds=1)))


def _refuse_inquiries(terminal: Terminal, now: datetime) -> None:
    again_at = now + REFUSED_FOR
    Terminal.objects.filter(pk=terminal.pk).update(inquiries_from=again_at)
    open_case_about(
        Case(
            kind=Case.Kind.TERMINAL_MISSES,
            key=f"{terminal.chain_id}/{terminal.store}/{terminal.terminal}/{now.isoformat()}",
            chain_id=terminal.chain_id,
            told={
                "store": terminal.store,
                "terminal": terminal.terminal,
                "misses": MISSES_MAX,
                "inquiries_from": again_at.astimezone(clock.JST).isoformat(),
            },
        )
    )
