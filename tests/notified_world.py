"""Endpoints of the world of the books: one told of all, one of confirmations, one that was gone."""

from datetime import timedelta

from billing.delivery.post import Outcome
from billing.models import Endpoint
from billing.services.claiming import claim, record_attempt
from billing.services.notifications import (
    EndpointAsked,
    add_endpoint,
    enable_endpoint,
    remove_endpoint,
)
from settlement.tests.scene import confirm, take
from smartpit.kernel import clock
from tests.books_world import bill
from tests.cast import Cast

ALL, GONE, REMOVED = (f"https://hooks.example.com/{name}" for name in ("all", "gone", "removed"))


def notify_two_endpoints(cast: Cast) -> None:
    """Let a payment arrive after a failure, one wait, and one have no delivery, as it may.

    What an endpoint was not told while it was out of use has no delivery, and is not missed.
    """
    asked = [EndpointAsked(url) for url in (ALL, GONE, REMOVED)]
    asked.append(EndpointAsked(ALL, types=("payment.confirmed",)))
    _, gone, removed, _ = [add_endpoint(cast.scope, one)[0] for one in asked]
    add_endpoint(cast.scope, EndpointAsked(f"{ALL}/engineering", tenant="engineering"))
    with clock.frozen(clock.now() + timedelta(hours=1)):
        take(bill(cast.sakura))
        remove_endpoint(cast.scope, str(removed.pk))
        _meet({ALL: [500, 200], GONE: [410]})
    with clock.frozen(clock.now() + timedelta(hours=2)):
        payment = take(bill(cast.sakura, tenant="engineering"))
        assert Endpoint.objects.get(pk=gone.pk).status == "disabled"
        enable_endpoint(cast.scope, str(gone.pk))
    confirm(payment, on="12-02")


def _meet(answers: dict[str, list[int]]) -> None:
    """Answer what is due with these, one after the other, until none is left."""
    tries = 0
    while left := {url: codes for url, codes in answers.items() if codes}:
        with clock.frozen(clock.now() + timedelta(minutes=10 * tries)):
            for one in claim(10):
                if one.url in left:
                    record_attempt(one, Outcome(left[one.url].pop(0)))
        tries += 1
