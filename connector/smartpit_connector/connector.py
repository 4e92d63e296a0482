"""What a connector does, apart from the wire: take in, catch up, run commands."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from smartpit_connector.centre import Centre, CentreFailed
from smartpit_connector.commands import run_due
from smartpit_connector.config import Config
from smartpit_connector.signature import SignatureRefused, verified_id
from smartpit_connector.store import Conflict, Event, Standing, Store

_log = logging.getLogger("smartpit_connector")


@dataclass
class Refusal:
    """Says no on purpose, so that an operator can play an error or an outage (接続試験)."""

    status: int = 503
    until: float = 0.0
    first: int = 0
    lock: Lock = field(default_factory=Lock)

    def applies(self, now: float) -> bool:
        with self.lock:
            if self.first > 0:
                self.first -= 1
                return True
        return now < self.until


class Connector:
    """One stream: its store, the centre to catch up from, and the command to run."""

    def __init__(
        self, config: Config, now: Callable[[], float] = time.time, refusal: Refusal | None = None
    ) -> None:
        self.config = config
        self.now = now
        self.refusal = refusal or Refusal()
        self.store = Store(config.database, config.stream, config.start_after)
        self.centre = Centre(config.pull) if config.pull else None

    def receive(self, headers: Mapping[str, str], body: bytes) -> int:
        """Take in a notification; return the status to answer. 204: it is on disk.

        A genuine one that cannot be kept is answered 500, so that it comes again.
        """
        receive = self.config.receive
        assert receive is not None
        if self.refusal.applies(self.now()):
            return self.refusal.status
        try:
            mark = verified_id(receive.secrets, headers, body, self.now())
        except SignatureRefused as refused:
            _log.warning("refused: %s", refused.code)
            return 401
        event = _event_of(body)
        if event is None:
            _log.error("a genuine notification could not be read: %s", mark)
            return 500
        try:
            is_new = self.store.take(event, way="push", at=self.now(), webhook_id=mark)
        except Conflict as conflict:
            _log.error("a genuine notification could not be kept: %s", conflict)
            return 500
        _log.info("%s %d %s", "received" if is_new else "known", event.sequence, event.type)
        return 204

    def has_gap(self) -> bool:
        return self.store.last() > self.store.contiguous()

    def catch_up(self) -> int:
        """Pull what is missing, in order, and acknowledge what is kept; return how many were new.

        Acknowledged is only what lies before the first hole, and only once it is on disk.
        """
        if self.centre is None:
            return 0
        new = 0
        while True:
            after = self.store.contiguous()
            for event in self.centre.events(after):
                new += self.store.take(event, way="pull", at=self.now())
            if self.store.contiguous() == after:
                break
        upto = self.store.contiguous()
        if upto > self.store.acknowledged():
            self.centre.acknowledge(upto)
            self.store.note_acknowledged(upto)
        return new

    def catch_up_if_possible(self) -> None:
        """As ``catch_up``; a centre out of reach is tried again later."""
        try:
            new = self.catch_up()
        except (CentreFailed, Conflict) as failed:
            _log.warning("could not catch up: %s", failed)
        else:
            if new:
                _log.info("pulled %d, now at %d", new, self.store.contiguous())

    def run_commands(self) -> int:
        command = self.config.command
        return run_due(self.store, command, self.now) if command else 0

    def report(self, test: str) -> tuple[Standing, dict[str, Any]]:
        """Tell the centre what was booked of a connection test, as its last item asks."""
        assert self.centre is not None
        prefix = str(self.centre.connection_test(test)["reference_prefix"])
        standing = self.store.standing(prefix)
        return standing, self.centre.report(test, vars(standing))

    def close(self) -> None:
        self.store.close()


def _event_of(body: bytes) -> Event | None:
    try:
        words = json.loads(body)
        sequence, kind, stamp = words["sequence"], words["type"], words["timestamp"]
        told = words["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_right = isinstance(sequence, int) and not isinstance(sequence, bool) and sequence >= 1
    if not is_right or not isinstance(kind, str) or not isinstance(told, dict):
        return None
    return Event(sequence, kind, str(stamp), told)
