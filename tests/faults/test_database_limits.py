"""What hangs in the database is cut off, and who waited for it is told to ask again or goes on."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import InternalError, connection, connections, transaction

from billing.models import Invoice, Payment
from billing.tills.booking import _connection
from billing.tills.notices import Receipt
from settlement.tests.chain_file_cast import file_bytes, row, send
from smartpit.kernel.database import lock
from smartpit.kernel.limits import hold_to, is_unavailable
from smartpit.platform.home import CHECKOUT
from tests.cast import Cast, code_of, make_cast, payment_body, register, till, told

Session = psycopg.Connection[tuple[Any, ...]]

_NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
_TOLD = f"""
from django.db import connections
for alias in ("default", "owner"):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT setting::int FROM pg_settings WHERE name = ANY(%s)"
                       " ORDER BY array_position(%s::text[], name)", [list({_NAMES!r})] * 2)
        print(*[ms for ms, in cursor.fetchall()])
    connections[alias].close()
"""
_PATIENCE_SECONDS = 60


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


@contextmanager
def limited_to(**limits: str) -> Iterator[None]:
    """Hold connections that are opened inside to ``limits``, as a process's start does."""
    options = connections.settings["default"]["OPTIONS"]
    before = dict(options)
    connection.close()
    hold_to(limits)
    try:
        yield
    finally:
        connection.close()
        options.clear()
        options.update(before)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _limits_of(process: str) -> list[list[int]]:
    """Return what the application's and the migrating connections of such a process are held to."""
    words = {"SMARTPIT_HOME": str(settings.HOME), "DJANGO_SETTINGS_MODULE": "smartpit.settings.dev"}
    done = subprocess.run(
        [sys.executable, "-c", f"{process}\n{_TOLD}"],
        cwd=CHECKOUT, env=os.environ | words, capture_output=True, text=True, check=False,
        timeout=_PATIENCE_SECONDS * 2,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [[int(word) for word in line.split()] for line in done.stdout.splitlines()]


@pytest.mark.fault("D12")
def test_the_web_is_held_short_a_worker_may_take_its_time_and_who_migrates_has_no_limit(
    database_template: str,
):
    web, migrating = _limits_of("import smartpit.wsgi")
    assert web == [60_000, 10_000, 60_000]
    assert migrating == [0, 0, 0]
    worker, migrating = _limits_of("import django, smartpit.celery; django.setup()")
    assert worker == [0, 0, 300_000]
    assert migrating == [0, 0, 0]


@pytest.mark.fault("D12")
@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_a_till_that_waits_too_long_is_told_to_ask_again_and_books_once(
    cast: Cast, owner_connection: Session, limit: str
):
    invoice = register(cast.sakura)
    body = payment_body(invoice)
    with limited_to(**{limit: "200ms"}):
        with owner_connection.transaction():
            owner_connection.execute(
                "SELECT FROM billing_invoice WHERE id = %s FOR UPDATE", [invoice.pk]
            )
            assert code_of(till(cast.lawson).post("payments", body)) == (503, "unavailable")
        assert not Payment.objects.exists()
        booked = till(cast.lawson).post("payments", body)
        again = till(cast.lawson).post("payments", body)
    assert (booked.status_code, again.status_code) == (201, 200)
    assert told(booked) == told(again)
    assert Payment.objects.count() == 1


@pytest.mark.fault("D12")
def test_who_hangs_inside_a_transaction_is_cut_off_and_the_till_behind_it_goes_on(
    cast: Cast, owner_connection: Session
):
    invoice = register(cast.sakura)
    with limited_to(idle_in_transaction_session_timeout="300ms"):
        words = connection.get_connection_params()
    with psycopg.connect(**words) as hung:
        hung.execute("SELECT FROM billing_invoice WHERE id = %s FOR UPDATE", [invoice.pk])
        with ThreadPoolExecutor(1) as pool:
            paying = pool.submit(_pay, cast, payment_body(invoice))
            assert paying.result(_PATIENCE_SECONDS) == 201
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            hung.execute("SELECT 1")
        hung.close()


def _pay(cast: Cast, body: dict[str, Any]) -> int:
    try:
        return till(cast.lawson).post("payments", body).status_code
    finally:
        connections.close_all()


@pytest.mark.fault("D12")
def test_who_was_cut_off_says_unavailable_and_not_that_it_is_at_fault(
    cast: Cast, owner_connection: Session
):
    invoice = register(cast.sakura)

    def dawdle() -> None:
        with transaction.atomic():
            Invoice.objects.select_for_update().get(pk=invoice.pk)
            mine = connection.connection.info.backend_pid
            gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
            _until(lambda: owner_connection.execute(gone, [mine]).fetchone() == (True,))
            Invoice.objects.get(pk=invoice.pk)

    limits = {"idle_in_transaction_session_timeout": "100ms"}
    with limited_to(**limits), pytest.raises(InternalError) as cut:
        dawdle()
    assert is_unavailable(cut.value)
    assert not is_unavailable(InternalError("of another kind"))
    assert not is_unavailable(ValueError())


@pytest.mark.fault("D12")
def test_a_file_that_takes_long_is_not_cut_off_by_the_limits_of_the_web(
    cast: Cast, owner_connection: Session
):
    payment = Payment.objects.get(pk=told(till(cast.lawson).post(
        "payments", payment_body(register(cast.sakura))))["payment"])  # fmt: skip
    raw = file_bytes(row(payment))
    waits_long = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND clock_timestamp() > query_start + interval '1 s')"
    )
    with limited_to(statement_timeout="200ms", lock_timeout="200ms"), ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock("chain_file", "lawson")
            sending = pool.submit(_send, raw)
            _until(
                lambda: sending.done() or owner_connection.execute(waits_long).fetchone() == (True,)
            )
            assert not sending.done()
        receipt = sending.result(_PATIENCE_SECONDS)
    assert not receipt.replayed
    payment.refresh_from_db()
    assert payment.status == Payment.Status.CONFIRMED


def _send(raw: bytes) -> Receipt:
    try:
        return send(raw)
    finally:
        connections.close_all()


def test_the_clerk_of_the_tills_is_held_shorter_than_the_web(cast: Cast):
    with limited_to(**settings.WEB_DATABASE_LIMITS), _connection() as clerk:
        shown = [clerk.execute(f"SHOW {name}").fetchone() for name in _NAMES]
    assert shown == [("10s",), ("500ms",), ("1min",)]
