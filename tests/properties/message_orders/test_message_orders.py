"""Every order of eight messages about one invoice, to length five, is answered as the oracle says.

Retries are repetitions, so lost answers, reversals before their payment and late advices are all
among the orders. A till's message is judged by what stands when it comes and by nothing else.
"""

import copy
import os
from dataclasses import dataclass

import pytest
from django.db import connection

from billing.services.events import stream_of
from billing.services.notifications import EndpointAsked, add_endpoint
from smartpit.kernel import clock
from tests.cast import Cast, register
from tests.properties.message_orders.centre import BEGINS, DUE_ON, Centre, expected
from tests.properties.message_orders.oracle import MESSAGES, World

# A second server's orders are shorter: they say nothing new about the rules.
LENGTH = int(os.environ.get("ORDERS_LENGTH", "4" if "PG_BIN" in os.environ else "5"))


@dataclass
class Walk:
    """A walk through the tree of orders; it counts the messages it played."""

    centre: Centre
    played: int = 0

    def below(self, world: World, order: tuple[str, ...]) -> None:
        for message in MESSAGES:
            with self.centre.undone():
                self._play(copy.deepcopy(world), (*order, message))

    def _play(self, world: World, order: tuple[str, ...]) -> None:
        answer = self.centre.play(order[-1])
        self.played += 1
        assert (order, answer) == (order, world.play(order[-1]))
        assert (order, self.centre.stands()) == (order, expected(world))
        if len(order) < LENGTH:
            self.below(world, order)


@pytest.mark.fault("A09")
@pytest.mark.fault("A10")
@pytest.mark.parametrize("kind", ["single", "kept"])
def test_every_order_of_messages_is_answered_as_the_oracle_says(cast: Cast, kind: str):
    repeats = kind == "kept"
    with clock.frozen(BEGINS):
        invoice = register(cast.sakura, repeats=repeats, due_on=DUE_ON)
        endpoint, _ = add_endpoint(cast.scope, EndpointAsked("https://owner.example/told"))
        stream_of(invoice.owner_id, invoice.tenant_id)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    walk = Walk(Centre(invoice, endpoint))
    walk.below(World(repeats), ())
    assert walk.played == sum(8**length for length in range(1, LENGTH + 1))
