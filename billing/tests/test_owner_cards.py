"""An owner's system issues, binds, suspends and replaces cards (contract section 5), over HTTP."""

from typing import Any

import pytest
from django.conf import settings

from billing.models import Event, Invoice, Payment
from billing.selectors import payable_invoices
from billing.services.cards import replace_card
from billing.services.invoices import InvoiceAsked, register_invoice
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from cards.models import Card, Member
from cards.page_links import page_path
from cards.services import MemberAsked, bind_member
from cards.services.designs import DesignAsked, make_design
from smartpit.kernel.errors import DomainError
from tenants.access import CENTRE, Scope
from tests.cast import (
    Caller,
    Cast,
    code_of,
    make_card,
    make_cast,
    notice,
    register,
    reversal,
    system,
    till,
    told,
)
from tests.threads import in_threads


@pytest.fixture
def sakura(cast: Cast) -> Caller:
    return system(cast.keys["sakura"])


def issued(caller: Caller, **words: Any) -> dict[str, Any]:
    made = caller.post("cards", {"member_reference": "M1", "member_name": "髙橋 花子"} | words)
    assert made.status_code == 201
    body: dict[str, Any] = told(made)
    return body


def inquired(cast: Cast, number: str) -> Any:
    body = {"store": "1", "terminal": "1", "number": number}
    return till(cast.lawson).post("inquiries", body)


def test_a_member_is_issued_a_joint_card_and_keeps_it(sakura: Caller):
    body = issued(sakura)
    assert (body["kind"], body["status"], body["number"][0]) == ("joint", "active", "2")
    assert (body["member_reference"], body["member_name"]) == ("M1", "髙橋 花子")
    assert body["barcode_number"].startswith("29")
    again = sakura.post("cards", {"member_reference": "M1"})
    assert (again.status_code, told(again)) == (200, body)
    assert told(sakura.get(f"cards/{body['number']}")) == body
    assert Card.objects.count() == 1


def test_a_menu_makes_the_card_payable_at_once(cast: Cast, sakura: Caller):
    make_menu(cast.scope, MenuAsked("charge", (ItemAsked("チャージ", 3_000),)))
    number = issued(sakura, menu="charge")["number"]
    for _ in range(2):
        amounts = [line["amount_yen"] for line in told(inquired(cast, number))["invoices"]]
        assert amounts == [3_000]
        sakura.post("cards", {"member_reference": "M1", "menu": "charge"})
    assert told(inquired(cast, issued(sakura, member_reference="M2")["number"]))["invoices"] == []


def test_a_picked_up_card_is_bound(cast: Cast, sakura: Caller):
    number = make_card().number
    body = issued(sakura, number=number)
    assert (body["number"], body["kind"]) == (number, "standard")
    again = sakura.post("cards", {"member_reference": "M1", "number": number})
    assert again.status_code == 200
    assert issued(system(cast.keys["aoba"]), number=number)["number"] == number


def test_what_cannot_be_issued_or_bound_is_refused_by_name(cast: Cast, sakura: Caller):
    issued(sakura, member_reference="M0", number=(taken := make_card().number))
    cases: list[tuple[dict[str, Any], tuple[int, str]]] = [
        ({"number": make_card(cast.aoba).number}, (404, "unknown_number")),
        ({"number": "2000000000008"}, (404, "unknown_number")),
        ({"number": make_card(status="suspended").number}, (409, "card_suspended")),
        ({"number": make_card(cast.sakura, status="replaced").number}, (409, "card_replaced")),
        ({"number": taken}, (409, "card_taken")),
        ({"member_reference": "M0", "number": make_card().number}, (409, "member_has_card")),
        ({"menu": "nothing"}, (404, "unknown_menu")),
        ({"design": "gold"}, (404, "unknown_design")),
        ({"member_reference": ""}, (422, "malformed")),
        ({"member_reference": None}, (422, "malformed")),
        ({"member_reference": "x" * 65}, (422, "malformed")),
        ({"member_name": "\u202eevil"}, (422, "malformed")),
        ({"number": "１２３４５６７８９０１２３"}, (422, "malformed")),
        ({"kind": "standard"}, (422, "malformed")),
    ]
    for change, refusal in cases:
        answer = sakura.post("cards", {"member_reference": "M1", "member_name": "花"} | change)
        assert code_of(answer) == refusal, change
    assert [member.reference for member in Member.objects.all()] == ["M0"]


def test_a_suspended_card_shows_nothing_at_a_till_until_it_is_resumed(cast: Cast, sakura: Caller):
    path = f"cards/{issued(sakura)['number']}"
    number = path.removeprefix("cards/")
    for _ in range(2):
        assert told(sakura.send("patch", path, {"suspended": True}))["status"] == "suspended"
    assert code_of(inquired(cast, number)) == (409, "card_suspended")
    assert told(sakura.send("patch", path, {"suspended": False}))["status"] == "active"
    assert inquired(cast, number).status_code == 200
    for wrong in ({}, {"suspended": "yes"}, {"suspended": None}, {"status": "active"}):
        assert code_of(sakura.send("patch", path, wrong)) == (422, "malformed")


