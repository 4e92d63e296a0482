"""Every list of the owner API takes the same nine words, and each means what its items say."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from billing.services.connection_tests import start_test
from billing.services.payments import receive_payment
from settlement.tests.payout_cast import make_payout, make_share
from smartpit.edge.openapi import document
from smartpit.kernel import clock
from smartpit.web.openapi import APIS
from tenants.access import Scope
from tenants.models import Owner
from tests.cast import Caller, Cast, code_of, jst, notice, register, system, told

NUMBER = "2000000000008"
WORDS = {
    "limit": "5", "from": "2026-01-01", "to": "2026-12-31T00:00:00+09:00", "tenant": "own",
    "status": "open", "reference": "R1", "number": NUMBER, "member_reference": "M-1",
}  # fmt: skip
MENU = {"kind": "all", "items": [{"title": "千円", "amount_yen": 1_000}]}
HOOK = "https://93.184.216.34/hook"


def lists() -> Iterator[str]:
    """Return every call that answers a list, as the document tells them."""
    owner = document(APIS["owner"])
    shapes = owner["components"]["schemas"]
    for path, calls in owner["paths"].items():
        content = calls.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        shape = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        if set(shapes.get(shape.rpartition("/")[2], {}).get("properties", ())) == {"items", "next"}:
            yield path.removeprefix("/")


LISTS = sorted(lists())


def asking(cast: Cast, path: str, holder: str = "sakura") -> Caller:
    return system(cast.keys["test" if path == "connection-tests" else holder])


def shown(cast: Cast, path: str, word: str, holder: str = "sakura", **query: Any) -> list[Any]:
    page = told(asking(cast, path, holder).get(path, **query))
    return sorted(item[word] for item in page["items"])


def test_there_are_eight_lists():
    assert LISTS == [
        "connection-tests", "endpoints", "invoices", "menus", "payments", "payouts", "statements",
        "tenants",
    ]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("holder", ["sakura", "engineering"])
def test_every_list_takes_all_nine_words(cast: Cast, path: str, holder: str):
    key = asking(cast, path, holder)
    for query in (WORDS, *({name: word} for name, word in WORDS.items())):
        page = key.get(path, **query)
        assert (page.status_code, set(told(page))) == (200, {"items", "next"}), query


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("from", "yesterday"), ("to", "2026-02-30"), ("from", "2026-11-01T00:00:00"),
        ("to", "2026-11-01T25:00:00Z"), ("limit", "0"), ("limit", "1001"), ("limit", "１"),
        ("number", "12"), ("number", "２０００００００００００８"), ("cursor", "x"), ("foo", "1"),
        ("reference", "\x00"), ("tenant", "x" * 201),
    ],
)  # fmt: skip
def test_a_wrong_word_of_a_list_is_malformed_by_name(cast: Cast, path: str, word: str, value: str):
    refused = asking(cast, path).get(path, **{word: value})
    assert code_of(refused) == (422, "malformed")
    assert [error["field"] for error in told(refused)["errors"]] == [word]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("word", ["limit", "from", "status", "foo"])
def test_a_word_of_a_list_is_said_once(cast: Cast, path: str, word: str):
    value = WORDS.get(word, "1")
    assert code_of(asking(cast, path).get(path, **{word: [value, value]})) == (422, "malformed")


def test_all_that_is_wrong_with_a_query_is_told_at_once(cast: Cast):
    query = {"limit": "0", "from": "x", "number": "12", "foo": "1", "to": ["2026-01-01"] * 2}
    refused = told(system(cast.keys["sakura"]).get("payouts", **query))
    assert {(error["field"], error["code"]) for error in refused["errors"]} == {
        ("limit", "range"), ("from", "form"), ("number", "form"), ("foo", "unknown"),
        ("to", "twice"),
    }  # fmt: skip


def test_a_word_that_no_item_has_finds_nothing(cast: Cast):
    """What a list's items never carry is carried by none of them: an empty list, no refusal."""
    make_share(make_payout(cast.sakura).statement, cast.engineering, 119_999)
    sakura = system(cast.keys["sakura"])
    sakura.post("menus", MENU | {"code": "charge"})
    sakura.post("endpoints", {"url": HOOK})
    carried = {
        "payouts": {"status": "proposed"},
        "statements": {"tenant": "engineering"},
        "menus": {"tenant": "own"},
        "tenants": {"tenant": "own", "status": "live"},
        "endpoints": {"status": "active"},
    }
    for path, own in carried.items():
        assert told(sakura.get(path, **own))["items"], path
        for word in {"tenant", "status", "reference", "number", "member_reference"} - set(own):
            assert told(sakura.get(path, **{word: WORDS[word]}))["items"] == [], (path, word)


