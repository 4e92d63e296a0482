"""カード受付: a blank card becomes a member's, or is taken back, and nothing happens twice."""

from datetime import timedelta

import pytest
from django.db import transaction

from billing.models import Event, Invoice
from billing.selectors import menu_of, payable_invoices
from billing.services.cards import replace_card, replace_card_by
from billing.services.desk import (
    HandOverAsked,
    hand_over,
    replace_lost_card,
    undo_hand_over,
)
from billing.services.invoices import withdraw_invoice
from billing.services.menus import ItemAsked, MenuAsked, enter_menu_on, make_menu
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from billing.tests.desk_cast import amounts_payable, blank, handed
from cards.models import Card, CardMove, HandOver, HandOverUndone, Member
from cards.numbers import grouped
from cards.refusals import (
    CardAmbiguous,
    CardNotBlank,
    CardReplaced,
    CardSuspended,
    CardTaken,
    HandOverInUse,
    HandOverPaid,
    HandOverSuperseded,
    HandOverTooLate,
    MemberHasCard,
    MemberHasNoCard,
    ReferenceIsACard,
    UnknownNumber,
)
from cards.selectors import blank_cards_of
from cards.services import issue_card, suspend_card
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed
from tenants.access import NotAllowed, NotFound, Scope
from tenants.models import Staff
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, make_card, notice, register, reversal


@pytest.fixture
def clerk(cast: Cast) -> Staff:
    return invite_staff(StaffAsked("desk@example.com", "受付", "desk", cast.sakura))[0]


@pytest.fixture
def menu(cast: Cast) -> str:
    items = (ItemAsked("チャージ 1,000円", 1_000), ItemAsked("チャージ 3,000円", 3_000))
    return make_menu(cast.scope, MenuAsked("charge", items)).code


# -- handing over ---------------------------------------------------------------------------------


def test_a_scanned_blank_card_becomes_the_members_and_can_be_paid_with(
    cast: Cast, clerk: Staff, menu: str
):
    card = blank(cast)
    assert blank_cards_of(cast.scope).count() == 1
    given = handed(cast, clerk, card, menu=menu)
    assert given.is_new
    assert Member.objects.get(reference="M-1").card == card
    assert amounts_payable(card) == [1_000, 3_000]
    fact = HandOver.objects.get()
    assert (fact.card, fact.handed_by, fact.menu, fact.was_new_member) == (card, clerk, menu, True)
    assert blank_cards_of(cast.scope).count() == 0


@pytest.mark.parametrize("typed", ["{0}", "{1}", " {0} ", "２{2}"])
def test_a_number_is_keyed_with_or_without_dashes_in_any_width(
    cast: Cast, clerk: Staff, typed: str
):
    card = blank(cast)
    words = typed.format(card.number, grouped(card.number), card.number[1:])
    given = hand_over(cast.scope, HandOverAsked(words, "M-1"), clerk)
    assert given.card == card


def test_the_same_enter_twice_binds_once_and_says_so(cast: Cast, clerk: Staff, menu: str):
    card = blank(cast)
    first = handed(cast, clerk, card, menu=menu)
    again = handed(cast, clerk, card, menu=menu)
    assert (again.is_new, again.fact) == (False, first.fact)
    assert HandOver.objects.count() == 1
    assert Invoice.objects.count() == 2


def test_a_member_number_typed_in_full_width_is_the_same_member(cast: Cast, clerk: Staff):
    first = handed(cast, clerk, blank(cast), "M-1").member
    with pytest.raises(MemberHasCard):
        handed(cast, clerk, blank(cast), "Ｍ-１")
    assert Member.objects.get() == first


def test_a_member_whose_number_was_kept_in_full_width_is_found(cast: Cast, clerk: Staff):
    member = Member.objects.create(
        owner=cast.sakura, reference="会員１", joined_at=clock.now(), card=None
    )
    given = handed(cast, clerk, blank(cast), "会員１")
    assert (given.member, given.fact and given.fact.was_new_member) == (member, False)