def test_open_invoices_move_to_the_new_number_and_all_they_concern_are_told(
    cast: Cast, sakura: Caller
):
    number = issued(sakura)["number"]
    kept = register(cast.sakura, number=number, tenant="engineering", repeats=True)
    single = register(cast.sakura, number=number)
    paid = register(cast.sakura, number=number)
    receive_payment(notice(paid))

    replaced = sakura.post(f"cards/{number}/replace", {})
    assert replaced.status_code == 201
    new = told(replaced)
    assert (new["kind"], new["member_reference"]) == ("joint", "M1")
    assert new["number"] != number
    assert code_of(inquired(cast, number)) == (409, "card_replaced")
    shown = {line["invoice"] for line in told(inquired(cast, new["number"]))["invoices"]}
    assert shown == {str(kept.pk), str(single.pk)}
    assert Invoice.objects.get(pk=paid.pk).card.number == number
    receive_payment(notice(single))
    assert Payment.objects.get(invoice=single).number == new["number"]

    events = Event.objects.filter(type="card.replaced")
    assert {event.tenant_id for event in events} == {None, kept.tenant_id, single.tenant_id}
    assert events[0].body == {
        "number": number,
        "replaced_by": new["number"],
        "barcode_number": new["barcode_number"],
        "member_reference": "M1",
    }
    old = told(sakura.get(f"cards/{number}"))
    assert (old["status"], old["replaced_by"]) == ("replaced", new["number"])
    assert code_of(sakura.post(f"cards/{number}/replace", {})) == (409, "card_replaced")
    assert told(sakura.post("cards", {"member_reference": "M1"}))["number"] == new["number"]


def test_what_a_till_reverses_after_a_replacement_is_open_on_the_present_number(
    cast: Cast, sakura: Caller
):
    number = issued(sakura)["number"]
    paid = register(cast.sakura, number=number)
    undone = notice(paid)
    receive_payment(undone)
    for _ in range(2):
        number = told(sakura.post(f"cards/{number}/replace", {}))["number"]
    reverse_payment(reversal(undone))
    shown = [line["invoice"] for line in told(inquired(cast, number))["invoices"]]
    assert shown == [str(paid.pk)]
    paid.refresh_from_db()
    receive_payment(notice(paid))
    assert Event.objects.filter(type="payment.reversed").exists()


def test_anothers_card_is_unknown_and_a_standard_one_is_not_an_owners_to_stop(
    cast: Cast, sakura: Caller
):
    standard = issued(sakura, number=make_card().number)["number"]
    cases = [
        (make_card(cast.aoba).number, (404, "unknown_number")),
        (make_card().number, (404, "unknown_number")),
        ("2000000000008", (404, "unknown_number")),
        ("no-number", (404, "unknown_number")),
        (standard, (403, "not_allowed")),
    ]
    for number, refusal in cases:
        suspended = sakura.send("patch", f"cards/{number}", {"suspended": True})
        assert code_of(suspended) == refusal
        assert code_of(sakura.post(f"cards/{number}/replace", {})) == refusal
        if number != standard:
            assert code_of(sakura.get(f"cards/{number}")) == refusal


def test_a_tenants_key_neither_sees_nor_changes_cards(cast: Cast, sakura: Caller):
    number = issued(sakura)["number"]
    tenant = system(cast.keys["engineering"])
    for answer in (
        tenant.get(f"cards/{number}"),
        tenant.post("cards", {"member_reference": "M2"}),
        tenant.send("patch", f"cards/{number}", {"suspended": True}),
        tenant.post(f"cards/{number}/replace", {}),
    ):
        assert code_of(answer) == (403, "not_allowed")


def test_a_standard_card_replaced_by_the_centre_keeps_each_owners_invoices(cast: Cast):
    card = make_card()
    scopes = [cast.scope, Scope(owner_id=cast.aoba.pk)]
    for place, scope in enumerate(scopes):
        bind_member(scope, MemberAsked(f"M{place}"), card.number)
        register_invoice(scope, InvoiceAsked("R", card.number, "会費", 1_000))
    new = replace_card(CENTRE, card.number)
    assert {invoice.owner_id for invoice in payable_invoices(new)} == {
        cast.sakura.pk,
        cast.aoba.pk,
    }
    bodies = Event.objects.filter(tenant=None, type="card.replaced").order_by("owner")
    assert [event.body["member_reference"] for event in bodies] == ["M0", "M1"]


