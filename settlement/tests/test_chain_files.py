"""確報ファイル: what each record comes to; nothing is doubled, every difference is a case."""

import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import (
    Case,
    ChainFile,
    ChainFileDay,
    ChainFileRecord,
    Confirmation,
    Delivery,
    Endpoint,
    Event,
    Payment,
    Stream,
)
from billing.selectors import events_after, worded
from billing.services.cards import replace_card
from billing.services.notifications import EndpointAsked, add_endpoint
from billing.services.payments import key_of, payment_events, receive_payment
from billing.services.reversals import reverse_payment
from billing.services.sending import deliver_due
from billing.tests.receiver import receiving, tell
from billing.tills.notices import Receipt, ReversalNotice, TillKey
from cards.models import Member
from settlement.services import confirming
from settlement.services.chain_files import FileNameReused
from settlement.services.confirmations import confirm_payments
from settlement.tests.chain_file_cast import file_bytes, row, row_of_key, send
from settlement.tests.scene import at, cast_of, paid, refund, take
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed
from tenants.models import Centre
from tests.cast import Cast, chain_key, live_tenant, make_card, notice, register, reversal

DAY = "11-24"


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def told(receipt: Receipt) -> Any:
    words = json.loads(receipt.answer)
    words.pop("file")
    return words


def reasons() -> list[tuple[int, str, str]]:
    rows = ChainFileRecord.objects.exclude(reason="").order_by("record")
    return [(one.record, one.kind, one.reason) for one in rows]


def kinds() -> Counter[str]:
    return Counter(Case.objects.values_list("kind", flat=True))


def unknown_key() -> TillKey:
    return TillKey("lawson", "000009", "09", date(2026, 11, 23), "NEVER", 1)


def test_a_file_confirms_what_it_names_and_nothing_else(five: Cast):
    first, second, other = (paid(five.sakura, DAY, yen) for yen in (10_000, 55_000, 54_999))
    with at("11-25"):
        answer = send(file_bytes(row(first), row(second)))
    assert told(answer) == {"records": 2, "confirmed": 2, "reversed": 0, "cases": 0}
    assert {one.payment.amount_yen for one in Confirmation.objects.all()} == {10_000, 55_000}
    other.refresh_from_db()
    assert other.status == "reported"
    file = ChainFile.objects.get()
    assert (file.records_count, file.amount_yen, file.day) == (2, 65_000, date(2026, 11, 25))
    day = ChainFileDay.objects.get()
    assert (day.business_date, day.kind, day.count, day.amount_yen) == (
        date(2026, 11, 24), "02", 2, 65_000,
    )  # fmt: skip


def test_what_a_file_tells_is_what_a_single_confirmation_tells(five: Cast):
    """The events' words are made by the database; they must be those that billing would say."""
    endpoint, _ = add_endpoint(five.scope, EndpointAsked("https://hooks.example.com/all"))
    add_endpoint(five.scope, EndpointAsked("https://hooks.example.com/x", types=("tenant.live",)))
    with at(DAY, "10:00:00.250000"):
        invoice = register(five.sakura, tenant="dormitory", repeats=True, tax_yen=909)
        payments = [take(invoice), take(invoice)]
    payments += [paid(five.aoba, DAY, 777), paid(five.sakura, DAY, 888, tenant="engineering")]
    for payment in payments:
        payment.refresh_from_db()
    with at("11-25"):
        send(file_bytes(*map(row, payments)))
    for payment, fact in zip(payments, payment_events(payments, "payment.confirmed"), strict=True):
        event = Event.objects.get(payment=payment, type="payment.confirmed")
        assert worded([event])[0].body == fact.body
        assert event.tenant_id == payment.tenant_id
        assert event.invoice_id == payment.invoice_id
    for stream in Stream.objects.all():
        numbers = stream.events.order_by("pk").values_list("number", flat=True)
        assert list(numbers) == list(range(1, stream.last + 1))
    pushed = Delivery.objects.filter(endpoint=endpoint, event__type="payment.confirmed")
    assert pushed.count() == 3  # Of sakura's own stream; the other endpoint asked for none.
    assert Delivery.objects.exclude(endpoint=endpoint).count() == 0
    assert Endpoint.objects.count() == 2


