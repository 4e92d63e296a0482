"""Events and payments by pull: two streams, each numbered from 1, each key its own."""

from typing import Any

import pytest

from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from cards.models import Member
from smartpit.kernel import clock
from tests.cast import Cast, code_of, notice, register, reversal, system, told


def sequences(cast: Cast, key: str, **query: Any) -> list[tuple[int, str, str]]:
    answer = told(system(cast.keys[key]).get("events", **query))
    return [
        (event["sequence"], event["type"], event["data"]["reference"]) for event in answer["events"]
    ]


def test_the_owner_and_each_tenant_read_streams_of_their_own(cast: Cast):
    for tenant, reference in (("engineering", "E1"), ("dormitory", "D1"), (None, "O1")):
        receive_payment(notice(register(cast.sakura, tenant=tenant, reference=reference)))
    receive_payment(notice(register(cast.aoba, reference="A1")))
    reported = "payment.reported"
    assert sequences(cast, "sakura") == [
        (1, reported, "E1"),
        (2, reported, "D1"),
        (3, reported, "O1"),
    ]
    assert sequences(cast, "engineering") == [(1, reported, "E1")]
    assert sequences(cast, "dormitory") == [(1, reported, "D1")]
    assert sequences(cast, "aoba") == [(1, reported, "A1")]


def test_an_event_says_all_that_the_contract_promises(cast: Cast):
    invoice = register(cast.sakura, tenant="dormitory", amount_yen=38_000, tax_yen=0, repeats=True)
    Member.objects.create(
        owner=cast.sakura, reference="M-7", card=invoice.card, joined_at=clock.now()
    )
    receive_payment(notice(invoice))
    (event,) = told(system(cast.keys["sakura"]).get("events"))["events"]
    assert set(event) == {"sequence", "type", "occurred_at", "data"}
    row = event["data"]
    assert set(row) == {
        "payment", "invoice", "reference", "number", "member_reference", "tenant", "amount_yen",
        "tax_yen", "chain", "store", "business_date", "taken_at", "repeats", "late",
        "possible_duplicate",
    }  # fmt: skip
    assert (row["member_reference"], row["tenant"]) == ("M-7", "dormitory")
    assert (row["amount_yen"], row["tax_yen"]) == (38_000, 0)
    assert (row["chain"], row["repeats"], row["late"]) == ("lawson", True, False)


def test_a_reader_goes_on_after_the_last_number_it_has(cast: Cast):
    for place in range(5):
        receive_payment(notice(register(cast.sakura, reference=f"R{place}")))
    first = told(system(cast.keys["sakura"]).get("events", limit=3))
    assert ([event["sequence"] for event in first["events"]], first["last"]) == ([1, 2, 3], 3)
    rest = told(system(cast.keys["sakura"]).get("events", after=3))
    assert ([event["sequence"] for event in rest["events"]], rest["last"]) == ([4, 5], 5)
    assert told(system(cast.keys["sakura"]).get("events", after=5)) == {"events": [], "last": 5}
    assert told(system(cast.keys["dormitory"]).get("events")) == {"events": [], "last": 0}


def test_who_asks_beyond_the_end_is_told_where_the_end_is(cast: Cast):
    """Who keeps ``last`` and asks after it again would else pass over what comes next."""
    for _ in range(2):
        receive_payment(notice(register(cast.sakura, tenant="dormitory")))
    key = system(cast.keys["sakura"])
    assert told(key.get("events", after=900)) == {"events": [], "last": 2}
    assert told(key.get("events", after=2**62)) == {"events": [], "last": 2}
    assert told(system(cast.keys["dormitory"]).get("events", after=3)) == {"events": [], "last": 2}
    assert told(system(cast.keys["engineering"]).get("events", after=1)) == {
        "events": [],
        "last": 0,
    }
    receive_payment(notice(register(cast.sakura)))
    (event,) = told(key.get("events", after=told(key.get("events", after=900))["last"] - 1))[
        "events"
    ]
    assert event["sequence"] == 3


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"after": -1}, {"after": "１"}]
)
def test_a_wrong_page_is_malformed(cast: Cast, query: dict[str, Any]):
    assert code_of(system(cast.keys["sakura"]).get("events", **query)) == (422, "malformed")


def test_a_reader_acknowledges_what_it_has_and_never_more(cast: Cast):
    for _ in range(3):
        receive_payment(notice(register(cast.sakura)))
    key = system(cast.keys["sakura"])
    assert told(key.post("events/acknowledge", {"upto": 2})) == {"acknowledged": 2, "last": 3}
    assert told(key.post("events/acknowledge", {"upto": 1}))["acknowledged"] == 2
    assert code_of(key.post("events/acknowledge", {"upto": 4})) == (422, "malformed")


def test_payments_are_listed_for_those_who_may_see_them(cast: Cast):
    shop = register(cast.sakura, tenant="engineering", reference="E1")
    dorm = register(cast.sakura, tenant="dormitory", reference="D1")
    for invoice in (shop, dorm):
        receive_payment(notice(invoice))
    undone = notice(register(cast.sakura, reference="X1"))
    receive_payment(undone)
    reverse_payment(reversal(undone))

    def references(key: str, **query: Any) -> list[str]:
        items = told(system(cast.keys[key]).get("payments", **query))["items"]
        return [item["reference"] for item in items]

    assert references("sakura") == ["X1", "D1", "E1"]
    assert references("dormitory") == ["D1"]
    assert references("aoba") == []
    assert references("sakura", status="reversed") == ["X1"]
    assert references("sakura", number=dorm.card.number) == ["D1"]
    assert references("sakura", tenant="engineering") == ["E1"]


def test_a_menu_is_the_owners_and_lists_its_items(cast: Cast):
    key = system(cast.keys["sakura"])
    body = {
        "code": "charge",
        "kind": "all",
        "items": [{"title": "千円", "amount_yen": 1_000, "tax_yen": 90}],
        "limits": {"per_month_count_max": 3},
    }
    made = key.post("menus", body)
    assert made.status_code == 201
    assert told(made)["limits"]["per_month_count_max"] == 3
    assert told(key.get("menus"))["items"] == [told(made)]
    assert code_of(key.post("menus", body)) == (409, "code_taken")
    wrongs: tuple[dict[str, Any], ...] = (
        {"items": []},
        {"items": [{"title": "x", "amount_yen": 0}]},
        {"kind": "any"},
    )
    for wrong in wrongs:
        assert code_of(key.post("menus", body | {"code": "b"} | wrong)) == (422, "malformed")
    assert code_of(system(cast.keys["dormitory"]).post("menus", body)) == (403, "not_allowed")
    assert told(system(cast.keys["aoba"]).get("menus"))["items"] == []


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"foo": "1"}, ("foo", "unknown")),
        ({"cursor": "x"}, ("cursor", "unknown")),
        ({"limit": ["1", "2"]}, ("limit", "twice")),
        ({"after": ["0", "0"]}, ("after", "twice")),
        ({"limit": "1001"}, ("limit", "range")),
        ({"after": "1" * 30}, ("after", "range")),
    ],
)
def test_a_word_of_events_is_known_and_said_once(
    cast: Cast, query: dict[str, Any], wrong: tuple[str, str]
):
    refused = system(cast.keys["sakura"]).get("events", **query)
    assert code_of(refused) == (422, "malformed")
    assert [(one["field"], one["code"]) for one in told(refused)["errors"]] == [wrong]
