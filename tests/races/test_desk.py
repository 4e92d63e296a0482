"""Several clerks and a till at once, on real threads: one card, one member, one outcome."""

from functools import partial

import pytest

from billing.models import Invoice, Payment
from billing.refusals import InvoiceWithdrawn
from billing.selectors import payable_invoices
from billing.services.cards import replace_card
from billing.services.desk import (
    Handed,
    HandOverAsked,
    hand_over,
    replace_lost_card,
    undo_hand_over,
)
from billing.services.invoices import InvoiceAsked, Registered, register_invoice
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import Receipt
from cards.models import Card, HandOver, HandOverUndone, Member
from cards.refusals import CardReplaced, CardTaken, HandOverInUse, HandOverPaid, MemberHasCard
from cards.services import issue_card
from tenants.models import Staff
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, make_cast, notice, register, reversal
from tests.threads import in_threads

TURNS = 8


@pytest.fixture
def cast(committed_db: str) -> Cast:
    made = make_cast()
    make_menu(made.scope, MenuAsked("charge", (ItemAsked("チャージ", 1_000),)))
    return made


@pytest.fixture
def clerks(cast: Cast) -> list[Staff]:
    return [
        invite_staff(StaffAsked(f"desk{place}@example.com", "受付", "desk", cast.sakura))[0]
        for place in range(4)
    ]


def blank(cast: Cast) -> Card:
    return issue_card("joint", owner=cast.sakura)


def given(cast: Cast, clerk: Staff, card: Card, reference: str) -> Handed:
    return hand_over(cast.scope, HandOverAsked(card.number, reference, menu="charge"), clerk)


def test_one_card_handed_to_four_members_at_once_is_one_members(cast: Cast, clerks: list[Staff]):
    for turn in range(TURNS):
        card = blank(cast)

        def play(place: int, turn: int = turn, card: Card = card) -> Handed:
            return given(cast, clerks[place], card, f"{turn}-{place}")

        outcomes = in_threads(play, 4)
        assert sum(isinstance(outcome, Handed) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, CardTaken) for outcome in outcomes) == 3
        assert HandOver.objects.filter(card=card).count() == 1
        assert len(payable_invoices(card)) == 1


def test_one_member_given_four_cards_at_once_holds_one(cast: Cast, clerks: list[Staff]):
    for turn in range(TURNS):
        cards = [blank(cast) for _ in range(4)]

        def play(place: int, turn: int = turn, cards: list[Card] = cards) -> Handed:
            return given(cast, clerks[place], cards[place], f"M-{turn}")

        outcomes = in_threads(play, 4)
        assert sum(isinstance(outcome, Handed) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, MemberHasCard) for outcome in outcomes) == 3
        assert Member.objects.filter(reference=f"M-{turn}").count() == 1


def test_one_enter_that_comes_four_times_at_once_binds_once(cast: Cast, clerks: list[Staff]):
    for turn in range(TURNS):
        card = blank(cast)

        def play(place: int, turn: int = turn, card: Card = card) -> Handed:
            return given(cast, clerks[place], card, f"M-{turn}")

        outcomes = in_threads(play, 4)
        assert all(isinstance(outcome, Handed) for outcome in outcomes), outcomes
        assert sum(outcome.is_new for outcome in outcomes if isinstance(outcome, Handed)) == 1
        assert HandOver.objects.filter(card=card).count() == 1


def test_an_undoing_and_a_payment_that_race_never_both_win(cast: Cast, clerks: list[Staff]):
    for turn in range(2 * TURNS):
        card = blank(cast)
        fact = given(cast, clerks[0], card, f"M-{turn}").fact
        told = notice(Invoice.objects.get(card=card))

        def play(place: int, fact=fact, told=told):
            if place:
                return undo_hand_over(cast.scope, fact.pk, clerks[0])
            return receive_payment(told)

        paid, undone = in_threads(play, 2)
        is_bound = Member.objects.filter(card=card).exists()
        if isinstance(paid, Receipt):
            assert isinstance(undone, HandOverPaid)
            assert is_bound
        else:
            assert isinstance(paid, InvoiceWithdrawn)
            assert isinstance(undone, HandOver)
            assert not is_bound
        assert Payment.objects.filter(number=card.number).count() == is_bound


def test_an_undoing_is_stopped_by_a_registration_that_was_faster(cast: Cast, clerks: list[Staff]):
    for turn in range(2 * TURNS):
        card = blank(cast)
        fact = given(cast, clerks[0], card, f"M-{turn}").fact

        def play(place: int, turn: int = turn, card: Card = card, fact=fact):
            if place:
                return undo_hand_over(cast.scope, fact.pk, clerks[0])
            asked = InvoiceAsked(f"R-{turn}", card.number, "会費", 1_000)
            return register_invoice(cast.scope, asked)

        registered, undone = in_threads(play, 2)
        assert isinstance(registered, Registered)
        is_bound = Member.objects.filter(card=card).exists()
        assert is_bound is isinstance(undone, HandOverInUse)


def test_two_clerks_who_undo_at_once_undo_once(cast: Cast, clerks: list[Staff]):
    for turn in range(TURNS):
        fact = given(cast, clerks[0], blank(cast), f"M-{turn}").fact
        assert fact is not None
        undo = partial(undo_hand_over, cast.scope, fact.pk)
        outcomes = in_threads(lambda place: undo(clerks[place]), 4)  # noqa: B023  Awaited here.
        assert all(isinstance(outcome, HandOver) for outcome in outcomes), outcomes
        assert HandOverUndone.objects.filter(hand_over=fact).count() == 1


def test_a_blank_card_that_replaces_and_is_handed_over_at_once_has_one_holder(
    cast: Cast, clerks: list[Staff]
):
    for turn in range(TURNS):
        given(cast, clerks[0], blank(cast), f"L-{turn}")
        card = blank(cast)

        def play(place: int, turn: int = turn, card: Card = card) -> Handed:
            if place:
                asked = HandOverAsked(card.number, f"L-{turn}")
                return replace_lost_card(cast.scope, asked, clerks[1])
            return given(cast, clerks[0], card, f"N-{turn}")

        outcomes = in_threads(play, 2)
        assert sum(isinstance(outcome, Handed) for outcome in outcomes) == 1
        assert Member.objects.filter(card=card).count() == 1
        assert Member.objects.get(reference=f"L-{turn}").card is not None


def test_a_card_replaced_while_a_clerk_scans_it_is_taken_or_replaced_and_nobody_waits_for_ever(
    cast: Cast, clerks: list[Staff]
):
    for turn in range(2 * TURNS):
        card = given(cast, clerks[0], blank(cast), f"M-{turn}").card

        def play(place: int, turn: int = turn, card: Card = card):
            if place:
                return replace_card(cast.scope, card.number)
            return given(cast, clerks[1], card, f"N-{turn}")

        scanned, new = in_threads(play, 2)
        assert isinstance(scanned, CardTaken | CardReplaced), scanned
        assert isinstance(new, Card), new


def test_a_reversal_and_a_replacement_that_race_leave_no_invoice_on_the_old_number(cast: Cast):
    for _ in range(2 * TURNS):
        card = blank(cast)
        invoice = register(cast.sakura, number=card.number)
        told = notice(invoice)
        receive_payment(told)

        def play(place: int, card: Card = card, told=told):
            if place:
                return replace_card(cast.scope, card.number)
            return reverse_payment(reversal(told))

        _, new = in_threads(play, 2)
        assert isinstance(new, Card)
        assert payable_invoices(new) == [invoice]
