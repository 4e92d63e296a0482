"""A batch of cards: killed and resumed, printed twice, refused by name; no number spent twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError
from kombu.exceptions import KombuError

from billing import tasks
from billing.models import Invoice
from billing.selectors import payable_invoices
from billing.services import printing
from billing.services.batches import (
    pause_batch,
    resume_batch,
)
from billing.services.cards import enter_menu_of, hand_over_card, replace_card
from billing.services.desk import HandOverAsked, hand_over, undo_hand_over
from billing.services.invoices import RepeatOptionMissing
from billing.services.menus import MenuAsked, make_menu
from billing.services.printing import CardChangedHands, Misread, print_batch
from billing.tests.batch_cast import MENU, member_list, numbers_of, order, printed
from cards.models import Batch, BatchCard, BatchFile, Card, HandOver, Member
from cards.numbers import grouped, is_test_number
from cards.printing.press import Press
from cards.selectors import batch_of, blank_cards_of, ended_prints_of, prints_of
from cards.services import MemberAsked, issue_card, suspend_card
from cards.tests.factories import pictures, scanned, texts
from smartpit.kernel.database import held
from tenants.access import Scope
from tenants.models import Centre
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, make_cast
from tests.threads import in_threads


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "CHUNK_CARDS", 4)


@pytest.fixture
def menu(cast: Cast) -> str:
    return make_menu(cast.scope, MenuAsked("charge", MENU)).code


def test_each_printed_card_is_payable_at_once(cast: Cast, menu: str):
    batch = printed(cast.scope, member_list(11), menu=menu)
    assert (batch.status, batch.done, batch.total, batch.errors) == ("printed", 11, 11, [])
    assert [(file.pages, len(file.sha256)) for file in batch.files.all()] == [(2, 64)]
    places = list(batch.cards.order_by("row").values_list("row", "page"))
    assert places == [(row, 1 if row < 12 else 2) for row in range(2, 13)]
    for card in Card.objects.all():
        amounts = [invoice.amount_yen for invoice in payable_invoices(card)]
        assert amounts == [1_000, 3_000]


def test_a_member_list_without_a_menu_registers_nothing(cast: Cast):
    printed(cast.scope, member_list(2))
    assert not Invoice.objects.exists()


def test_the_same_members_again_are_a_reprint_that_spends_no_number(cast: Cast, menu: str):
    first = printed(cast.scope, member_list(5, "佐藤 花子"), menu=menu)
    again = printed(cast.scope, member_list(6, "髙橋 花子"), menu=menu)
    assert numbers_of(again)[:5] == numbers_of(first)
    assert Card.objects.count() == 6
    assert Invoice.objects.count() == 12
    assert "髙橋 花子" in texts(bytes(again.files.get().pdf))[0]
    assert "佐藤 花子" in texts(bytes(first.files.get().pdf))[0]


def test_a_replaced_card_is_reprinted_with_the_invoices_that_moved(cast: Cast, menu: str):
    first = printed(cast.scope, member_list(1), menu=menu)
    new = replace_card(cast.scope, numbers_of(first)[0])
    assert numbers_of(printed(cast.scope, member_list(1), menu=menu)) == [new.number]
    assert len(payable_invoices(new)) == 2
    assert Invoice.objects.count() == 2


def test_a_suspended_card_is_reprinted_but_takes_no_new_invoices(cast: Cast, menu: str):
    first = printed(cast.scope, member_list(2))
    suspend_card(cast.scope, numbers_of(first)[0])
    again = printed(cast.scope, member_list(2), menu=menu)
    assert again.status == "printed"
    assert Invoice.objects.count() == 2


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let the database go away in the middle of the third chunk."""
    calls = count()

    def die_in_the_third(*words: Any) -> None:
        enter_menu_of(*words)
        if next(calls) == 2:
            raise OperationalError("server closed the connection")

    with monkeypatch.context() as broken:
        broken.setattr(printing, "enter_menu_of", die_in_the_third)
        yield broken


