"""The two sides: what is tried on the test side reaches nothing of the live one, nor the other way.

The same month is settled with a storm of test traffic around it and must come out as the worked
example of the contract says; then every key is tried on every row of the other side.
"""

import pytest
from django.test import Client

from billing.models import Case, Chain, ChainKey, Invoice, Payment
from billing.services.faxes import complete_fax
from billing.services.payments import receive_payment, receive_payments
from billing.services.reversals import reverse_payment
from billing.services.twins import pay_test_invoice
from billing.web.till import is_open_to
from settlement.books import trial_balance
from settlement.models import Closing, Payout, Statement
from settlement.services.settling import settle
from settlement.services.twins import confirm_test_payments
from settlement.tests.scene import at, cast_of, close, confirm, day_of, paid
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.access import Scope
from tenants.models import Centre, Owner, Staff
from tenants.services import StaffAsked, TenantAsked, open_tenant
from tests.cast import (
    Caller,
    Cast,
    chain_key,
    code_of,
    make_card,
    notice,
    payment_body,
    register,
    reversal,
    system,
    till,
    told,
)
from tests.people import sign_in

NOBODYS = "00000000-0000-0000-0000-000000000000"
CHAINS = ("lawson", "ministop", "familymart")


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


@pytest.fixture
def test_till(cast: Cast) -> Caller:
    return till(chain_key("lawson-test"))


def storm(owner: Owner, day: str, amount_yen: int = 7_000) -> None:
    """Do all that can be done with money on an owner's test side."""
    twin = owner.twin
    scope = Scope(owner_id=twin.pk)
    with at(day):
        for chain in CHAINS:
            payment = pay_test_invoice(
                scope, str(register(twin, amount_yen=amount_yen).pk), chain=chain
            )
            confirm_test_payments(scope, [str(payment.pk)])
        pay_test_invoice(scope, str(register(twin, amount_yen=60_000).pk))
        undone = notice(register(twin), chain="lawson-test")
        receive_payment(undone)
        reverse_payment(reversal(undone))
        reverse_payment(reversal(notice(NOBODYS, chain="lawson-test")))
        for lost in (notice(NOBODYS, chain="lawson-test", advice=True) for _ in range(2)):
            receive_payment(lost)
        reverse_payment(reversal(lost))
        withdrawn = register(twin)
        Invoice.objects.filter(pk=withdrawn.pk).update(status="withdrawn")
        receive_payment(notice(withdrawn, chain="lawson-test", advice=True))
        complete_fax(twin.pk)


def worked_example(cast: Cast) -> None:
    """The contract's example: 10,000, 55,000 and 54,999 yen, and one FAX."""
    taken = [
        paid(cast.sakura, "11-03", amount_yen, tax_yen=tax_yen)
        for amount_yen, tax_yen in ((10_000, 909), (55_000, 5_000), (54_999, 5_000))
    ]
    confirm(*taken, on="11-03")
    with at("11-03"):
        complete_fax(cast.sakura.pk)


def test_a_storm_on_the_test_side_changes_no_yen(five: Cast):
    storm(five.sakura, "11-02")
    assert trial_balance() == {}
    worked_example(five)
    storm(five.sakura, "11-03")
    storm(five.aoba, "11-04")
    before = trial_balance()
    assert before == {
        "store_receivable:lawson": 119_999,
        f"owner_payable:{five.sakura.pk}": -119_999,
    }

    (statement,) = close("11-13")
    assert (statement.payments_count, statement.gross_yen) == (3, 119_999)
    assert (statement.fees_yen, statement.tax_yen, statement.stamp_yen) == (1_870, 187, 200)
    assert statement.payout_yen == 117_742
    storm(five.sakura, "11-13")
    assert sum(trial_balance().values()) == 0
    assert not any("test" in account for account in trial_balance())


