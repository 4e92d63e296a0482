"""A batch of notices comes to what the same notices come to one by one.

The statement that books a batch judges all of it at once (``billing/tills/booking.sql``). Here it
is given batches in which much stands in each other's way: keys that come again with the same words
and with others, a single invoice that several pay, limits, slips, advices, several owners and
tenants.
"""

import json
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from django.db import transaction

from billing.models import Case, Chain, Delivery, Event, Invoice, Payment, Stream, Terminal
from billing.services.invoices import Limits, change_invoice, withdraw_invoice
from billing.services.notifications import EndpointAsked, add_endpoint
from billing.services.payments import receive_payments
from billing.services.reversals import reverse_payment
from billing.services.slips import SlipAsked, print_slip
from billing.tills.notices import PaymentNotice, Receipt
from cards.models import Card
from cards.services import MemberAsked, bind_member
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.access import Scope
from tests.cast import Cast, jst, make_card, notice, register, reversal

NOW: Final = jst("2026-11-24 10:00")
_WHY: Final = re.compile(r', "why": "[a-z_]+"')
CHAINS: Final = ("lawson", "familymart")
LIMITS: Final = (
    Limits(count_max=2),
    Limits(per_day_yen_max=25_000),
    Limits(per_month_count_max=1),
    Limits(gap_seconds_min=60),
    Limits(count_max=3, per_month_count_max=2),
)


@dataclass(frozen=True)
class World:
    """What the tills of a batch may speak of."""

    invoices: list[Invoice]
    slips: list[str]
    past: list[PaymentNotice]


@pytest.mark.parametrize("seed", range(12))
def test_a_batch_comes_to_what_its_notices_come_to_one_by_one(cast: Cast, seed: int):
    chance = random.Random(seed)
    with clock.frozen(NOW):
        world = make_world(cast, chance)
        batch = [notice_of(world, chance) for _ in range(chance.randint(2, 60))]
        by_one = played(lambda: [said for told in batch for said in receive_payments([told])])
        at_once = played(lambda: receive_payments(batch))
    assert at_once == by_one


def make_world(cast: Cast, chance: random.Random) -> World:
    """Let there be invoices of every kind and state, some paid already, and live and dead slips."""
    for place, scope in enumerate((cast.scope, Scope(owner_id=cast.aoba.pk))):
        add_endpoint(scope, EndpointAsked(url=f"https://example.com/{place}"))
    asked = EndpointAsked(url="https://example.com/e", tenant="engineering")
    add_endpoint(cast.scope, asked)
    single = [register(cast.sakura, tenant=code) for code in (None, "engineering", "dormitory")]
    single += [register(cast.aoba), register(cast.aoba, due_on=clock.business_date())]
    kept = [register(cast.sakura, repeats=True, tenant="dormitory")]
    kept += [register(cast.sakura, repeats=True, limits=limits) for limits in LIMITS]
    invoices = [*single, *kept, *(register(cast.aoba) for _ in range(3)), *refused(cast)]
    bind_member(cast.scope, MemberAsked("M-1"), single[0].card.number)
    past = [notice(invoice, receipt=f"P{place}") for place, invoice in enumerate(invoices[4:8])]
    past += [notice(uuid4(), receipt="P-S", advice=True), notice(invoices[9], receipt="P-R")]
    receive_payments(past)
    for told in (past[-1], notice(single[0], receipt="P-T")):
        reverse_payment(reversal(told))
    past.append(notice(single[0], receipt="P-T"))
    slips = [print_slip(slip_of(one, chance)).slip.code for one in (*single[:3], single[0])]
    return World(invoices, slips, past)