def test_a_killed_batch_goes_on_where_it_stood(cast: Cast, menu: str, killed: pytest.MonkeyPatch):
    batch_id = str(order(cast.scope, member_list(11), menu=menu).pk)
    with pytest.raises(OperationalError):
        print_batch(batch_id)
    stood = batch_of(cast.scope, batch_id)
    assert (stood.status, stood.done) == ("printing", 8)
    assert Card.objects.count() == 8
    batch = print_batch(batch_id)
    assert (batch.status, batch.done) == ("printed", 11)
    assert sorted(Card.objects.values_list("counter", flat=True)) == list(range(11))
    assert Invoice.objects.count() == 22


def test_files_come_in_parts_and_a_finished_part_is_not_printed_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    sizes: list[int] = []

    class DyingPress(Press):
        def print_to(self, file: Any, faces: Any) -> int:
            sizes.append(len(faces))
            if len(sizes) == 2:
                raise OperationalError("server closed the connection")
            return super().print_to(file, faces)

    monkeypatch.setattr(printing, "Press", DyingPress)
    batch = order(cast.scope, member_list(9), part_cards=4)
    with pytest.raises(OperationalError):
        print_batch(str(batch.pk))
    assert BatchCard.objects.count() == 8
    assert [it.file for it in prints_of(cast.scope)] == [BatchFile.objects.get().name] * 4
    assert print_batch(str(batch.pk)).status == "printed"
    assert sizes == [4, 4, 4, 1]
    assert [(it.cards, it.cards_read) for it in BatchFile.objects.order_by("name")] == [
        (4, 4),
        (4, 4),
        (1, 1),
    ]
    assert BatchCard.objects.count() == 9
    assert {card.page for card in BatchCard.objects.all()} == {1}
    assert Card.objects.count() == 9


class BrokenPress(Press):
    def print_to(self, *_: Any) -> int:
        raise ZeroDivisionError