def test_no_invoice_is_left_behind_when_a_card_is_replaced_meanwhile(committed_db: str):
    cast = make_cast()
    for turn in range(5):
        card = make_card(cast.sakura)

        def play(place: int, turn: int = turn, number: str = card.number) -> Any:
            if place in (3, 6):
                return replace_card(cast.scope, number)
            asked = InvoiceAsked(f"R{turn}-{place}", number, "会費", 1_000)
            return register_invoice(cast.scope, asked)

        outcomes = in_threads(play, 8)
        new = [outcome for outcome in outcomes if isinstance(outcome, Card)]
        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert len(new) == 1
        assert all(isinstance(no, DomainError) and no.code == "card_replaced" for no in refused)
        assert not payable_invoices(card)
        assert len(payable_invoices(new[0])) == 8 - 1 - len(refused)


def test_two_menus_with_long_names_alike_are_two(cast: Cast):
    key = system(cast.keys["sakura"])
    for year, amount_yen in (("2026", 1_000), ("2027", 2_000)):
        menu = {
            "code": f"kaihi-shibu-higashinihon-chiku-{year}",
            "kind": "all",
            "items": [{"title": "会費", "amount_yen": amount_yen}],
        }
        assert key.post("menus", menu).status_code == 201
        body = {"member_reference": "M-1", "menu": menu["code"]}
        assert key.post("cards", body).status_code in (200, 201)
    amounts = Invoice.objects.order_by("amount_yen").values_list("amount_yen", flat=True)
    assert list(amounts) == [1_000, 2_000]


def test_an_answer_carries_all_that_a_system_needs(cast: Cast, sakura: Caller):
    body = issued(sakura)
    card = Card.objects.get(number=body["number"])
    assert body == {
        "number": card.number,
        "barcode_number": card.barcode_number,
        "kind": "joint",
        "status": "active",
        "member_reference": "M1",
        "member_name": "髙橋 花子",
        "replaced_by": None,
        "registration_expires_on": None,
        "page_url": f"{settings.SITE_URL}{page_path(card.page_key)}",
    }
    shared = issued(sakura, member_reference="M2", number=make_card().number)
    assert shared["page_url"] is None


def test_an_own_design_is_accepted_and_anothers_is_unknown(cast: Cast, sakura: Caller):
    make_design(cast.scope, DesignAsked("gold", "金", "plastic"))
    assert issued(sakura, design="gold")["status"] == "active"
    aoba = system(cast.keys["aoba"])
    refused = aoba.post("cards", {"member_reference": "A1", "design": "gold"})
    assert code_of(refused) == (404, "unknown_design")
    assert not Member.objects.filter(owner=cast.aoba).exists()


def test_a_card_replaced_twice_tells_the_number_that_is_present_now(sakura: Caller):
    first = issued(sakura)["number"]
    second = told(sakura.post(f"cards/{first}/replace", {}))["number"]
    third = told(sakura.send("post", f"cards/{second}/replace", b""))["number"]
    for number in (first, second):
        for refused in (
            sakura.post(f"cards/{number}/replace", {}),
            sakura.send("patch", f"cards/{number}", {"suspended": True}),
        ):
            assert code_of(refused) == (409, "card_replaced")
            assert told(refused)["current"] == third
    assert code_of(sakura.post(f"cards/{third}/replace", {"to": "2"})) == (422, "malformed")
    assert code_of(sakura.send("post", f"cards/{third}/replace", b"[]")) == (422, "malformed")
    assert told(sakura.get(f"cards/{third}"))["status"] == "active"


def test_a_blank_card_in_stock_is_bound_by_its_number(cast: Cast, sakura: Caller):
    blank = make_card(cast.sakura)
    assert issued(sakura, number=blank.number)["number"] == blank.number
    again = sakura.post("cards", {"member_reference": "M1", "number": blank.number})
    assert (again.status_code, told(again)["number"]) == (200, blank.number)


def test_who_had_its_card_taken_back_is_given_one_anew(cast: Cast, sakura: Caller):
    body = issued(sakura)
    Member.objects.update(card=None)
    assert told(sakura.get(f"cards/{body['number']}"))["member_reference"] is None
    given = issued(sakura)
    assert given["number"] != body["number"]
    assert sakura.post("cards", {"member_reference": "M1"}).status_code == 200


def test_a_retired_card_is_unknown_to_every_call_that_changes(cast: Cast, sakura: Caller):
    number = issued(sakura)["number"]
    Card.objects.filter(number=number).update(status="retired")
    for suspended in (True, False):
        answer = sakura.send("patch", f"cards/{number}", {"suspended": suspended})
        assert code_of(answer) == (404, "unknown_number")
    assert code_of(sakura.post(f"cards/{number}/replace", {})) == (404, "unknown_number")
    assert told(sakura.get(f"cards/{number}"))["status"] == "retired"
