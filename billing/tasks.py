"""Doorbells of billing: rows are the truth, a task only looks at them sooner.

``ring`` is called by edges once their transaction is committed. It only wakes a thread, which
tells the worker: a broker that is slow or dead never delays or fails what was rung for, and the
sweep of each minute finds what no bell told of.
"""

import logging
import time
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Event, Lock, Thread
from uuid import UUID

from amqp.exceptions import AMQPError
from celery import shared_task
from kombu.exceptions import KombuError

from billing.selectors import import_jobs_to_run
from billing.services import connection_tests, sending
from billing.services.alerts import alert_of_endpoints
from billing.services.batches import drop_old_drafts
from billing.services.imports import run_imports
from billing.services.ladder import climb
from billing.services.live_tenants import tell_live_tenants
from billing.services.notices import send_notices
from billing.services.packs import alert_of_packs, throw_away_packs
from billing.services.printing import print_batch
from billing.services.public_acts import forget_old_acts
from billing.services.terminals import forget_old_misses
from cards.models import Batch
from cards.selectors import batches_unprinted
from smartpit.kernel import clock
from tenants.access import Scope

_RING_EVERY_SECONDS = 0.2  # Each ring takes of the tills' share; alone, one rings at once.
PRESSES = 2  # Of the worker's four threads: for what takes minutes.
_presses = BoundedSemaphore(PRESSES)
_LOOK_AGAIN_SECONDS = 3  # At a connection test whose item began only now.
_PROMISE_WITHIN = timedelta(seconds=60)  # What is due later, a sweep finds in time.
_log = logging.getLogger("smartpit.notifications")


class Doorbell:
    """Rings at the worker from a thread of its own; many rings while one is on its way are one.

    The last is never lost: whoever rings after the bell was read makes it ring again.
    """

    def __init__(self) -> None:
        self.asked = Event()
        self.starting = Lock()
        self.ringer: Thread | None = None

    def ring(self) -> None:
        self.asked.set()
        with self.starting:
            if self.ringer is None or not self.ringer.is_alive():
                self.ringer = Thread(target=self._keep_ringing, name="doorbell", daemon=True)
                self.ringer.start()

    def _keep_ringing(self) -> None:
        while self.asked.wait():
            self.asked.clear()
            tell_worker()
            time.sleep(_RING_EVERY_SECONDS)


class Shift:
    """Sees to it that one run at a time sends, and that a bell in between is heard.

    The worker's other threads stay free for other work, however long a receiver takes.
    """

    def __init__(self) -> None:
        self.bell = Event()
        self.running = Lock()
        self.sender: sending.Sender | None = None
        self.promised_at: datetime | None = None

    def work(self) -> None:
        self.bell.set()
        while self.bell.is_set() and self.running.acquire(blocking=False):
            try:
                if not self._send():
                    return
            finally:
                self.running.release()

    def _send(self) -> bool:
        """Send for a while; what is under way when the time is up is left to the next task."""
        if self.sender is None:
            self.sender = sending.Sender(self.bell)
        is_done = self.sender.work()
        if is_done:
            self._promise_next()
        else:
            tell_worker()
        return is_done

    def _promise_next(self) -> None:
        """Have the worker look again when the next retry is due, unless it is going to anyway."""
        now = clock.now()
        due = sending.next_due(within=_PROMISE_WITHIN)
        if due is None or (self.promised_at is not None and now < self.promised_at <= due):
            return
        self.promised_at = max(due, now)
        tell_worker(countdown=max((due - now).total_seconds(), 0))


_doorbell = Doorbell()
_shift = Shift()


def ring() -> None:
    """Say that something new may be on its way to owners."""
    _doorbell.ring()


def tell_worker(countdown: float = 0) -> None:
    """Ask the worker to look, now or in so many seconds; without a broker the sweep will."""
    try:
        deliver.apply_async(countdown=countdown, retry=False)
    except (KombuError, AMQPError, OSError) as failed:
        _log.warning("the worker could not be told of notifications: %s", failed)


