"""What owners' systems are really sent is what the OpenAPI document says of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from billing.models import Stream
from billing.services.cards import replace_card
from billing.services.events import EVENT_TYPES
from billing.services.live_tenants import tell_live_tenants
from billing.services.notifications import resend_events
from billing.services.sending import deliver_due
from billing.tests.receiver import receiving, tell
from settlement.tests.scene import at
from smartpit.edge.openapi import document
from smartpit.web.openapi import APIS
from tenants.access import Scope
from tenants.models import Centre
from tests.books_world import bill, make_world

Body = dict[str, Any]


@pytest.fixture(scope="module")
def hooks() -> dict[str, Draft202012Validator]:
    """Return for each type of event what judges a body by the document."""
    told = document(APIS["owner"])
    return {
        type_: Draft202012Validator(
            _body_of(hook) | {"components": told["components"]}, format_checker=FormatChecker()
        )
        for type_, hook in told["webhooks"].items()
    }


def _body_of(hook: Body) -> Body:
    schema: Body = hook["post"]["requestBody"]["content"]["application/json"]["schema"]
    return schema


def _sent() -> Iterator[Body]:
    """Play the books' world and more, and send each stream's every event to a system of its own."""
    cast = make_world()
    with at("12-03"):
        replace_card(cast.scope, bill(cast.sakura, tenant="dormitory").card.number)
        tell_live_tenants()
        Centre.objects.update(is_demo=True)  # It may tell a receiver on loopback.
        for stream in Stream.objects.order_by("pk"):
            with receiving() as receiver:
                scope = Scope(owner_id=stream.owner_id, tenant_id=stream.tenant_id)
                tell(scope, receiver)
                assert resend_events(scope, 1, stream.last) == stream.last
                while deliver_due():
                    pass
                bodies = [got.body for got in receiver.got]
            assert {body["sequence"] for body in bodies} == set(range(1, stream.last + 1))
            yield from bodies


def test_every_notification_is_as_the_document_says(
    committed_db: str, hooks: dict[str, Draft202012Validator]
):
    bodies = list(_sent())
    apart = [
        f"{body['type']} {list(fault.absolute_path)}: {fault.message}"
        for body in bodies
        for fault in hooks[body["type"]].iter_errors(body)
    ]
    assert apart == []
    assert {body["type"] for body in bodies} == set(EVENT_TYPES)
    assert any(body["data"].get("test") for body in bodies)