def test_settling_a_year_states_no_test_twin(five: Cast):
    worked_example(five)
    storm(five.sakura, "11-03")
    with at("11-13"):
        settle()
    stated = Statement.objects.count()
    storm(five.sakura, "11-14")
    with at("12-31"):
        settle(day_of("2027-11-30"))
    for rows in (Closing.objects, Statement.objects, Payout.objects):
        assert not rows.filter(owner__is_test=True).exists()
    assert Closing.objects.exists()
    assert Statement.objects.count() == stated == 1
    assert told(system(five.keys["test"]).get("statements"))["items"] == []


def test_a_test_confirmation_is_dated_by_the_same_terms_and_closes_nothing(five: Cast):
    storm(five.sakura, "11-03")
    live = paid(five.sakura, "11-03")
    confirm(live, on="11-03")
    days = {
        payment.confirmation.closes_on
        for payment in Payment.objects.filter(status="confirmed").select_related("confirmation")
    }
    assert days == {day_of("11-05")}


# -- tills --------------------------------------------------------------------------------------


def test_a_till_finds_only_its_own_side(cast: Cast, test_till: Caller):
    sides = {True: test_till, False: till(cast.lawson)}
    for is_test, owner in ((False, cast.sakura), (True, cast.sakura.twin)):
        invoice = register(owner)
        card = invoice.card
        assert (card.number[1:3] == "99") is is_test
        for words in ({"number": card.number}, {"barcode": card.barcode_number}):
            asked = {"store": "1", "terminal": "1"} | words
            (line,) = told(sides[is_test].post("inquiries", asked))["invoices"]
            assert line["invoice"] == str(invoice.pk)
            refused = sides[not is_test].post("inquiries", asked)
            assert code_of(refused) == (404, "unknown_number")
        refused = sides[not is_test].post("payments", payment_body(invoice))
        assert code_of(refused) == (404, "unknown_invoice")
        assert sides[is_test].post("payments", payment_body(invoice)).status_code == 201


def test_cash_told_of_the_other_sides_invoice_is_of_nobody(cast: Cast, test_till: Caller):
    for caller, owner in ((till(cast.lawson), cast.sakura.twin), (test_till, cast.sakura)):
        invoice = register(owner)
        body = payment_body(invoice, advice=True)
        assert told(caller.post("payments", body))["status"] == "suspense"
        invoice.refresh_from_db()
        assert invoice.status == "open"
    assert trial_balance() == {"store_receivable:lawson": 10_000, "suspense:lawson": -10_000}


def test_a_batch_of_both_sides_mixes_nothing(cast: Cast):
    """Tills that arrive together may be booked by one call; each still has its own side."""
    rows = [
        (chain, register(owner))
        for chain in ("lawson", "lawson-test")
        for owner in (cast.sakura, cast.sakura.twin)
    ]
    outcomes = receive_payments([notice(invoice, chain=chain) for chain, invoice in rows])
    codes = [outcome.code if isinstance(outcome, DomainError) else "booked" for outcome in outcomes]
    assert codes == ["booked", "unknown_invoice", "unknown_invoice", "booked"]


def test_a_chains_own_list_and_keys_are_of_one_side(cast: Cast, test_till: Caller):
    body = payment_body(register(cast.sakura))
    tried = payment_body(register(cast.sakura.twin))
    live_till = till(cast.lawson)
    assert live_till.post("payments", body).status_code == 201
    assert test_till.post("payments", tried).status_code == 201
    day = {"business_date": clock.business_date().isoformat()}
    for caller, mine, others in ((live_till, body, tried), (test_till, tried, body)):
        (row,) = told(caller.get("payments", **day))["items"]
        assert row["receipt"] == mine["receipt"]
        key = "{store}/{terminal}/{business_date}/{receipt}/1".format(**others)
        assert told(caller.get(f"payments/{key}")) == {"status": "never_seen"}
        names = ("store", "terminal", "business_date", "receipt")
        undo = {name: others[name] for name in names} | {"reason": "x"}
        assert told(caller.post("reversals", undo)) == {"status": "tombstone"}
    assert set(Payment.objects.exclude(owner=None).values_list("status", flat=True)) == {"reported"}


