"""The numbering of events shows no gap to any reader, at any instant (contract section 5).

A plain sequence would: a transaction that took number 1 and is slow lets number 2 be seen
before it, and a reader that has come to 2 never asks for 1 again.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from billing.models import Event, Stream
from billing.selectors import events_after
from billing.services.events import EventTold, record_event, record_events, stream_of
from tenants.access import Scope
from tests.cast import Cast, make_cast
from tests.threads import in_threads

PATIENCE_SECONDS = 30
WRITERS = 8
EACH_WRITES = 15


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


def _fact(cast: Cast, word: str) -> EventTold:
    return EventTold("tenant.live", cast.sakura.pk, cast.engineering.pk, {"word": word})


def _seen(scope: Scope) -> list[int]:
    return [event.number for event in events_after(scope, 0, 1_000)]


@contextmanager
def _elsewhere() -> Iterator[ThreadPoolExecutor]:
    """Lend a thread with a database connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        yield pool
        pool.submit(connections.close_all).result(PATIENCE_SECONDS)


def _is_waiting_for_a_lock(backend: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [backend])
        return bool(cursor.fetchone()[0])


@pytest.mark.fault("C09")
def test_who_numbers_second_waits_and_a_reader_between_sees_nothing(cast: Cast):
    """A takes number 1 and is held open; B wants number 2; a reader looks in between."""
    scopes = (cast.scope, Scope(cast.sakura.pk, cast.engineering.pk))
    for scope in scopes:
        stream_of(scope.owner, scope.tenant_id)  # Else its making alone would let B wait.
    b_began, b_numbered = threading.Event(), threading.Event()
    backend: list[int] = []

    def write_second() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backend.append(cursor.fetchone()[0])
            b_began.set()
            record_event(_fact(cast, "B"))
            b_numbered.set()

    with _elsewhere() as writer, _elsewhere() as reader:
        with transaction.atomic():
            record_event(_fact(cast, "A"))
            second = writer.submit(write_second)
            assert b_began.wait(PATIENCE_SECONDS)
            while not _is_waiting_for_a_lock(backend[0]):
                assert not b_numbered.wait(0.01), "B got a number while A held the stream"
            for scope in scopes:
                assert reader.submit(_seen, scope).result(PATIENCE_SECONDS) == []
        second.result(PATIENCE_SECONDS)
        for scope in scopes:
            assert reader.submit(_seen, scope).result(PATIENCE_SECONDS) == [1, 2]
    in_order = Event.objects.order_by("sequence")
    assert [event.body["word"] for event in in_order] == ["A", "B"]


def test_a_number_that_was_taken_back_is_given_to_the_next(cast: Cast):
    with transaction.atomic():
        record_event(_fact(cast, "undone"))
        transaction.set_rollback(True)
    with transaction.atomic():
        record_event(_fact(cast, "kept"))
    assert _seen(cast.scope) == [1]


def _write(cast: Cast, place: int) -> None:
    """Tell two owners of facts in either order; every fifth time think better of it."""
    for turn in range(EACH_WRITES):
        facts = [_fact(cast, "storm"), EventTold("tenant.live", cast.aoba.pk, None, {})]
        with transaction.atomic():
            record_events(facts if (place + turn) % 2 else reversed(facts))
            if (place + turn) % 5 == 0:
                transaction.set_rollback(True)


def _look(scopes: list[Scope], done: threading.Event) -> int:
    looks = 0
    while not done.is_set():
        for scope in scopes:
            seen = _seen(scope)
            assert seen == list(range(1, len(seen) + 1)), f"a hole in {seen}"
        looks += 1
    return looks


@pytest.mark.fault("C09")
def test_in_a_storm_of_writers_no_reader_ever_sees_a_hole(cast: Cast):
    """Eight writers at two owners' streams and a tenant's; two readers never stop looking."""
    scopes = [
        cast.scope,
        Scope(cast.sakura.pk, cast.engineering.pk),
        Scope(owner_id=cast.aoba.pk),
    ]
    for scope in scopes:
        stream_of(scope.owner, scope.tenant_id)
    done, finished = threading.Event(), []

    def play(place: int) -> int:
        if place >= WRITERS:
            return _look(scopes, done)
        try:
            _write(cast, place)
        finally:
            finished.append(place)
            if len(finished) == WRITERS:
                done.set()
        return 0

    outcomes = in_threads(play, WRITERS + 2)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert all(looks > 0 for looks in outcomes[WRITERS:])  # type: ignore[operator]
    kept = WRITERS * EACH_WRITES * 4 // 5
    assert [len(_seen(scope)) for scope in scopes] == [kept] * 3
    assert set(Stream.objects.exclude(last=0).values_list("last", flat=True)) == {kept}