def test_what_is_told_in_pieces_is_told_once_and_in_the_order_of_the_file(
    five: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(confirming, "_PAGES_AT_ONCE", 1)  # Some 60 payments.
    owners = (five.sakura, five.aoba)
    payments = [paid(owners[place % 2], DAY, 1_000 + place) for place in range(150)]
    with at("11-25"), CaptureQueriesContext(connection) as asked:
        send(file_bytes(*map(row, payments)))
    assert sum("INSERT INTO billing_event" in one["sql"] for one in asked) > 1
    told = Event.objects.filter(type="payment.confirmed").order_by("pk")
    for owner in owners:
        in_file = [payment.pk for payment in payments if payment.owner_id == owner.pk]
        assert list(told.filter(owner=owner).values_list("payment", flat=True)) == in_file
    assert Event.objects.filter(type="payment.confirmed").count() == 150
    for stream in Stream.objects.all():
        numbers = stream.events.order_by("pk").values_list("number", flat=True)
        assert list(numbers) == list(range(1, stream.last + 1))


def test_a_confirmation_is_told_with_the_words_of_its_report(five: Cast):
    """Also when the payer's card is another by then: the number paid with was the member's."""
    Centre.objects.update(is_demo=True)  # It may tell a receiver on loopback.
    card = make_card(five.sakura)
    Member.objects.create(owner=five.sakura, reference="M-7", card=card, joined_at=clock.now())
    with receiving() as receiver, at("11-25"):
        payment = paid(five.sakura, DAY, number=card.number)
        tell(five.scope, receiver, "payment.confirmed")
        replace_card(five.scope, card.number)
        send(file_bytes(row(payment)))
        deliver_due()
    (pushed,) = receiver.got
    pulled = events_after(five.scope, 0, 100)
    words = {event.type: event.body for event in pulled if event.payment_id == payment.pk}
    assert words["payment.reported"]["member_reference"] == "M-7"
    assert words["payment.confirmed"] == pushed.body["data"] == words["payment.reported"]


@pytest.mark.fault("A27")
def test_the_same_file_is_taken_once_whatever_its_name(five: Cast):
    payment = paid(five.sakura, DAY)
    raw = file_bytes(row(payment), row_of_key(unknown_key()), day=date(2026, 11, 25))
    with at("11-25"):
        first = send(raw, "20261125.dat")
        again = send(raw, "20261125.dat")
        renamed = send(raw, "20261125-2.dat")
    assert not first.replayed
    assert again == renamed == Receipt(first.answer, replayed=True)
    assert ChainFile.objects.count() == 1
    assert Confirmation.objects.count() == 1
    assert kinds() == {"file_unknown": 1}


@pytest.mark.fault("A27")
def test_a_name_stands_for_one_content(five: Cast):
    one, other = paid(five.sakura, DAY), paid(five.sakura, DAY)
    with at("11-25"):
        send(file_bytes(row(one)), "day.dat")
        with pytest.raises(FileNameReused):
            send(file_bytes(row(other)), "day.dat")
    other.refresh_from_db()
    assert other.status == "reported"


def test_another_chain_may_use_the_same_name(five: Cast):
    with at("11-25"):
        send(file_bytes(), "day.dat")
        send(file_bytes(code="00C005"), "day.dat", chain="familymart")
    assert ChainFile.objects.count() == 2


def _in_every_state(five: Cast) -> dict[str, Payment]:
    """Return a payment in each state, all of 24 November."""
    rows = {
        name: paid(five.sakura, DAY)
        for name in ("reported", "confirmed", "refunded", "reversed", "other", "twice")
    }
    with at(DAY, "13:00"):
        reverse_payment(ReversalNotice(key_of(rows["reversed"]), "客都合"))
        lost = notice("nowhere", advice=True)
        receive_payment(lost)
        never = notice(register(five.sakura))
        reverse_payment(reversal(never))
    rows["suspense"] = Payment.objects.get(status="suspense")
    rows["tombstone"] = Payment.objects.get(status="tombstone")
    with at(DAY, "14:00"):
        confirm_payments([key_of(rows["confirmed"]), key_of(rows["refunded"])])
    refund(rows["refunded"], on=DAY)
    return rows


@pytest.mark.fault("A27")
def test_every_difference_of_a_confirmation_is_a_case(five: Cast):
    rows = _in_every_state(five)
    tombstone = row_of_key(key_of(rows["tombstone"]))
    with at("11-25"):
        answer = send(
            file_bytes(
                row(rows["reported"]),
                row_of_key(unknown_key()),
                tombstone,
                row(rows["reversed"]),
                row(rows["other"], amount_yen=10_001),
                row(rows["suspense"]),
                row(rows["confirmed"]),
                row(rows["refunded"]),
                row(rows["twice"]),
                row(rows["twice"]),
            )
        )
    assert told(answer) == {"records": 10, "confirmed": 2, "reversed": 0, "cases": 8}
    assert reasons() == [
        (2, "02", "unknown"),
        (3, "02", "tombstone"),
        (4, "02", "reversed"),
        (5, "02", "amount_differs"),
        (6, "02", "suspense"),
        (7, "02", "repeated"),
        (8, "02", "repeated"),
        (10, "02", "repeated"),
    ]
    opened = kinds()
    opened.pop("suspense")  # The advice's own.
    assert opened == {
        "file_unknown": 2, "file_after_reversal": 2, "file_amount": 1, "file_repeated": 3,
    }  # fmt: skip
    status = {name: Payment.objects.get(pk=one.pk).status for name, one in rows.items()}
    assert (status["reported"], status["twice"], status["other"]) == (
        "confirmed", "confirmed", "reported",
    )  # fmt: skip
    assert (status["reversed"], status["suspense"]) == ("reversed", "suspense")
    case = Case.objects.get(kind="file_amount")
    assert case.due_on == date(2026, 11, 27)  # Two bank days.
    assert case.owner == five.sakura
    assert (case.told["amount_yen"], case.told["booked_yen"]) == (10_001, 10_000)


@pytest.mark.fault("A27")
def test_a_reversal_in_the_file_undoes_nothing(five: Cast):
    rows = _in_every_state(five)
    with at("11-25"):
        answer = send(
            file_bytes(
                row(rows["reversed"], "03"),
                row_of_key(key_of(rows["tombstone"]), "03"),
                row(rows["reported"], "03"),
                row(rows["confirmed"], "03"),
                row_of_key(unknown_key(), "03"),
                row(rows["suspense"], "03"),
                row(rows["twice"]),
                row(rows["twice"], "03"),
            )
        )
    assert told(answer) == {"records": 8, "confirmed": 1, "reversed": 2, "cases": 5}
    assert reasons() == [
        (3, "03", "reported"),
        (4, "03", "confirmed"),
        (5, "03", "unknown"),
        (6, "03", "reported"),
        (8, "03", "confirmed"),
    ]
    rows["reported"].refresh_from_db()
    assert rows["reported"].status == "reported"


def test_a_report_in_the_file_books_nothing(five: Cast):
    payment = paid(five.sakura, DAY)
    before = Event.objects.count()
    with at("11-25"):
        answer = send(file_bytes(row(payment, "01"), row_of_key(unknown_key(), "01")))
    assert told(answer) == {"records": 2, "confirmed": 0, "reversed": 0, "cases": 1}
    assert reasons() == [(2, "01", "unknown")]
    assert kinds() == {"file_report_unknown": 1}
    payment.refresh_from_db()
    assert payment.status == "reported"
    assert Event.objects.count() == before


@pytest.mark.fault("A27")
def test_a_file_with_a_fault_leaves_nothing(five: Cast):
    payment = paid(five.sakura, DAY)
    raw = file_bytes(row(payment), row(payment, store="00000a"), day=date(2026, 11, 25))
    with at("11-25"), pytest.raises(Malformed) as refused:
        send(raw)
    assert refused.value.extra["errors"] == [{"field": "record 2 store", "code": "form"}]
    assert ChainFile.objects.count() == Confirmation.objects.count() == 0
    with at("11-25"):  # Mended, it comes under the same name.
        assert told(send(file_bytes(row(payment))))["confirmed"] == 1


@pytest.mark.fault("A27")
@pytest.mark.parametrize(
    ("code", "day", "fault"),
    [
        ("00C005", date(2026, 11, 25), {"field": "header chain", "code": "differs"}),
        ("00C002", date(2026, 11, 27), {"field": "header day", "code": "ahead"}),
    ],
)
def test_a_file_of_another_chain_or_of_a_day_to_come_is_malformed(
    five: Cast, code: str, day: date, fault: dict[str, str]
):
    payment = paid(five.sakura, DAY)
    with at("11-25"), pytest.raises(Malformed) as refused:
        send(file_bytes(row(payment), code=code, day=day))
    assert refused.value.extra["errors"] == [fault]


def test_a_late_confirmation_takes_a_later_closing_date(five: Cast):
    early, late = paid(five.sakura, "11-03"), paid(five.sakura, "11-04")
    with at("11-12", "23:59:59"):
        send(file_bytes(row(early)))
    with at("11-13", "00:00"):  # The statement day of 5 November has begun.
        send(file_bytes(row(late)))
    dates = dict(Confirmation.objects.values_list("payment_id", "closes_on"))
    assert dates == {early.pk: date(2026, 11, 5), late.pk: date(2026, 11, 10)}


def test_a_chain_speaks_of_its_own_payments_only(five: Cast):
    payment = paid(five.sakura, DAY)
    with at("11-25"):
        answer = send(file_bytes(row(payment), code="00C005"), chain="familymart")
    assert told(answer)["confirmed"] == 0
    assert reasons() == [(1, "02", "unknown")]


def test_a_test_chains_file_touches_test_payments_only(five: Cast):
    live = paid(five.sakura, DAY)
    chain_key("lawson-test")
    with at(DAY):
        invoice = register(five.sakura.twin)
        receive_payment(notice(invoice, chain="lawson-test", receipt="T1"))
    tried = Payment.objects.get(receipt="T1")
    with at("11-25"):
        answer = send(file_bytes(row(live), row(tried)), chain="lawson-test")
    assert told(answer) == {"records": 2, "confirmed": 1, "reversed": 0, "cases": 1}
    event = Event.objects.get(payment=tried, type="payment.confirmed")
    (event,) = worded([event])
    assert (event.body["test"], event.body["chain"]) == (True, "lawson")
    live.refresh_from_db()
    assert live.status == "reported"


def test_an_empty_file_is_a_file(five: Cast):
    with at("11-25"):
        assert told(send(file_bytes())) == {
            "records": 0, "confirmed": 0, "reversed": 0, "cases": 0,
        }  # fmt: skip


def test_tenants_streams_are_told_in_the_files_order(five: Cast):
    kiosk = live_tenant(five.aoba, "kiosk", "売店")
    payments = [paid(five.aoba, DAY, 1_000 + place, tenant="kiosk") for place in range(5)]
    payments.reverse()
    with at("11-25"):
        send(file_bytes(*map(row, payments)))
    events = Event.objects.filter(tenant=kiosk, type="payment.confirmed").order_by(
        "tenant_sequence"
    )
    assert [event.payment_id for event in events] == [payment.pk for payment in payments]


def test_the_planned_transfer_day_is_kept(five: Cast):
    payment = paid(five.sakura, DAY)
    with at("11-25"):
        send(file_bytes(row(payment, transfer_on=date(2026, 12, 7))))
    record = ChainFileRecord.objects.get()
    assert (record.transfer_on, record.payment_id) == (date(2026, 12, 7), payment.pk)
    assert clock.business_date() - record.business_date < timedelta(days=10_000)
