"""Several senders at once: each notification goes out once, and no row is locked meanwhile."""

from collections import Counter
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import connection, connections, transaction

from billing.models import Attempt, Delivery
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from billing.services.sending import deliver_due
from billing.tests.receiver import pay, receiving, tell
from tenants.models import Centre
from tests.cast import Cast, make_cast, notice, register, reversal
from tests.threads import in_threads


@pytest.fixture
def cast(committed_db: str) -> Cast:
    cast = make_cast()
    Centre.objects.update(is_demo=True)
    return cast


@pytest.mark.fault("C07")
def test_eight_senders_at_once_send_each_notification_once_and_in_order(cast: Cast):
    with receiving() as receiver, receiving() as other:
        tell(cast.scope, receiver)
        tell(cast.scope, other)
        for _ in range(12):
            told = notice(register(cast.sakura))
            receive_payment(told)
            reverse_payment(reversal(told))
        attempts = in_threads(lambda _place: deliver_due(), 8)
        while Delivery.objects.filter(status="pending").exists():
            attempts.append(deliver_due())
        assert sum(attempts) == 48  # type: ignore[arg-type]
        for place in (receiver, other):
            assert Counter(place.sequences()) == Counter(range(1, 25))
            order = place.sequences()
            for first in range(1, 25, 2):
                assert order.index(first) < order.index(first + 1)
    assert Attempt.objects.count() == 48


def test_while_a_receiver_thinks_no_transaction_is_open_and_no_row_is_locked(cast: Cast):
    found: list[object] = []

    def look(request: BaseHTTPRequestHandler) -> None:
        try:
            with transaction.atomic():
                found.append(Delivery.objects.select_for_update(nowait=True).get().status)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND state LIKE 'idle in transaction%'"
                )
                found.append(cursor.fetchone()[0])
        finally:
            connections.close_all()
        request.send_response(204)
        request.end_headers()

    with receiving(look) as receiver:
        tell(cast.scope, receiver)
        pay(cast.sakura)
        deliver_due()
    assert found == ["pending", 0]
    assert Delivery.objects.get().status == "delivered"