def ring_printer(batch_id: UUID) -> None:
    """Ask the worker to print an order now; without a broker the sweep of the minute will."""
    try:
        print_batch_task.apply_async((str(batch_id),), retry=False)
    except (KombuError, AMQPError, OSError) as failed:
        _log.warning("the worker could not be told of an order: %s", failed)


def ring_connection_tests(scope: Scope) -> None:
    """Have the worker look at the tests of an owner that run; without a broker the sweep will."""
    for row in connection_tests.connection_tests_of(scope).filter(status="running"):
        ring_connection_test(str(row.pk))


def ring_connection_test(test_id: str, countdown: float = 0) -> None:
    try:
        connection_test_task.apply_async((test_id,), countdown=countdown, retry=False)
    except (KombuError, AMQPError, OSError) as failed:
        _log.warning("the worker could not be told of a connection test: %s", failed)


@shared_task
def connection_test_task(test_id: str) -> None:
    """Drive one connection test; while its item is fresh, look again and again."""
    is_fresh = connection_tests.advance(test_id)
    ring()
    if is_fresh:
        ring_connection_test(test_id, countdown=_LOOK_AGAIN_SECONDS)


@shared_task
def sweep_connection_tests() -> None:
    """Drive every connection test that runs: an outage of ten minutes ends when it ends."""
    for test_id in connection_tests.unfinished_tests():
        connection_tests.advance(test_id)
    ring()


def ring_import(owner_id: int) -> None:
    """Ask the worker to enter an owner's files now; without a broker the sweep will."""
    try:
        import_task.apply_async((owner_id,), retry=False)
    except (KombuError, AMQPError, OSError) as failed:
        _log.warning("the worker could not be told of an import: %s", failed)


@shared_task
def deliver() -> None:
    """Send what is due to owners' systems."""
    _shift.work()


@shared_task
def sweep() -> None:
    """Find, each minute, what no bell told of."""
    _shift.work()


@shared_task
def sweep_tenants() -> None:
    """Tell of tenants that have gone live."""
    if tell_live_tenants():
        _shift.work()


@shared_task
def print_batch_task(batch_id: str) -> None:
    """Print one order, or go on with what a killed worker left of it.

    A worker has two presses and no more: a large order takes minutes, and the worker's other
    threads are there for payments to be told of. What finds no press free is rung for again when
    an order is done, and by the sweep.
    """
    if not _presses.acquire(blocking=False):
        return
    try:
        batch = print_batch(batch_id)
    finally:
        _presses.release()
    if batch.status == Batch.Status.PRINTED:
        for waiting in batches_unprinted():
            ring_printer(waiting)


@shared_task
def sweep_batches() -> None:
    """Ring for each order that waits or was left in the middle; forget drafts left lying."""
    drop_old_drafts()
    for batch_id in batches_unprinted():
        ring_printer(batch_id)


@shared_task
def sweep_ladder() -> None:
    """Tell owners by mail and FAX of what their systems did not take, and of systems that fail."""
    alert_of_endpoints()
    climb()
    send_notices()


@shared_task
def import_task(owner_id: int) -> None:
    """Enter an owner's files, or go on with what a killed worker left; it takes a press, too."""
    if not _presses.acquire(blocking=False):
        return
    try:
        entered = run_imports(owner_id)
    finally:
        _presses.release()
    if entered:
        sweep_imports()


@shared_task
def sweep_imports() -> None:
    """Ring for each owner of whom a file waits or was left in the middle."""
    for waiting in set(import_jobs_to_run().values_list("owner_id", flat=True)):
        ring_import(waiting)


@shared_task
def sweep_packs() -> None:
    """Tell administrators of packs they were not told of, and drop the files nobody took."""
    alert_of_packs()
    throw_away_packs()


@shared_task
def sweep_public_acts() -> None:
    """Forget what people who are not signed in did, once it counts against nobody."""
    forget_old_acts()


@shared_task
def sweep_misses() -> None:
    """Forget terminals' wrong numbers, once they count no more."""
    forget_old_misses()
