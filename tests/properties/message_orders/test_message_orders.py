"""Every order of eight messages about one invoice, to length five, is answered as the oracle says.

Retries are repetitions, so lost answers, reversals before their payment and late advices are all
among the orders. A till's message is judged by what stands when it comes and by nothing else.

A message that leaves every row as it was (a refusal, a replay) is not followed: what can come
after it came after the order before it, and is walked there one message further. ORDERS=whole
walks also those.
"""

import copy
import os
from dataclasses import dataclass

import pytest
from django.db import connection

from billing.models import Terminal
from billing.services.events import stream_of
from billing.services.notifications import EndpointAsked, add_endpoint
from smartpit.kernel import clock
from tests.cast import Cast, register
from tests.properties.message_orders.centre import BEGINS, DUE_ON, Centre, expected
from tests.properties.message_orders.oracle import MESSAGES, World

# A second server's orders are shorter: they say nothing new about the rules.
LENGTH = int(os.environ.get("ORDERS_LENGTH", "4" if "PG_BIN" in os.environ else "5"))
WHOLE = os.environ.get("ORDERS") == "whole"


@dataclass
class Walk:
    """A walk through the tree of orders; it counts those it played and those it has shown."""

    centre: Centre
    played: int = 0
    shown: int = 0

    def below(self, world: World, order: tuple[str, ...] = ()) -> None:
        """Play each message after ``order``, and all that may follow it."""
        before = self.centre.rows()
        for message in MESSAGES:
            with self.centre.undone():
                after = copy.deepcopy(world)
                self._play(after, (*order, message))
                left = LENGTH - len(order) - 1
                if not WHOLE and self.centre.rows() == before:
                    assert after == world, order
                    self.shown += sum(len(MESSAGES) ** length for length in range(1, left + 1))
                elif left:
                    self.below(after, (*order, message))

    def _play(self, world: World, order: tuple[str, ...]) -> None:
        answer = self.centre.play(order[-1])
        self.played += 1
        self.shown += 1
        assert (order, answer) == (order, world.play(order[-1]))
        assert (order, self.centre.stands()) == (order, expected(world))


@pytest.mark.fault("A09")
@pytest.mark.fault("A10")
@pytest.mark.parametrize("kind", ["single", "kept"])
def test_every_order_of_messages_is_answered_as_the_oracle_says(cast: Cast, kind: str):
    repeats = kind == "kept"
    with clock.frozen(BEGINS):
        invoice = register(cast.sakura, repeats=repeats, due_on=DUE_ON)
        endpoint, _ = add_endpoint(cast.scope, EndpointAsked("https://owner.example/told"))
        stream_of(invoice.owner_id, invoice.tenant_id)
        Terminal.objects.create(
            chain_id="lawson", store="000001", terminal="01", seen_first_at=BEGINS
        )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    walk = Walk(Centre(invoice, endpoint))
    walk.below(World(repeats))
    assert walk.shown == sum(len(MESSAGES) ** length for length in range(1, LENGTH + 1))