@pytest.mark.parametrize("holder", ["sakura", "engineering"])
def test_statements_go_by_their_closing_date(cast: Cast, holder: str):
    month = "2026-11-"
    for day in (5, 10, 15):
        payout = make_payout(cast.sakura, closes_on=date(2026, 11, day))
        make_share(payout.statement, cast.engineering, 119_999)

    def closed(**query: Any) -> list[str]:
        days = shown(cast, "statements", "closes_on", holder, **query)
        return [day.removeprefix(month) for day in days]

    assert closed(**{"from": f"{month}10"}) == ["10", "15"]
    assert closed(to=f"{month}10") == ["05", "10"]
    assert closed(**{"from": f"{month}06", "to": f"{month}14"}) == ["10"]
    # Of an instant its day in Japan counts.
    assert closed(**{"from": f"{month}09T15:00:00Z"}) == ["10", "15"]
    assert closed(to=f"{month}10T00:00:00+09:00") == ["05", "10"]
    assert closed(tenant="dormitory") == []
    assert closed(status="proposed") == []


def test_payouts_go_by_their_pay_day(cast: Cast):
    payout = make_payout(cast.sakura)
    day = payout.pays_on.isoformat()
    after = (payout.pays_on + timedelta(days=1)).isoformat()
    assert shown(cast, "payouts", "pays_on", **{"from": day, "to": day}) == [day]
    assert shown(cast, "payouts", "pays_on", **{"from": after}) == []
    assert shown(cast, "payouts", "pays_on", to=payout.statement.closes_on.isoformat()) == []
    assert shown(cast, "payouts", "pays_on", status="paid") == []


def test_tenants_go_by_code_status_and_when_they_were_applied_for(cast: Cast):
    system(cast.keys["sakura"]).post("tenants", {"code": "library", "name": "図書館"})
    today = clock.business_date().isoformat()
    tomorrow = (clock.business_date() + timedelta(days=1)).isoformat()
    assert shown(cast, "tenants", "code", tenant="library") == ["library"]
    assert shown(cast, "tenants", "code", status="applied") == ["library"]
    everyone = ["dormitory", "engineering", "library", "own"]
    assert shown(cast, "tenants", "code", **{"from": today, "to": today}) == everyone
    assert shown(cast, "tenants", "code", **{"from": tomorrow}) == []
    assert shown(cast, "tenants", "code", "engineering", tenant="library") == []


def test_menus_and_endpoints_go_by_tenant(cast: Cast):
    sakura = system(cast.keys["sakura"])
    for tenant in ("engineering", "dormitory"):
        assert sakura.post("menus", MENU | {"code": tenant, "tenant": tenant}).status_code == 201
        assert sakura.post("endpoints", {"url": HOOK, "tenant": tenant}).status_code == 201
    for path in ("menus", "endpoints"):
        assert shown(cast, path, "tenant", tenant="dormitory") == ["dormitory"]
        assert shown(cast, path, "tenant", "engineering", tenant="dormitory") == []
    assert shown(cast, "endpoints", "tenant", status="disabled") == []


def test_connection_tests_go_by_status(cast: Cast):
    twin = Owner.objects.get(twin_of=cast.sakura)
    start_test(Scope(owner_id=twin.pk))
    assert shown(cast, "connection-tests", "status", status="running") == ["running"]
    assert shown(cast, "connection-tests", "status", status="passed") == []


@pytest.mark.parametrize("path", [path for path in LISTS if path != "connection-tests"])
def test_a_tenant_that_is_not_there_and_anothers_have_nothing(cast: Cast, path: str):
    receive_payment(notice(register(cast.sakura)))
    make_share(make_payout(cast.sakura).statement, cast.engineering, 119_999)
    assert shown(cast, path, "tenant", tenant="nobody") == []
    assert shown(cast, path, "tenant", "aoba", tenant="engineering") == []


def test_payments_go_by_when_they_were_booked(cast: Cast):
    """A day that is over gains no payment: an advice that comes later belongs to its own day."""
    with clock.frozen(jst("2026-11-20 12:00")):
        invoice = register(cast.sakura, reference="S1")
    told_late = notice(invoice, taken_at=jst("2026-11-20 23:59"), advice=True)
    with clock.frozen(jst("2026-11-22 09:00")):
        receive_payment(told_late)
    for day, found in (("2026-11-20", []), ("2026-11-22", ["2026-11-20"])):
        assert shown(cast, "payments", "business_date", **{"from": day, "to": day}) == found
    assert shown(cast, "payments", "reference", member_reference="M-1") == []
