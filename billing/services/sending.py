"""Sending what is due: claim in one transaction, HTTP outside any, record in another.

A claim is a lease: it moves ``next_attempt_at`` ahead, so that nobody else sends meanwhile, and
a sender that is killed loses nothing but time. So a notification may come twice, and never not
at all.

Each endpoint has up to four *lanes*, threads that send one after the other what was claimed for it,
so that a quick receiver is told thousands of times a second and a slow one holds four threads. Of
an endpoint that fails only one at a time is under way, in threads apart: however many are down,
they take nothing from those that work.
"""

import logging
import time
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event as Bell
from threading import Lock
from typing import Final
from uuid import UUID, uuid5

from billing.delivery import post as wire
from billing.delivery.addresses import Reach
from billing.delivery.lines import SWITCHBOARD
from billing.delivery.post import Letter, Outcome
from billing.delivery.sealing import SealBroken, unseal
from billing.delivery.signing import signed_headers
from billing.services.claiming import (
    LEASE,
    UNDER_WAY_PER_ENDPOINT,
    Claimed,
    Met,
    claim,
    give_back,
    next_due,
    record_attempt,
    record_attempts,
)
from billing.services.notifications import reach_of
from smartpit.kernel import clock

__all__ = [
    "LEASE", "LIMIT", "UNDER_WAY_PER_ENDPOINT", "Sender", "claim", "deliver_due",
    "next_due", "record_attempt",
]  # fmt: skip

THREADS: Final = 96
THREADS_OF_FAILING: Final = 32
LIMIT: Final = 10_000
WORKING_SECONDS: Final = 30.0
_PLACES_MAX: Final = 5_000
_LOOK_SECONDS: Final = 0.5
# How long finished ones gather before they are recorded together, and at how many at the latest.
_GATHER_SECONDS: Final = 0.01
_RECORDED_AT_ONCE: Final = 256
_QUEUED_MAX: Final = 1_024
_BITE_MAX: Final = 256
_BITE_MAX_OF_FAILING: Final = 64
_LANE_SECONDS: Final = 0.05
_BITE_SECONDS: Final = 2.0  # A bite is what an endpoint is likely to take in so long.

_log = logging.getLogger("smartpit.notifications")


@dataclass
class _Place:
    """One endpoint: what waits for it, how many lanes send, and how quick it is."""

    waiting: deque[Claimed] = field(default_factory=deque)
    lanes: int = 0
    under_way: int = 0
    pace_seconds: float = 0.0  # Of one notification, lately; 0: not known yet.
    is_failing: bool = False

    @property
    def held(self) -> int:
        return len(self.waiting) + self.under_way

    def bite(self) -> int:
        """Return how many more may be claimed for it now; a slow one's queue must stay short."""
        most = UNDER_WAY_PER_ENDPOINT
        if self.pace_seconds:
            likely = int(_BITE_SECONDS * UNDER_WAY_PER_ENDPOINT / self.pace_seconds)
            low, high = (1, _BITE_MAX_OF_FAILING) if self.is_failing else (most, _BITE_MAX)
            most = min(max(likely, low), high)
        return max(most - self.held, 0)

    def lanes_wanted(self) -> int:
        """Return in how many lanes what it holds is sent soon: each is a thread, and costs."""
        if not self.pace_seconds:
            return min(UNDER_WAY_PER_ENDPOINT, self.held)
        likely = 1 + int(self.held * self.pace_seconds / _LANE_SECONDS)
        return min(UNDER_WAY_PER_ENDPOINT, self.held, likely)

    def note(self, seconds: float, *, is_failing: bool) -> None:
        self.is_failing = is_failing
        self.pace_seconds = (self.pace_seconds or seconds) * 0.8 + seconds * 0.2


def deliver_due(limit: int = LIMIT) -> int:
    """Send until nothing is due and nothing under way; return how many attempts were made."""
    sender = Sender()
    try:
        while not sender.work(limit):
            pass
        return sender.attempts
    finally:
        sender.close()


