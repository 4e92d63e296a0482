"""Limits for people who are not signed in, counted by rows, so that all processes count together.

Whoever counts first takes a lock, or twenty who come at once would each see room for one more.
"""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from django.db import transaction
from django.utils.crypto import salted_hmac

from billing.models import PublicAct
from billing.refusals import TooManyMisses
from smartpit.kernel import clock
from smartpit.kernel.database import lock

WINDOW = timedelta(hours=1)
KEPT_FOR = timedelta(days=1)  # A press is known again for longer than its page can be sent.
MISSES_MAX = 30
_HOUSEHOLD_BITS = 64  # Of an IPv6 address, what a provider gives to one household.


def source_of(address: str) -> str:
    """Return a mark to count an address by; without the centre's secret it leads nowhere."""
    try:
        parsed = ip_address(address)
    except ValueError:
        network = address
    else:
        is_long = isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None
        network = str(int(parsed) >> _HOUSEHOLD_BITS) if is_long else str(parsed)
    return salted_hmac("public act", network, algorithm="sha256").hexdigest()


def seconds_to_wait(kind: str, count_max: int, source: str | None = None) -> int:
    """Return how long until one more is within the limit; 0 is now.

    Room is made when the ``count_max``-th newest act leaves the window.
    """
    rows = PublicAct.objects.filter(kind=kind, acted_at__gt=clock.now() - WINDOW)
    if source is not None:
        rows = rows.filter(source=source)
    times = rows.order_by("-acted_at").values_list("acted_at", flat=True)
    last = next(iter(times[count_max - 1 : count_max]), None)
    return 0 if last is None else (last + WINDOW - clock.now()) // timedelta(seconds=1) + 1


def note_miss(address: str) -> None:
    """Count an address of a card's page that is nobody's; too many are refused and not counted.

    A right address is never refused: its 122 random bits cannot be found by trying, and many
    people may share the address that somebody tries from.
    """
    source = source_of(address)
    with transaction.atomic(durable=True):
        lock("public_act", source)
        wait = seconds_to_wait(PublicAct.Kind.MISS, MISSES_MAX, source)
        if wait:
            raise TooManyMisses(wait)
        PublicAct.objects.create(kind=PublicAct.Kind.MISS, source=source, acted_at=clock.now())


def forget_old_acts() -> int:
    """Delete what counts against nobody any more; return how many rows there were."""
    with transaction.atomic(durable=True):
        old = PublicAct.objects.filter(acted_at__lt=clock.now() - KEPT_FOR)
        return old.delete()[0]