def test_a_picked_up_standard_card_is_handed_over_too(cast: Cast, clerk: Staff):
    card = make_card()
    assert handed(cast, clerk, card).member.card == card


def test_what_cannot_be_handed_over_is_refused_by_name(cast: Cast, clerk: Staff):
    taken = blank(cast)
    handed(cast, clerk, taken, "M-0")
    cases: list[tuple[HandOverAsked, type[Exception]]] = [
        (HandOverAsked(taken.barcode_number, "M-1"), CardTaken),
        (HandOverAsked(make_card(cast.aoba).barcode_number, "M-1"), UnknownNumber),
        (HandOverAsked(make_card(cast.sakura.twin).number, "M-1"), UnknownNumber),
        (HandOverAsked("2900000000001", "M-1"), UnknownNumber),
        (HandOverAsked("M-1", "M-1"), UnknownNumber),
        (HandOverAsked(make_card(cast.sakura, status="retired").number, "M-1"), UnknownNumber),
        (HandOverAsked(make_card(cast.sakura, status="suspended").number, "M-1"), CardSuspended),
        (HandOverAsked(make_card(cast.sakura, status="replaced").number, "M-1"), CardReplaced),
        (HandOverAsked(blank(cast).number, "M-0"), MemberHasCard),
        (HandOverAsked(blank(cast).number, ""), Malformed),
        (HandOverAsked("", "M-1"), Malformed),
        (HandOverAsked(blank(cast).number, "x" * 65), Malformed),
    ]
    for asked, refusal in cases:
        with pytest.raises(refusal):
            hand_over(cast.scope, asked, clerk)
    assert [fact.card for fact in HandOver.objects.all()] == [taken]


def test_a_card_scanned_into_the_members_field_makes_no_member(cast: Cast, clerk: Staff):
    card, other = blank(cast), blank(cast)
    for word in (card.barcode_number, card.number, other.barcode_number):
        with pytest.raises(ReferenceIsACard):
            handed(cast, clerk, card, word)
    assert not Member.objects.exists()


def test_digits_that_are_one_cards_number_and_anothers_bars_are_asked_again_in_groups(
    cast: Cast, clerk: Staff
):
    card = blank(cast)
    double = Card.objects.create(
        number=card.barcode_number,
        barcode_number="2999999999990",
        kind="joint",
        block=card.block,
        counter=900,
        owner=cast.sakura,
        issued_at=clock.now(),
    )
    with pytest.raises(CardAmbiguous):
        handed(cast, clerk, card)
    asked = HandOverAsked(grouped(double.number), "M-1")
    assert hand_over(cast.scope, asked, clerk).card == double


@pytest.mark.parametrize("role", ["accountant", "developer", "viewer"])
def test_only_the_desk_and_the_administrator_hand_over(cast: Cast, clerk: Staff, role: str):
    other = invite_staff(StaffAsked("x@example.com", "他", role, cast.sakura))[0]
    stranger = invite_staff(StaffAsked("y@example.com", "他社", "desk", cast.aoba))[0]
    fact = handed(cast, clerk, blank(cast)).fact
    assert fact is not None
    for staff in (other, stranger):
        with pytest.raises(NotAllowed):
            handed(cast, staff, blank(cast), "M-2")
        with pytest.raises(NotAllowed):
            undo_hand_over(cast.scope, fact.pk, staff)
    with pytest.raises(NotFound):
        undo_hand_over(Scope(owner_id=cast.aoba.pk), fact.pk, stranger)


# -- undoing --------------------------------------------------------------------------------------