def refused(cast: Cast) -> Iterable[Invoice]:
    """Yield an invoice for each state in which it cannot be paid."""
    changed, withdrawn, stopped, on_stopped, on_replaced, ended = (
        register(cast.sakura) for _ in range(6)
    )
    change_invoice(cast.scope, str(changed.pk), {"amount_yen": 12_000})
    withdraw_invoice(cast.scope, str(withdrawn.pk))
    change_invoice(cast.scope, str(stopped.pk), {"suspended": True})
    Card.objects.filter(pk=on_stopped.card_id).update(status=Card.Status.SUSPENDED)
    other = make_card(cast.sakura)
    Card.objects.filter(pk=on_replaced.card_id).update(
        status=Card.Status.REPLACED, replaced_by=other
    )
    Invoice.objects.filter(pk=ended.pk).update(due_on=clock.business_date() - timedelta(days=1))
    return changed, withdrawn, stopped, on_stopped, on_replaced, ended


def slip_of(invoice: Invoice, chance: random.Random) -> SlipAsked:
    chain = Chain.objects.get(pk=chance.choice(CHAINS))
    return SlipAsked(chain, "000001", "K1", invoice.card.number, (str(invoice.pk),))


def notice_of(world: World, chance: random.Random) -> PaymentNotice:
    """Return a notice that likely meets another one: few keys, few invoices."""
    if chance.random() < 0.15:
        told = chance.choice(world.past)
        return replace(told, advice=chance.random() < 0.5) if chance.random() < 0.5 else told
    invoice = chance.choice(world.invoices)
    taken_at = NOW - timedelta(hours=chance.choice((0, 0, 0, 30)))
    return notice(
        chance.choices((invoice, uuid4(), "misread"), (12, 1, 1))[0],
        chain=chance.choice(CHAINS),
        terminal=chance.choice(("01", "02")),
        receipt=f"{chance.randrange(12):03d}",
        taken_at=taken_at,
        amount_yen=chance.choice((10_000, 10_000, 10_000, 12_000, 9_999)),
        version=chance.choice((1, 1, 1, 2)),
        slip=chance.choice((None, None, None, *world.slips, "0" * 16)),
        advice=chance.random() < 0.4,
    )


def played(play: Callable[[], list[Receipt | DomainError]]) -> dict[str, Any]:
    """Return what was said and what is booked, and undo it; ids and numbers are no part of it."""
    before = transaction.savepoint()
    said = play()
    keys = {str(row.pk): _key(row) for row in Payment.objects.all()}
    came = {"said": [_plain(_words(one), keys) for one in said], **_booked(keys)}
    transaction.savepoint_rollback(before)
    return came


def _key(row: Payment) -> str:
    return f"{row.chain_id}/{row.store}/{row.terminal}/{row.business_date}/{row.receipt}"


def _words(said: Receipt | DomainError) -> str:
    if isinstance(said, Receipt):
        return f"{said.answer} {said.replayed}"
    return f"{said.code} {said.extra}"


def _booked(keys: dict[str, str]) -> dict[str, list[Any]]:
    counted = Stream.objects.order_by("pk").values_list("pk", "last")
    rows: dict[str, Iterable[tuple[Any, ...]]] = {
        "payments": Payment.objects.values_list(
            *(one.attname for one in Payment._meta.concrete_fields)
        ),
        "invoices": Invoice.objects.values_list("pk", "status", "version"),
        "events": Event.objects.values_list("type", "owner_id", "tenant_id", "body"),
        "cases": Case.objects.values_list(
            "kind", "key", "chain_id", "owner_id", "payment_id", "told"
        ),
        "deliveries": Delivery.objects.values_list(
            "endpoint_id", "status", "event__type", "event__payment_id", "owner_id"
        ),
        "terminals": Terminal.objects.values_list("chain_id", "store", "terminal"),
        "streams": counted,
    }
    return {name: sorted(_plain(row, keys) for row in some) for name, some in rows.items()}


def _plain(words: Any, keys: dict[str, str]) -> str:
    """Return words in which each payment is named by its till key.

    Without what a case says of why: who waits for its own key may be overtaken by who pays its
    invoice. What is said and booked is the same, but meanwhile another reason came first.
    """
    plain = json.dumps(words, default=str, sort_keys=True, ensure_ascii=False)
    for payment, key in keys.items():
        plain = plain.replace(payment, key)
    return _WHY.sub("", plain)