def test_what_cannot_be_printed_fails_with_its_reason_and_is_logged(
    cast: Cast, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as broken:
        broken.setattr(printing, "Press", BrokenPress)
        batch = order(cast.scope, member_list(3))
        with pytest.raises(ZeroDivisionError):
            print_batch(str(batch.pk))
    failed = print_batch(str(batch.pk))
    assert (failed.status, failed.failure) == ("failed", "unexpected")
    assert "is not printed" in caplog.text
    again = printed(cast.scope, member_list(3))
    assert (again.status, Card.objects.count()) == ("printed", 3)


def test_blank_cards_can_be_paid_with_before_anybody_holds_them(cast: Cast, menu: str):
    batch = printed(cast.scope, b"", count=7, menu=menu)
    assert (batch.status, batch.done, batch.cards.count()) == ("printed", 7, 7)
    assert not Member.objects.exists()
    for card in Card.objects.all():
        assert (card.kind, card.owner) == ("joint", cast.sakura)
        assert len(payable_invoices(card)) == 2


def test_the_numbers_of_blank_cards_whose_order_failed_are_given_up(
    cast: Cast, menu: str, monkeypatch: pytest.MonkeyPatch
):
    """Also those in a file that was read back: nobody ever gets it. A bound card is a member's."""

    class LateBrokenPress(Press):
        def print_to(self, file: Any, faces: Any) -> int:
            if BatchFile.objects.exists():
                some = Card.objects.order_by("pk")[0].number
                hand_over_card(cast.scope, MemberAsked("API-1"), number=some)
                raise ZeroDivisionError
            return super().print_to(file, faces)

    monkeypatch.setattr(printing, "Press", LateBrokenPress)
    batch = order(cast.scope, b"", count=6, part_cards=4, menu=menu)
    with pytest.raises(ZeroDivisionError):
        print_batch(str(batch.pk))
    bound = Member.objects.get().card
    assert list(Card.objects.exclude(status="retired")) == [bound]
    assert bound is not None
    assert set(Invoice.objects.filter(status="open").values_list("card", flat=True)) == {bound.pk}
    assert not blank_cards_of(cast.scope).exists()


def test_a_misread_stops_the_batch_and_names_the_card(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    """The second card of the second file bears the bars of another number."""

    class SmudgingPress(Press):
        def print_to(self, file: Any, faces: Any) -> int:
            if BatchFile.objects.exists():
                faces = [faces[0], replace(faces[1], barcode_number=faces[0].barcode_number)]
            return super().print_to(file, faces)

    monkeypatch.setattr(printing, "Press", SmudgingPress)
    batch = order(cast.scope, member_list(4), part_cards=2)
    with pytest.raises(Misread):
        print_batch(str(batch.pk))
    batch.refresh_from_db()
    wrong = batch.cards.get(row=5)
    assert (batch.status, batch.failure) == ("failed", "misread")
    assert wrong.card.number in batch.failure_detail
    assert "M3" in batch.failure_detail
    assert batch.files.count() == 1


def test_a_paused_batch_stands_still_and_goes_on_without_a_number_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    batch = order(cast.scope, member_list(11), part_cards=10)

    hand_over_chunk = printing._hand_over_chunk

    def pause_first(*words: Any) -> None:
        monkeypatch.undo()
        pause_batch(cast.scope, str(batch.pk))
        hand_over_chunk(*words)

    monkeypatch.setattr(printing, "_hand_over_chunk", pause_first)
    assert print_batch(str(batch.pk)).status == "paused"
    assert print_batch(str(batch.pk)).status == "paused"
    assert not Card.objects.exists()
    resume_batch(cast.scope, str(batch.pk))
    resume_batch(cast.scope, str(batch.pk))
    assert print_batch(str(batch.pk)).status == "printed"
    assert Card.objects.count() == 11


def test_a_menu_that_the_contract_does_not_carry_fails_the_batch_by_name(cast: Cast):
    scope = Scope(owner_id=cast.aoba.pk)
    menu = make_menu(scope, MenuAsked("charge", MENU)).code
    batch = order(scope, member_list(3), menu=menu)
    with pytest.raises(RepeatOptionMissing):
        print_batch(str(batch.pk))
    batch.refresh_from_db()
    assert (batch.status, batch.failure, batch.done) == ("failed", "repeat_option_missing", 0)
    assert not Card.objects.exists()


def test_an_order_in_which_every_row_is_broken_prints_nothing(cast: Cast):
    batch = printed(cast.scope, b"member_reference,member_name\n,A\nM1,\n")
    assert (batch.status, batch.total, batch.files.count()) == ("printed", 0, 0)
    assert batch.errors == [
        {"row": 2, "code": "reference_missing"},
        {"row": 3, "code": "name_missing"},
    ]


@pytest.mark.parametrize("where", ["demo", "twin", "real"])
def test_prints_that_pay_nothing_in_a_store_carry_a_specimen_mark(cast: Cast, where: str):
    Centre.objects.update(is_demo=where == "demo")
    owner = cast.sakura.twin if where == "twin" else cast.sakura
    batch = printed(Scope(owner_id=owner.pk), member_list(1))
    assert ("見本" in texts(bytes(batch.files.get().pdf))[0]) == (where != "real")
    assert is_test_number(numbers_of(batch)[0]) == (where == "twin")


def test_a_print_of_120_cards_scans_120_of_120(cast: Cast):
    batch = printed(cast.scope, member_list(120))
    pdf = bytes(batch.files.get().pdf)
    bars = [bars for page in scanned(pictures(pdf)) for bars in page]
    cards = [it.card for it in batch.cards.select_related("card").order_by("row")]
    assert bars == [card.barcode_number for card in cards]
    assert all(grouped(card.number) in "".join(texts(pdf)) for card in cards)


def test_a_batch_in_another_hand_is_left_alone_and_two_printers_spend_no_number_twice(
    committed_db: str,
):
    scope = make_cast().scope
    batch = order(scope, member_list(20))
    outcomes = in_threads(lambda _: print_batch(str(batch.pk)), 8)
    assert all(isinstance(outcome, Batch) for outcome in outcomes)
    batch.refresh_from_db()
    assert (batch.status, batch.cards.count(), Card.objects.count()) == ("printed", 20, 20)

    waiting = order(scope, member_list(20))
    with held("print", waiting.pk):
        statuses = in_threads(lambda _: print_batch(str(waiting.pk)).status, 2)
    assert statuses == ["ordered", "ordered"]


def test_two_batches_of_the_same_members_at_once_give_each_one_card(committed_db: str):
    scope = make_cast().scope
    ids = [str(order(scope, member_list(20)).pk) for _ in range(4)]
    outcomes = in_threads(lambda place: print_batch(ids[place]), 4)
    assert [getattr(outcome, "status", outcome) for outcome in outcomes] == ["printed"] * 4
    assert Card.objects.count() == 20


def test_the_sweep_rings_for_what_waits_or_was_left(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    rung: list[UUID] = []
    monkeypatch.setattr(tasks, "ring_printer", rung.append)
    done = printed(cast.scope, member_list(1))
    waiting = order(cast.scope, member_list(1))
    left = order(cast.scope, member_list(1))
    Batch.objects.filter(pk=left.pk).update(status="printing")
    tasks.sweep_batches()
    assert rung == [waiting.pk, left.pk]
    tasks.print_batch_task(str(waiting.pk))
    assert batch_of(cast.scope, str(waiting.pk)).status == done.status


def test_a_dead_broker_loses_no_order(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def apply_async(*_: Any, **__: Any) -> None:
        raise KombuError("no broker")

    monkeypatch.setattr(tasks.print_batch_task, "apply_async", apply_async)
    waiting = order(cast.scope, member_list(1))
    tasks.sweep_batches()
    assert "could not be told" in caplog.text
    assert batch_of(cast.scope, str(waiting.pk)).status == "ordered"


def test_orders_leave_threads_of_the_worker_for_payments_to_be_told_of(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    """Two are printed; a third waits without a thread, and is rung for when one is done."""
    batches = [str(order(cast.scope, member_list(1)).pk) for _ in range(tasks.PRESSES + 1)]
    printing_now: list[str] = []
    rung: list[str] = []
    done = Event()

    def slow(batch_id: str) -> Batch:
        printing_now.append(batch_id)
        assert done.wait(30)
        return Batch(status=Batch.Status.PRINTED)

    monkeypatch.setattr(tasks, "print_batch", slow)
    monkeypatch.setattr(tasks, "batches_unprinted", lambda: batches[-1:])
    monkeypatch.setattr(tasks, "ring_printer", rung.append)
    with ThreadPoolExecutor(tasks.PRESSES) as presses:
        for batch_id in batches[:-1]:
            presses.submit(tasks.print_batch_task, batch_id)
        while len(printing_now) < tasks.PRESSES:
            done.wait(0.01)
        try:
            tasks.print_batch_task(batches[-1])
            assert sorted(printing_now) == sorted(batches[:-1])
            assert rung == []
        finally:
            done.set()
    assert rung == batches[-1:] * tasks.PRESSES


def test_no_card_bears_one_members_name_and_anothers_number(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    """Taken back and handed to another while the order waited, as between its chunks."""
    clerk = invite_staff(StaffAsked("desk@example.com", "受付", "desk", cast.sakura))[0]
    card = issue_card("joint", owner=cast.sakura)
    fact = hand_over(cast.scope, HandOverAsked(card.number, "M0"), clerk).fact
    assert fact is not None
    batch = order(cast.scope, member_list(6), part_cards=6)
    hand_over_chunk = printing._hand_over_chunk

    def changing(*words: Any) -> None:
        hand_over_chunk(*words)
        monkeypatch.undo()
        undo_hand_over(cast.scope, fact.pk, clerk)
        hand_over(cast.scope, HandOverAsked(card.number, "M5"), clerk)

    monkeypatch.setattr(printing, "CHUNK_CARDS", 4)
    monkeypatch.setattr(printing, "_hand_over_chunk", changing)
    with pytest.raises(CardChangedHands):
        print_batch(str(batch.pk))
    batch.refresh_from_db()
    assert (batch.status, batch.failure, batch.files.count()) == ("failed", "card_changed_hands", 0)
    again = printed(cast.scope, member_list(6))
    held = dict(Member.objects.values_list("reference", "card__number"))
    assert dict(again.cards.values_list("member__reference", "card__number")) == held
    assert held["M5"] == card.number
    assert not ended_prints_of(again).exists()
    undo_hand_over(cast.scope, HandOver.objects.get(undone=None).pk, clerk)
    assert [row.member.reference for row in ended_prints_of(again) if row.member] == ["M5"]