def test_undone_the_card_is_blank_and_the_owner_told_what_was_withdrawn(
    cast: Cast, clerk: Staff, menu: str
):
    card = blank(cast)
    fact = handed(cast, clerk, card, menu=menu).fact
    assert fact is not None
    for _ in range(2):
        undo_hand_over(cast.scope, fact.pk, clerk, "会員番号ちがい")
    assert HandOverUndone.objects.get().reason == "会員番号ちがい"
    assert Member.objects.get(reference="M-1").card is None
    assert list(blank_cards_of(cast.scope)) == [card]
    assert set(Invoice.objects.values_list("status", flat=True)) == {"withdrawn"}
    told = Event.objects.filter(type="invoice.withdrawn")
    assert {event.body["amount_yen"] for event in told} == {1_000, 3_000}


def test_a_card_taken_back_is_payable_for_the_next_who_gets_it(cast: Cast, clerk: Staff, menu: str):
    card = blank(cast)
    for reference in ("M-1", "M-2", "M-1"):
        fact = handed(cast, clerk, card, reference, menu=menu).fact
        assert fact is not None
        assert amounts_payable(card) == [1_000, 3_000]
        undo_hand_over(cast.scope, fact.pk, clerk)
        assert amounts_payable(card) == []
    last = handed(cast, clerk, card, "M-3", menu=menu)
    new = replace_card(cast.scope, card.number)
    assert amounts_payable(new) == [1_000, 3_000]
    assert last.member.reference == "M-3"


@pytest.mark.parametrize("first_menu", ["charge", None])
def test_a_card_printed_with_its_menu_keeps_it_when_it_is_taken_back(
    cast: Cast, clerk: Staff, menu: str, first_menu: str | None
):
    card = blank(cast)
    enter_menu_on(menu_of(cast.scope, menu), [card])
    fact = handed(cast, clerk, card, menu=first_menu).fact
    assert fact is not None
    undo_hand_over(cast.scope, fact.pk, clerk)
    assert amounts_payable(card) == [1_000, 3_000]
    handed(cast, clerk, card, "M-2", menu=menu)
    assert amounts_payable(card) == [1_000, 3_000]
    assert Invoice.objects.count() == 2


def test_a_hand_over_is_undone_on_its_day_only(cast: Cast, clerk: Staff):
    noon = clock.now().astimezone(clock.JST).replace(hour=12, minute=0, second=0, microsecond=0)
    with clock.frozen(noon):
        fact = handed(cast, clerk, blank(cast)).fact
    assert fact is not None
    with clock.frozen(noon + timedelta(hours=12)), pytest.raises(HandOverTooLate):
        undo_hand_over(cast.scope, fact.pk, clerk)
    with clock.frozen(noon + timedelta(hours=12) - timedelta(seconds=1)):
        undo_hand_over(cast.scope, fact.pk, clerk)


def test_what_was_paid_with_is_not_taken_back_even_if_the_till_reversed_it(
    cast: Cast, clerk: Staff, menu: str
):
    card = blank(cast)
    fact = handed(cast, clerk, card, menu=menu).fact
    assert fact is not None
    told = notice(payable_invoices(card)[0])
    receive_payment(told)
    with pytest.raises(HandOverPaid):
        undo_hand_over(cast.scope, fact.pk, clerk)
    reverse_payment(reversal(told))
    with pytest.raises(HandOverPaid):
        undo_hand_over(cast.scope, fact.pk, clerk)
    assert Member.objects.get().card == card
    assert amounts_payable(card) == [1_000, 3_000]


def test_what_the_owner_registered_for_the_member_since_stops_the_undoing(cast: Cast, clerk: Staff):
    card = blank(cast)
    early = register(cast.sakura, number=card.number)
    fact = handed(cast, clerk, card).fact
    assert fact is not None
    late = register(cast.sakura, number=card.number)
    with pytest.raises(HandOverInUse):
        undo_hand_over(cast.scope, fact.pk, clerk)
    withdraw_invoice(cast.scope, str(late.pk))
    undo_hand_over(cast.scope, fact.pk, clerk)
    early.refresh_from_db()
    assert early.status == "open"