class Sender:
    """A process's one sender: whoever calls ``work`` claims and records, the lanes send."""

    def __init__(self, bell: Bell | None = None) -> None:
        self.bell = bell or Bell()
        self.threads = ThreadPoolExecutor(THREADS, "notify")
        self.threads_of_failing = ThreadPoolExecutor(THREADS_OF_FAILING, "notify-failing")
        self.lock = Lock()
        self.places: dict[UUID, _Place] = defaultdict(_Place)
        self.held = 0
        self.attempts = 0
        self.finished: deque[Met] = deque()
        self.unsent: deque[Claimed] = deque()
        self.reaches: dict[int, Reach] = {}

    def work(self, limit: int | None = None) -> bool:
        """Claim, send and record for a while; tell whether nothing is due and nothing under way.

        Whoever has news meanwhile rings the bell. What is under way when the time is up goes on,
        and is recorded by the next call: a receiver that hangs holds up nobody.
        """
        ends = time.monotonic() + WORKING_SECONDS
        self.reaches.clear()
        self._forget_idle_places()
        claims_at = 0.0
        while time.monotonic() < ends:
            at = time.monotonic()
            moved = self._record() + self._give_back()
            if self.bell.is_set() or moved or at >= claims_at + _LOOK_SECONDS:
                self.bell.clear()
                claims_at = at
                room = _QUEUED_MAX - self.held
                left = room if limit is None else limit - self.attempts
                self._send(self._claimed(min(room, left)))
            if not self.held:
                return True
            if len(self.finished) < _RECORDED_AT_ONCE:
                time.sleep(_GATHER_SECONDS)
        return False

    def close(self) -> None:
        """Wait for what is under way, and hang up."""
        self.threads.shutdown()
        self.threads_of_failing.shutdown()
        SWITCHBOARD.hang_up()

    def _claimed(self, room: int) -> list[Claimed]:
        with self.lock:
            bites = {endpoint: place.bite() for endpoint, place in self.places.items()}
        claimed = claim(room, bites)
        self.attempts += len(claimed)
        for one in claimed:
            if one.owner_id not in self.reaches:
                self.reaches[one.owner_id] = reach_of(one.owner_id)
        return claimed

    def _send(self, claimed: list[Claimed]) -> None:
        """Put claimed ones into their endpoints' queues, and see that there are lanes for them."""
        opened: list[tuple[ThreadPoolExecutor, UUID]] = []
        with self.lock:
            for one in claimed:
                place = self.places[one.endpoint_id]
                place.waiting.append(one)
                self.held += 1
                if place.lanes < place.lanes_wanted():
                    place.lanes += 1
                    is_failing = one.is_failing or place.is_failing
                    threads = self.threads_of_failing if is_failing else self.threads
                    opened.append((threads, one.endpoint_id))
        for threads, endpoint_id in opened:
            # The clock is a context's: a lane tells the time that this thread tells.
            threads.submit(copy_context().run, self._drive, endpoint_id)

    def _drive(self, endpoint_id: UUID) -> None:
        """Send what waits for one endpoint, one after the other, until nothing does."""
        with self.lock:
            place = self.places[endpoint_id]
        while (one := self._next(place)) is not None:
            began = time.monotonic()
            if one.held_until - began <= wire.SECONDS_MAX:
                self._put_back(one, place)
                continue
            met = Met(one, self._attempt(one))
            with self.lock:
                place.under_way -= 1
                place.note(time.monotonic() - began, is_failing=not met.outcome.is_success)
                self.finished.append(met)

    def _next(self, place: _Place) -> Claimed | None:
        with self.lock:
            if not place.waiting:
                place.lanes -= 1
                return None
            place.under_way += 1
            return place.waiting.popleft()

    def _put_back(self, one: Claimed, place: _Place) -> None:
        """Leave to the next claim what has no time left for an attempt before its lease is out."""
        with self.lock:
            place.under_way -= 1
            self.unsent.append(one)

    def _attempt(self, claimed: Claimed) -> Outcome:
        """Return the outcome; a fault of our own counts as a failed attempt, or it would recur."""
        try:
            return wire.post(letter_of(claimed, self.reaches[claimed.owner_id]))
        except SealBroken:
            return Outcome(failure="secret_unreadable")
        except Exception as fault:  # noqa: BLE001 - whatever it was, the row must come round again
            _log.error("a notification met a fault of ours", exc_info=fault)
            return Outcome(failure=f"fault: {type(fault).__name__}")

    def _record(self) -> int:
        met = [self.finished.popleft() for _ in range(min(len(self.finished), _RECORDED_AT_ONCE))]
        if met:
            # What cannot be recorded comes again when its lease is out; it takes no other's place.
            self.held -= len(met)
            record_attempts(met)
        return len(met)

    def _give_back(self) -> int:
        unsent = [self.unsent.popleft() for _ in range(len(self.unsent))]
        if unsent:
            self.held -= len(unsent)
            give_back(unsent)
            self.attempts -= len(unsent)
        return len(unsent)

    def _forget_idle_places(self) -> None:
        with self.lock:
            if len(self.places) > _PLACES_MAX:
                for endpoint_id in [key for key, place in self.places.items() if not place.lanes]:
                    del self.places[endpoint_id]


def message_id(endpoint_id: UUID, sequence: int) -> str:
    """Return the ``webhook-id``: the same for each attempt of one event at one endpoint."""
    return f"msg_{uuid5(endpoint_id, str(sequence)).hex}"


def letter_of(claimed: Claimed, reach: Reach) -> Letter:
    """Return what is sent of a claimed delivery, signed at this instant."""
    assert claimed.body is not None, "a confirmation without the report of its payment"
    now = clock.now()
    occurred_at = claimed.occurred_at.astimezone(clock.JST).isoformat()
    # The rest of the body is JSON already, as the database keeps it: so it is the same bytes at
    # each attempt, and nothing of it is read here.
    body = (
        f'{{"type": "{claimed.type}", "timestamp": "{occurred_at}", '
        f'"sequence": {claimed.sequence}, "data": {claimed.body}}}'
    ).encode()
    secrets = [unseal(claimed.secret)]
    if claimed.former_secret is not None and now < (claimed.former_until or now):
        secrets.append(unseal(claimed.former_secret))
    message = message_id(claimed.endpoint_id, claimed.sequence)
    return Letter(claimed.url, tuple(signed_headers(message, now, body, by=secrets)), body, reach)