# -- owners' systems ----------------------------------------------------------------------------


def test_a_key_sees_its_own_side_and_of_the_other_nothing(cast: Cast):
    live, test = system(cast.keys["sakura"]), system(cast.keys["test"])
    rows = {False: register(cast.sakura), True: register(cast.sakura.twin)}
    receive_payment(notice(rows[False]))
    pay_test_invoice(Scope(owner_id=cast.sakura.twin.pk), str(rows[True].pk))
    for caller, mine, others in ((live, rows[False], rows[True]), (test, rows[True], rows[False])):
        for path in ("invoices", "payments"):
            (item,) = told(caller.get(path))["items"]
            assert item["invoice"] == str(mine.pk), path
        (event,) = told(caller.get("events"))["events"]
        assert event["data"]["invoice"] == str(mine.pk)
        assert event["data"].get("test", False) is mine.owner.is_test
        assert told(caller.get("invoices", number=others.card.number))["items"] == []
        for method in ("get", "patch", "delete"):
            answer = caller.send(method, f"invoices/{others.pk}", {"title": "x"})
            assert code_of(answer) == (404, "not_found"), method
        taken = {"member_reference": "M", "number": others.card.number}
        assert code_of(caller.post("cards", taken)) == (404, "unknown_number")
        on_it = {"reference": "X", "number": others.card.number, "title": "x", "amount_yen": 5}
        assert code_of(caller.post("invoices", on_it)) == (404, "unknown_number")


def test_each_side_draws_numbers_the_other_never_has(cast: Cast):
    live, test = system(cast.keys["sakura"]), system(cast.keys["test"])
    for caller, is_test in ((live, False), (test, True)):
        for place in range(3):
            card = told(caller.post("cards", {"member_reference": f"M{place}"}))
            assert (card["number"][1:3] == "99") is is_test
    assert make_card().number[1:3] != "99"


# -- people -------------------------------------------------------------------------------------


@pytest.fixture
def operator(cast: Cast) -> Client:
    return sign_in(StaffAsked("operator@centre.example", "央", "operator"))


def test_the_centres_first_page_counts_the_live_side_only(cast: Cast, operator: Client):
    receive_payment(notice(NOBODYS, advice=True))
    before = overview(operator)
    waiting, *rest = before
    assert set(waiting) - {"遅れている仕事", "本日中の仕事"} == {"要確認案件"}
    assert waiting["要確認案件"] == 1
    assert rest == [["lawson"], {"count": 0, "yen": 0}]
    receive_payment(notice(NOBODYS, chain="lawson-test", advice=True))
    twin = Scope(owner_id=cast.sakura.twin.pk)
    pay_test_invoice(twin, str(register(cast.sakura.twin).pk))
    open_tenant(twin, TenantAsked("cafe", "喫茶"))
    assert Case.objects.count() == 2
    assert overview(operator) == before


def overview(client: Client) -> tuple[dict[str, int], list[str | None], dict[str, int]]:
    """Return what the first page shows: what waits and how often, whose cases, today's sums."""
    context = client.get("/admin/").context
    waiting = {line["word"]: line["count"] for line in context["waiting"] if line["count"]}
    return waiting, [case.chain_id for case in context["cases"]], context["today_sums"]


def test_a_test_chains_key_closes_no_practice_till(cast: Cast):
    Centre.objects.update(is_demo=False)
    ChainKey.objects.all().delete()
    staff = Staff(role="operator", email="o@centre.example")
    assert is_open_to(staff)
    chain_key("lawson-test")
    assert is_open_to(staff)
    chain_key("lawson")
    assert not is_open_to(staff)


def test_every_chain_has_its_test_twin(cast: Cast):
    for code in CHAINS:
        twin = Chain.objects.get(twin_of=code)
        assert (twin.is_test, twin.file_code) == (True, Chain.objects.get(pk=code).file_code)
        assert twin.told_code == code
