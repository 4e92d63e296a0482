"""One event, two readers: each goes by the numbers and the deliveries of its own stream."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from billing.models import Delivery, Event
from billing.selectors import endpoints_fared, stream
from billing.services.ladder import untold_events
from billing.services.notifications import EndpointAsked, add_endpoint, resend_events
from billing.services.sending import deliver_due
from billing.tests.receiver import pay, receiving, tell
from billing.tests.test_web_payments import page, watch
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Centre
from tests.cast import Cast


def _of_engineering(cast: Cast) -> Scope:
    return Scope(owner_id=cast.sakura.pk, tenant_id=cast.engineering.pk)


def _told_upto(cast: Cast) -> dict[int | None, int]:
    fared: Any = endpoints_fared(cast.scope)
    return dict(fared.values_list("tenant", "told_upto"))


def test_a_tenants_page_shows_nothing_of_what_its_owner_is_sent(cast: Cast, tutor: Client):
    add_endpoint(cast.scope, EndpointAsked("https://hooks.example.com/owner"))
    pay(cast.sakura)
    event = pay(cast.sakura, tenant="engineering")
    shown = page(tutor, f"/portal/payments/{event.payment_id}/")
    assert "通知先なし" in shown
    assert '<td class="tabular">1</td>' in shown
    add_endpoint(_of_engineering(cast), EndpointAsked("https://hooks.example.com/tenant"))
    resend_events(_of_engineering(cast), 1, 1)
    assert page(tutor, f"/portal/payments/{event.payment_id}/").count("送信待ち") == 1


def test_a_tenants_open_page_goes_by_the_tenants_numbers(cast: Cast, tutor: Client):
    for _ in range(3):
        pay(cast.sakura)
    pay(cast.sakura, tenant="engineering", amount_yen=5_000)
    first = page(tutor, "/portal/payments/")
    pay(cast.sakura, tenant="engineering", amount_yen=12_000)
    added = page(tutor, watch(first))
    assert "12,000円" in added
    assert "5,000円" not in added
    assert tutor.get(watch(added)).status_code == 204


def test_each_endpoint_has_fared_by_the_numbers_of_its_stream(cast: Cast):
    add_endpoint(cast.scope, EndpointAsked("https://hooks.example.com/owner"))
    add_endpoint(_of_engineering(cast), EndpointAsked("https://hooks.example.com/tenant"))
    pay(cast.sakura)
    pay(cast.sakura, tenant="engineering")
    pay(cast.sakura, tenant="engineering")
    assert _told_upto(cast) == {None: 0, cast.engineering.pk: 0}
    of_tenant = Delivery.objects.filter(endpoint__tenant=cast.engineering)
    of_tenant.filter(event__tenant_sequence=1).update(status="delivered")
    Delivery.objects.filter(endpoint__tenant=None, event__sequence=1).update(status="delivered")
    assert _told_upto(cast) == {None: 1, cast.engineering.pk: 1}
    assert [row.number for row in of_tenant.order_by("event")] == [1, 2]


def test_what_a_tenants_system_took_its_owner_still_waits_for(cast: Cast):
    Centre.objects.update(is_demo=True)  # It may tell a receiver on loopback.
    with receiving() as receiver:
        tell(_of_engineering(cast), receiver)
        pay(cast.sakura, tenant="engineering")
        assert deliver_due() == 1
    read = stream(cast.scope)
    assert read is not None
    assert [event.number for event in untold_events(read)] == [1]
    of_tenant = stream(_of_engineering(cast))
    assert of_tenant is not None
    assert list(untold_events(of_tenant)) == []


@pytest.mark.parametrize(
    "numbers",
    [
        {"sequence": None},
        {"tenant_sequence": 9},
        {"tenant": "engineering"},
        {"tenant": "engineering", "sequence": None},
    ],
)
def test_an_event_has_the_numbers_of_those_it_is_for(cast: Cast, numbers: dict[str, object]):
    words: dict[str, object] = {"sequence": 9, "tenant": None, "tenant_sequence": None} | numbers
    if words["tenant"]:
        words["tenant"] = cast.engineering
    with pytest.raises(IntegrityError, match="event_has_its_numbers"), transaction.atomic():
        Event.objects.create(owner=cast.sakura, type="x", occurred_at=clock.now(), body={}, **words)


def test_only_a_confirmation_is_told_with_the_words_of_another(cast: Cast):
    words: dict[str, object] = {"owner": cast.sakura, "sequence": 9, "occurred_at": clock.now()}
    Event.objects.create(type="payment.confirmed", **words)
    with pytest.raises(IntegrityError, match="event_has_its_words"), transaction.atomic():
        Event.objects.create(type="payment.reported", **words | {"sequence": 10})


@pytest.mark.parametrize("change", ["DELETE FROM $", "UPDATE $ SET owner_id = owner_id + 1"])
def test_a_stream_stays_with_its_holder(cast: Cast, change: str):
    pay(cast.sakura)
    with (
        pytest.raises(DatabaseError, match=r"append-only|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.replace("$", "billing_stream"))
