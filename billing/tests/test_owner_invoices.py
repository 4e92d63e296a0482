"""An owner's system registers, changes and withdraws invoices (contract section 5), over HTTP."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest

from billing.models import Event, Invoice, InvoiceVersion
from billing.services.payments import receive_payment
from cards.models import Member
from smartpit.kernel import clock
from tenants.models import Tenant
from tenants.services import TenantAsked, move_tenant, open_tenant, rotate_api_key
from tests.cast import (
    Cast,
    code_of,
    jst,
    make_card,
    notice,
    register,
    system,
    told,
)


@pytest.fixture
def words(cast: Cast) -> dict[str, Any]:
    return {
        "reference": "A-1",
        "number": make_card(cast.sakura).number,
        "title": "前期授業料",
        "amount_yen": 55_000,
    }


def test_a_single_invoice_is_due_on_its_sixtieth_day(cast: Cast, words: dict[str, Any]):
    with clock.frozen(jst("2026-11-24 12:00")):
        made = system(cast.keys["sakura"]).post("invoices", words)
    assert made.status_code == 201
    answer = told(made)
    assert answer["due_on"] == "2027-01-22"
    assert (answer["version"], answer["status"], answer["tenant"]) == (1, "open", "own")
    read = system(cast.keys["sakura"]).get(f"invoices/{answer['invoice']}")
    assert told(read) == answer


def test_the_same_words_again_are_answered_as_at_first(cast: Cast, words: dict[str, Any]):
    first = system(cast.keys["sakura"]).post("invoices", words)
    system(cast.keys["sakura"]).send(
        "patch", f"invoices/{told(first)['invoice']}", {"amount_yen": 60_000}
    )
    again = system(cast.keys["sakura"]).post("invoices", words)
    assert (again.status_code, again.content) == (200, first.content)
    other = system(cast.keys["sakura"]).post("invoices", words | {"amount_yen": 60_000})
    assert code_of(other) == (409, "reference_reused")
    assert Invoice.objects.count() == 1


def test_a_reference_is_the_tenants_own(cast: Cast, words: dict[str, Any]):
    for tenant in ("engineering", "dormitory"):
        made = system(cast.keys["sakura"]).post("invoices", words | {"tenant": tenant})
        assert (made.status_code, told(made)["tenant"]) == (201, tenant)
    own = system(cast.keys["engineering"]).post("invoices", words)
    assert (own.status_code, told(own)["tenant"]) == (200, "engineering")


def test_a_standard_card_takes_invoices_of_any_owner(cast: Cast, words: dict[str, Any]):
    number = make_card().number
    for key in ("sakura", "aoba"):
        answer = system(cast.keys[key]).post("invoices", words | {"number": number})
        assert answer.status_code == 201


def test_what_cannot_be_registered_is_refused_by_name(cast: Cast, words: dict[str, Any]):
    yesterday = clock.business_date() - timedelta(days=1)
    foreign = make_card(cast.aoba).number
    live = make_card(cast.sakura)
    sheet = make_card(cast.sakura, registration_expires_on=yesterday).number
    open_tenant(cast.scope, TenantAsked("applied", "申請中"))
    cases: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
        ("sakura", {"number": foreign}, (404, "unknown_number")),
        ("sakura", {"number": "2000000000008"}, (404, "unknown_number")),
        ("sakura", {"tenant": "nobody"}, (404, "unknown_tenant")),
        ("engineering", {"tenant": "dormitory"}, (404, "unknown_tenant")),
        ("sakura", {"tenant": "applied"}, (409, "tenant_not_live")),
        ("sakura", {"number": make_card(cast.sakura, status="suspended").number},
         (409, "card_suspended")),
        ("sakura", {"number": make_card(cast.sakura, status="replaced").number},
         (409, "card_replaced")),
        ("sakura", {"number": make_card(cast.sakura, status="retired").number},
         (404, "unknown_number")),
        ("sakura", {"number": sheet}, (409, "registration_expired")),
        ("aoba", {"number": make_card().number, "repeats": True}, (409, "repeat_option_missing")),
        ("test", {"number": live.number}, (404, "unknown_number")),
    ]  # fmt: skip
    for key, change, refusal in cases:
        assert code_of(system(cast.keys[key]).post("invoices", words | change)) == refusal, change
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"amount_yen": 0}, {"amount_yen": 300_001}, {"amount_yen": "1"}, {"tax_yen": 55_000},
        {"tax_yen": -1}, {"title": ""}, {"title": "　"}, {"title": "a\nb"}, {"title": "x" * 61},
        {"title": "\u202eevil"}, {"reference": ""}, {"reference": None}, {"number": "123"},
        {"number": "１２３４５６７８９０１２３"}, {"due_on": "2020-01-01"}, {"due_on": "soon"},
        {"due_on": "2199-01-01"}, {"repeats": "yes"}, {"limits": {"count_max": 1}}, {"nothing": 1},
        {"limits": {"count_max": 0}}, {"limits": []},
    ],
)  # fmt: skip
def test_wrong_words_are_malformed(cast: Cast, words: dict[str, Any], change: dict[str, Any]):
    answer = system(cast.keys["sakura"]).post("invoices", words | change)
    assert code_of(answer) == (422, "malformed")
    assert next(iter(change)) in {error["field"] for error in told(answer)["errors"]}
    assert not Invoice.objects.exists()


def test_a_due_date_may_lie_between_today_and_the_sixtieth_day(cast: Cast, words: dict[str, Any]):
    today = clock.business_date()
    for reference, days, status in (("d0", 0, 201), ("d59", 59, 201), ("d60", 60, 422)):
        due_on = (today + timedelta(days=days)).isoformat()
        body = words | {"reference": reference, "due_on": due_on}
        assert system(cast.keys["sakura"]).post("invoices", body).status_code == status


def test_a_change_makes_the_next_version_and_no_change_makes_none(cast: Cast):
    invoice = register(cast.sakura)
    path = f"invoices/{invoice.pk}"
    key = system(cast.keys["sakura"])
    assert told(key.send("patch", path, {"amount_yen": 10_000}))["version"] == 1
    assert told(key.send("patch", path, {"amount_yen": 9_000, "tax_yen": 818}))["version"] == 2
    suspended = told(key.send("patch", path, {"suspended": True}))
    assert (suspended["version"], suspended["status"]) == (3, "suspended")
    assert told(key.send("patch", path, {"suspended": False}))["status"] == "open"
    amounts = InvoiceVersion.objects.order_by("version").values_list("amount_yen", flat=True)
    assert list(amounts) == [10_000, 9_000, 9_000, 9_000]
    for wrong in ({"tax_yen": 9_000}, {"due_on": None}, {}, {"number": "1"}, {"amount_yen": None}):
        assert code_of(key.send("patch", path, wrong)) == (422, "malformed")


def test_a_withdrawn_invoice_stays_withdrawn_and_its_owner_is_told_once(cast: Cast):
    invoice = register(cast.sakura)
    key = system(cast.keys["sakura"])
    for _ in range(2):
        answer = key.send("delete", f"invoices/{invoice.pk}")
        assert (answer.status_code, told(answer)["status"]) == (200, "withdrawn")
    assert Event.objects.filter(type="invoice.withdrawn").count() == 1
    changed = key.send("patch", f"invoices/{invoice.pk}", {"amount_yen": 1})
    assert code_of(changed) == (409, "invoice_withdrawn")


def test_a_paid_or_expired_invoice_is_neither_changed_nor_withdrawn(cast: Cast):
    paid = register(cast.sakura)
    receive_payment(notice(paid))
    past = register(cast.sakura)
    Invoice.objects.filter(pk=past.pk).update(due_on="2026-01-02")
    key = system(cast.keys["sakura"])
    for invoice, code in ((paid, "already_paid"), (past, "invoice_expired")):
        path = f"invoices/{invoice.pk}"
        assert code_of(key.send("patch", path, {"amount_yen": 1})) == (409, code)
        assert code_of(key.send("delete", path)) == (409, code)


def test_anothers_invoice_is_not_found_like_one_that_never_was(cast: Cast):
    invoice = register(cast.sakura, tenant="engineering")
    for key in ("aoba", "dormitory", "test"):
        for method in ("get", "patch", "delete"):
            body = {"amount_yen": 1} if method == "patch" else None
            for id_ in (invoice.pk, "00000000-0000-4000-8000-000000000000", "no-id"):
                answer = system(cast.keys[key]).send(method, f"invoices/{id_}", body)
                assert code_of(answer) == (404, "not_found")
    assert told(system(cast.keys["engineering"]).get(f"invoices/{invoice.pk}"))["version"] == 1


def test_lists_show_what_the_key_may_see_in_pages(cast: Cast):
    for place in range(3):
        register(cast.sakura, tenant="engineering", reference=f"E{place}")
    register(cast.sakura, tenant="dormitory", reference="D0")
    register(cast.aoba, reference="X0")

    def references(key: str, **query: Any) -> list[str]:
        answer = told(system(cast.keys[key]).get("invoices", **query))
        return [item["reference"] for item in answer["items"]]

    assert references("sakura") == ["D0", "E2", "E1", "E0"]
    assert references("engineering") == ["E2", "E1", "E0"]
    assert references("sakura", tenant="dormitory") == ["D0"]
    assert references("sakura", reference="E1") == ["E1"]
    assert references("sakura", status="paid") == []
    first = told(system(cast.keys["sakura"]).get("invoices", limit=3))
    assert references("sakura", limit=3, cursor=first["next"]) == ["E0"]
    today = clock.business_date().isoformat()
    assert len(references("sakura", **{"from": today, "to": today})) == 4
    for wrong in ({"limit": 0}, {"limit": 1001}, {"from": "x"}, {"owner": "aoba"}):
        answer = system(cast.keys["sakura"]).get("invoices", **wrong)
        assert code_of(answer) == (422, "malformed")


def test_a_call_from_outside_the_contracts_networks_is_refused(cast: Cast):
    from_here = system(cast.keys["sakura"])
    cast.sakura.contracts.create(
        number=2, starts_on="2026-01-02", plan="plan-120", connection="regular", cycle="5-day",
        networks=["10.1.0.0/16"], signed_at=clock.now(), repeat_yearly_yen=0,
        first_registration_yen=0,
    )  # fmt: skip
    assert code_of(from_here.get("invoices")) == (403, "network_refused")
    from_here.client.defaults["REMOTE_ADDR"] = "10.1.2.3"
    assert from_here.get("invoices").status_code == 200


def test_a_rotated_key_works_to_the_end_of_its_overlap(cast: Cast):
    rotate_api_key(cast.scope, overlap=timedelta(hours=1))
    former = system(cast.keys["sakura"])
    assert former.get("invoices").status_code == 200
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        assert code_of(former.get("invoices")) == (401, "unauthorized")


def test_two_keys_overlap_and_a_third_ends_the_first_of_its_holder(cast: Cast):
    """Who lost a key rotates twice; the lost one shall not live on for a day."""
    first = cast.keys["sakura"]
    second, third = (rotate_api_key(cast.scope)[1] for _ in range(2))
    works = [system(key).get("invoices").status_code == 200 for key in (first, second, third)]
    assert works == [False, True, True]
    assert system(cast.keys["engineering"]).get("invoices").status_code == 200


def test_tenants_are_applied_for_and_sell_when_live(cast: Cast, words: dict[str, Any]):
    key = system(cast.keys["sakura"])
    body = {"code": "library", "name": "図書館", "contact": {"name": "受付"}, "passes_fees": True}
    made = key.post("tenants", body)
    assert (made.status_code, told(made)["status"]) == (201, "applied")
    assert code_of(key.post("tenants", body)) == (409, "code_taken")
    assert code_of(system(cast.keys["engineering"]).post("tenants", body)) == (403, "not_allowed")
    refused = key.post("invoices", words | {"tenant": "library"})
    assert code_of(refused) == (409, "tenant_not_live")
    tenant = Tenant.objects.get(code="library", owner__is_test=False)
    move_tenant(move_tenant(tenant, Tenant.Status.SCREENED), Tenant.Status.LIVE)
    assert key.post("invoices", words | {"tenant": "library"}).status_code == 201
    changed = key.send("patch", "tenants/library", {"commission_yen": 50})
    assert told(changed)["commission_yen"] == 50
    seen = told(system(cast.keys["engineering"]).get("tenants"))["items"]
    assert [tenant["code"] for tenant in seen] == ["engineering"]
    renamed = key.send("patch", "tenants/library", {"display_name": None})
    assert (renamed.status_code, told(renamed)["display_name"]) == (200, "図書館")


@pytest.mark.parametrize("path", ["invoices", "payments", "endpoints", "statements", "payouts"])
def test_no_word_of_a_query_is_too_odd_to_be_answered(cast: Cast, path: str):
    key = system(cast.keys["sakura"])
    for offset in ("+16:00", "-23:59"):
        assert key.get(path, **{"from": f"2026-11-01T00:00:00{offset}"}).status_code == 200
    nowhere = "00000000-0000-4000-8000-000000000000"
    for word in ("[" * 3_000, json.dumps(["0001-01-01T00:00:00+14:00", nowhere])):
        cursor = urlsafe_b64encode(word.encode()).decode()
        assert code_of(key.get(path, cursor=cursor)) == (422, "malformed")
    for field in ("tenant", "status", "member_reference"):
        assert code_of(key.get(path, **{field: "\x00"})) == (422, "malformed")
    cursor = urlsafe_b64encode(json.dumps(["2026-01-01T00:00:00+23:59", nowhere]).encode()).decode()
    assert key.get(path, cursor=cursor).status_code == 200


@pytest.mark.parametrize("path", ["invoices", "cards", "tenants", "statements"])
def test_an_address_that_no_row_can_have_is_not_found(cast: Cast, path: str):
    assert code_of(system(cast.keys["sakura"]).get(f"{path}/%00"))[0] == 404


def test_a_member_is_found_by_its_own_owners_reference_only(cast: Cast):
    """A standard card may have members of several owners: another's word for one says nothing."""
    card = make_card()
    register(cast.sakura, number=card.number, reference="S1")
    for owner, reference in ((cast.sakura, "M-1"), (cast.aoba, "A-9")):
        Member.objects.create(owner=owner, reference=reference, card=card, joined_at=clock.now())
    for reference, found in (("M-1", ["S1"]), ("A-9", []), ("nobody", [])):
        page = told(system(cast.keys["sakura"]).get("invoices", member_reference=reference))
        assert [item["reference"] for item in page["items"]] == found