def test_a_card_that_was_stopped_or_replaced_since_is_not_taken_back(cast: Cast, clerk: Staff):
    stopped, replaced = (handed(cast, clerk, blank(cast), name) for name in ("M-1", "M-2"))
    suspend_card(cast.scope, stopped.card.number)
    replace_card(cast.scope, replaced.card.number)
    for given in (stopped, replaced):
        assert given.fact is not None
        with pytest.raises(HandOverSuperseded):
            undo_hand_over(cast.scope, given.fact.pk, clerk)


# -- lost cards -----------------------------------------------------------------------------------


def test_a_lost_card_is_replaced_by_a_blank_one_and_its_invoices_come_along(
    cast: Cast, clerk: Staff, menu: str
):
    old = handed(cast, clerk, blank(cast), menu=menu).card
    new = blank(cast)
    asked = HandOverAsked(new.barcode_number, "M-1")
    given = replace_lost_card(cast.scope, asked, clerk)
    assert (given.card, given.replaces, given.is_new) == (new, old.number, True)
    assert amounts_payable(new) == [1_000, 3_000]
    old.refresh_from_db()
    assert (old.status, old.replaced_by) == ("replaced", new)
    assert Event.objects.get(type="card.replaced", tenant=None).body["replaced_by"] == new.number
    move = CardMove.objects.get()
    assert (move.card, move.to, move.by) == (old, "replaced", clerk)
    again = replace_lost_card(cast.scope, asked, clerk)
    assert not again.is_new
    assert not blank_cards_of(cast.scope).exists()


def test_a_stopped_card_may_be_replaced_too(cast: Cast, clerk: Staff):
    old = handed(cast, clerk, blank(cast)).card
    suspend_card(cast.scope, old.number)
    new = blank(cast)
    assert replace_lost_card(cast.scope, HandOverAsked(new.number, "M-1"), clerk).card == new


def test_only_a_card_in_stock_replaces_a_lost_one(cast: Cast, clerk: Staff):
    old = handed(cast, clerk, blank(cast)).card
    used = blank(cast)
    register(cast.sakura, number=used.number)
    cases = [
        handed(cast, clerk, blank(cast), "M-2").card,
        make_card(),
        make_card(cast.sakura, status="suspended"),
        used,
    ]
    for card in cases:
        with pytest.raises(CardNotBlank):
            replace_lost_card(cast.scope, HandOverAsked(card.number, "M-1"), clerk)
    with pytest.raises(CardNotBlank):
        replace_card_by(cast.scope, old.number, make_card(cast.aoba))
    with pytest.raises(MemberHasNoCard):
        replace_lost_card(cast.scope, HandOverAsked(blank(cast).number, "M-9"), clerk)
    old.refresh_from_db()
    assert old.status == "active"


def test_a_lost_card_is_replaced_by_one_printed_with_a_menu_and_nothing_is_there_twice(
    cast: Cast, clerk: Staff, menu: str
):
    old = handed(cast, clerk, blank(cast), menu=menu).card
    spare = blank(cast)
    with transaction.atomic():
        enter_menu_on(menu_of(cast.scope, menu), [spare])
    replace_lost_card(cast.scope, HandOverAsked(spare.number, "M-1"), clerk)
    standing = Invoice.objects.filter(card=spare, status="open")
    assert amounts_payable(spare) == [1_000, 3_000]
    assert all(old.number in invoice.reference for invoice in standing)


@pytest.mark.parametrize("kind", ["sheet", "notified", "phone"])
def test_what_is_no_card_to_hand_out_is_not_handed_over(cast: Cast, clerk: Staff, kind: str):
    """A sheet is a payer's own for some weeks; no owner could register on it or replace it then."""
    made = issue_card(kind)
    for typed in (made.barcode_number, grouped(made.number)):
        with pytest.raises(UnknownNumber):
            hand_over(cast.scope, HandOverAsked(typed, "M-1"), clerk)
    assert not Member.objects.exists()
