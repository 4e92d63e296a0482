"""An endpoint that comes or goes while a payment waits: it gets all from then on, or nothing.

Whoever registered an endpoint may rely on being told what follows; and what was written for an
endpoint that is gone would wait for ever.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import sleep

import pytest
from django.db import connection, connections, transaction

from billing.models import Delivery, Endpoint, Event
from billing.services.events import EventTold, record_event, stream_of
from billing.services.notifications import (
    EndpointAsked,
    add_endpoint,
    close_endpoint,
    enable_endpoint,
    remove_endpoint,
)
from billing.services.payments import receive_payment
from billing.tests.receiver import pay
from tests.cast import Cast, make_cast, notice, register
from tests.threads import in_threads

PATIENCE_SECONDS = 30
URL = "https://hooks.example.com/told"


@pytest.fixture
def cast(committed_db: str) -> Cast:
    cast = make_cast()
    stream_of(cast.sakura.pk, None)  # Else its making alone would let others wait.
    return cast


@contextmanager
def _elsewhere() -> Iterator[ThreadPoolExecutor]:
    """Lend a thread with a database connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        yield pool
        pool.submit(connections.close_all).result(PATIENCE_SECONDS)


def _wait_for_waiters(count: int) -> None:
    """Wait until so many of this database wait for a lock, or have had the time to."""
    for _ in range(300):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
            )
            if cursor.fetchone()[0] >= count:
                return
        sleep(0.01)


def _add(cast: Cast) -> Endpoint:
    return add_endpoint(cast.scope, EndpointAsked(URL))[0]


def _disabled(cast: Cast) -> Endpoint:
    endpoint = _add(cast)
    with transaction.atomic():
        close_endpoint(endpoint, Endpoint.Status.DISABLED)
    return endpoint


def _play_while_a_payment_waits(cast: Cast, act: Callable[[], object]) -> None:
    """Hold the stream, let a till's payment come to it, then ``act``; then let all go on."""
    told = notice(register(cast.sakura))
    with _elsewhere() as till, _elsewhere() as owner:
        with transaction.atomic():
            record_event(EventTold("tenant.live", cast.sakura.pk, None, {}))
            paying = till.submit(receive_payment, told)
            _wait_for_waiters(1)
            acting = owner.submit(act)
            _wait_for_waiters(2)
        paying.result(PATIENCE_SECONDS)
        acting.result(PATIENCE_SECONDS)


@pytest.mark.parametrize("is_new", [True, False])
def test_who_comes_while_a_payment_waits_misses_nothing_that_follows(cast: Cast, *, is_new: bool):
    """Registered or turned on again, it has either waited for that payment, or gets it."""
    seen: list[int] = []
    endpoint = None if is_new else _disabled(cast)

    def act() -> None:
        if endpoint is None:
            _add(cast)
        else:
            enable_endpoint(cast.scope, str(endpoint.pk))
        seen.append(stream_of(cast.sakura.pk, None).last)

    _play_while_a_payment_waits(cast, act)
    later = Event.objects.filter(sequence__gt=seen[0])
    assert set(Delivery.objects.values_list("event", flat=True)) == set(
        later.values_list("pk", flat=True)
    )


def test_nothing_is_left_waiting_for_an_endpoint_that_goes_while_a_payment_waits(cast: Cast):
    endpoint = _add(cast)
    _play_while_a_payment_waits(cast, lambda: remove_endpoint(cast.scope, str(endpoint.pk)))
    assert set(Delivery.objects.values_list("status", flat=True)) <= {"exhausted"}


def test_who_registers_waits_for_what_is_being_told_by_another_than_a_till(cast: Cast):
    """A fact whose endpoints were read already must be numbered before the registration."""
    with _elsewhere() as owner:
        with transaction.atomic():
            record_event(EventTold("tenant.live", cast.sakura.pk, None, {}))
            adding = owner.submit(_add, cast)
            _wait_for_waiters(1)
            assert not adding.done()
        adding.result(PATIENCE_SECONDS)


def test_in_a_storm_of_payments_an_endpoint_gets_all_that_follows_its_registration(cast: Cast):
    """Four tills pay; one registers and reads the stream at once, one removes what it adds."""
    seen: dict[str, int] = {}

    def play(place: int) -> None:
        for _ in range(8):
            if place < 4:
                pay(cast.sakura)
            elif place == 4:
                endpoint = _add(cast)
                seen[str(endpoint.pk)] = stream_of(cast.sakura.pk, None).last
            else:
                remove_endpoint(cast.scope, str(_add(cast).pk))

    outcomes = in_threads(play, 6)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    last = stream_of(cast.sakura.pk, None).last
    assert last == 32
    for endpoint, upto in seen.items():
        got = Delivery.objects.filter(endpoint__pk=endpoint).values_list(
            "event__sequence", flat=True
        )
        assert set(range(upto + 1, last + 1)) <= set(got)
    gone = Delivery.objects.filter(endpoint__status=Endpoint.Status.DELETED)
    assert not gone.filter(status=Delivery.Status.PENDING).exists()
