"""A stranger who knows only the OpenAPI documents calls everything, well and badly.

No answer is a fault of ours, and each is one that its document allows: status, form, headers. Ids
that are there are fed in, so that calls get beyond their refusals.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from billing.services.invoices import withdraw_invoice
from billing.services.notifications import EndpointAsked, add_endpoint
from billing.services.payments import receive_payment
from cards.services import MemberAsked, bind_member
from settlement.tests.papers_cast import worked_example
from settlement.tests.payout_cast import make_payee
from smartpit.kernel import clock
from tests.cast import Cast, make_card, notice, register
from tests.test_tenancy import make_import

EXAMPLES = 12
_SETTINGS = settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=True,
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    allow_header_conformance,
]
# Calls that need what no generator hits on, or a key of the test side: they are only not to break.
TEST_SIDE = ("/test/", "/connection-tests")
HARD = {"POST /confirmations", "GET /confirmations/{file}", "POST /slips", "POST /invoices/import"}


@dataclass
class Known:
    """Words that are there, by the name they are asked under, and what came of using them."""

    words: dict[str, list[Any]]
    answers: dict[str, Counter[int]] = field(default_factory=dict)

    def fed(self, place: Any, rnd: Random) -> Any:
        """Put known words in place of most of the generated ones."""
        if isinstance(place, dict):
            return {name: self._fed(name, word, rnd) for name, word in place.items()}
        return place

    def _fed(self, name: str, word: Any, rnd: Random) -> Any:
        known = self.words.get(name)
        return rnd.choice(known) if known and rnd.random() < 0.95 else word


@pytest.fixture(autouse=True)
def _keep_connection() -> Iterator[None]:
    """Let requests end inside the test's transaction, as Django's own test client does."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def known(cast: Cast) -> Known:
    now = clock.now()
    kept = [register(cast.sakura, repeats=True) for _ in range(3)]
    single = [register(cast.sakura) for _ in range(5)]
    withdraw_invoice(cast.scope, str(single[0].pk))
    receive_payment(notice(single[1], receipt="R1"))
    endpoints = [  # Many, for some are removed before others are rotated.
        add_endpoint(cast.scope, EndpointAsked(f"https://hooks.example.com/{place}"))[0]
        for place in range(30)
    ]
    member = bind_member(cast.scope, MemberAsked("M-1", "花子"))
    make_payee(cast.sakura)
    payout = worked_example(cast).payouts.get()
    invoices = [str(invoice.pk) for invoice in (*kept, *single)]
    assert member.card is not None
    numbers = [member.card.number, *(make_card(cast.sakura).number for _ in range(40))]
    day = clock.business_date(now).isoformat()
    return Known(
        {
            "invoice": invoices,
            "invoices": [invoices[:1]],
            "number": [*numbers, *[kept[0].card.number] * 20],
            "tenant": ["own", "dormitory", "engineering"],
            "endpoint": [str(endpoint.pk) for endpoint in endpoints],
            "statement": [str(payout.statement_id)],
            "job": [make_import(cast, kept[0].card.number)],
            "version": [1],
            "amount_yen": [10_000],
            "tax_yen": [0, 909],
            "taken_at": [now.isoformat()],
            "business_date": [day],
            "store": ["000001"],
            "terminal": ["01"],
            "receipt": ["R1", "R2", "R3", "R4", "R5"],
            "line": ["1"],
            "due_on": [day],
            "title": ["受講料"],
            "from": [1, day],
            "to": [1, f"{day}T00:00:00+09:00"],
            "upto": [0, 1],
            "limits": [None],
            "url": ["https://hooks.example.com/y"],
            "cursor": [""],
            "design": ["default"],
            "menu": [None],
            "items": [[{"title": "チャージ", "amount_yen": 1_000}]],
            "slip": [None],
            "advice": [False],
        }
    )


def operations(api: str) -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi(f"/api/{api}/v1/openapi.json", get_wsgi_application())
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


@pytest.mark.parametrize("api", ["till", "owner"])
def test_every_answer_is_one_that_the_document_allows(api: str, cast: Cast, known: Known):
    key = cast.lawson if api == "till" else cast.keys["sakura"]
    for operation in operations(api):
        call(operation, key, known)
    assert known.answers
    for label, statuses in known.answers.items():
        good = sum(count for status, count in statuses.items() if status < 300)
        if label not in HARD and not any(path in label for path in TEST_SIDE):
            assert good * 10 >= statuses.total(), f"{label}: {dict(statuses)}"


def call(operation: Any, key: str, known: Known) -> None:
    """Call one operation with words of its form, then with words that break it."""
    seen = known.answers.setdefault(operation.label, Counter())
    headers = {"Authorization": f"Bearer {key}"}

    def ask(case: Any) -> int:
        answer = case.call_and_validate(headers=headers, checks=CHECKS)
        return int(answer.status_code)

    @_SETTINGS
    @given(case=operation.as_strategy(), rnd=st.randoms(use_true_random=False))
    def ask_well(case: Any, rnd: Random) -> None:
        # Each call has a chance of its own: else two of them pick the same rows in the same order.
        own = Random(f"{operation.label} {rnd.getrandbits(64)}")
        for place in ("path_parameters", "query", "body"):
            setattr(case, place, known.fed(getattr(case, place), own))
        seen[ask(case)] += 1

    @_SETTINGS
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def ask_badly(case: Any) -> None:
        ask(case)

    ask_well()
    if operation.body or operation.query or operation.path_parameters:
        ask_badly()
