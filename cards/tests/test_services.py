"""Numbers given out, and cards put into members' hands: none twice, none to a stranger."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from cards.models import Block, Card, CardMove, Member
from cards.numbers import is_test_number, is_well_formed
from cards.refusals import CardReplaced, CardSuspended, CardTaken, MemberHasCard, UnknownNumber
from cards.selectors import blocks_of, card_of, cards_of, holder_of, members_of
from cards.services import (
    MemberAsked,
    allot_block,
    bind_member,
    draw_card,
    issue_card,
    resume_card,
    suspend_card,
)
from tenants.access import CENTRE, NotAllowed, Scope
from tests.cast import Cast, make_card, make_cast
from tests.threads import in_threads


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def raced(committed_db: str) -> Cast:
    return make_cast()


def test_a_card_takes_the_next_counter_of_its_owners_block(cast: Cast):
    cards = [issue_card("joint", owner=cast.sakura) for _ in range(3)]
    assert [card.counter for card in cards] == [0, 1, 2]
    assert all(card.number[0] == "2" and is_well_formed(card.number) for card in cards)
    assert all(is_well_formed(card.barcode_number) for card in cards)
    other = issue_card("joint", owner=cast.aoba)
    assert other.counter == 1_000
    assert [block.used for block in blocks_of(cast.scope)] == [3]


def test_blocks_of_a_kind_and_barcode_ranges_of_all_never_overlap(cast: Cast):
    twin = cast.sakura.twin
    allot_block("joint", 10, owner=cast.sakura)
    allot_block("standard", 5)
    allot_block("joint", 7, owner=cast.aoba)
    allot_block("joint", 3, owner=twin, is_test=True)
    allot_block("joint", 1, owner=cast.sakura)
    spans = [(it.first, it.barcode_first, it.size) for it in Block.objects.order_by("pk")]
    assert spans == [(0, 0, 10), (0, 10, 5), (10, 15, 7), (0, 22, 3), (17, 25, 1)]


def test_a_spent_block_is_followed_by_the_next(cast: Cast):
    allot_block("joint", 2, owner=cast.sakura)
    issue_card("joint", owner=cast.aoba)
    counters = [issue_card("joint", owner=cast.sakura).counter for _ in range(3)]
    assert counters == [0, 1, 1_002]


def test_a_test_twin_draws_test_numbers(cast: Cast):
    card = issue_card("joint", owner=cast.sakura.twin)
    assert card.is_test
    assert is_test_number(card.number)
    assert not is_test_number(issue_card("joint", owner=cast.sakura).number)


def test_a_number_drawn_in_a_transaction_that_fails_is_not_lost(cast: Cast):
    def fail() -> None:
        with transaction.atomic():
            draw_card("joint", owner=cast.sakura)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert issue_card("joint", owner=cast.sakura).counter == 0


def test_sixteen_who_draw_at_once_get_numbers_of_their_own(raced: Cast):
    allot_block("joint", 25, owner=raced.sakura)

    def draw_four(place: int) -> list[Card]:
        owner = raced.sakura if place % 4 else raced.aoba
        return [issue_card("joint", owner=owner) for _ in range(4)]

    drawn: list[Any] = in_threads(draw_four, 16)
    cards = [card for four in drawn for card in four]
    assert len({card.number for card in cards}) == 64
    assert len({card.barcode_number for card in cards}) == 64
    assert sum(Block.objects.values_list("used", flat=True)) == 64
    assert Block.objects.filter(owner=raced.sakura).count() == 2


def test_sixteen_who_issue_to_one_member_give_one_card(raced: Cast):
    def issue(_: int) -> str:
        card = bind_member(raced.scope, MemberAsked("M1", "髙橋 花子")).card
        assert card is not None
        return card.number

    assert len(set(in_threads(issue, 16))) == 1
    assert Card.objects.count() == 1


def test_sixteen_members_and_one_picked_up_card_bind_it_once(raced: Cast):
    number = make_card().number
    outcomes = in_threads(
        lambda place: bind_member(raced.scope, MemberAsked(f"M{place}"), number), 16
    )
    assert sum(isinstance(outcome, Member) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, CardTaken) for outcome in outcomes) == 15


def test_the_same_member_keeps_its_number_under_another_name(cast: Cast):
    first = bind_member(cast.scope, MemberAsked("M1", "佐藤 花子", "101-0062", "千代田区"))
    again = bind_member(cast.scope, MemberAsked("M1", "髙橋 花子"))
    assert (again.pk, again.card_id) == (first.pk, first.card_id)
    kept = members_of(cast.scope).get()
    assert (kept.name, kept.postal_code) == ("髙橋 花子", "101-0062")
    assert Card.objects.count() == 1


def test_a_standard_card_serves_a_member_of_each_owner(cast: Cast):
    number = make_card().number
    for scope in (cast.scope, Scope(owner_id=cast.aoba.pk)):
        for _ in range(2):
            member = bind_member(scope, MemberAsked("M1"), number)
            assert card_of(scope, number) == member.card
            assert holder_of(scope, card_of(scope, number)) == member
    with pytest.raises(CardTaken):
        bind_member(cast.scope, MemberAsked("M2"), number)


def test_an_owners_own_joint_card_may_be_bound_once(cast: Cast):
    card = make_card(cast.sakura)
    assert bind_member(cast.scope, MemberAsked("M1"), card.number).card == card
    with pytest.raises(CardTaken):
        bind_member(cast.scope, MemberAsked("M2"), card.number)


@pytest.mark.parametrize(
    ("card", "refusal"),
    [
        (lambda cast: make_card(cast.aoba), UnknownNumber),
        (lambda cast: make_card(cast.sakura.twin), UnknownNumber),
        (lambda cast: make_card(status="retired"), UnknownNumber),
        (lambda cast: make_card(status="suspended"), CardSuspended),
        (lambda cast: make_card(cast.sakura, status="replaced"), CardReplaced),
    ],
)
def test_what_cannot_be_bound_is_refused_by_name(
    cast: Cast, card: Callable[[Cast], Card], refusal: type[Exception]
):
    number = card(cast).number
    with pytest.raises(refusal):
        bind_member(cast.scope, MemberAsked("M1"), number)
    assert not Member.objects.exists()


def test_a_member_with_a_card_is_not_quietly_given_another(cast: Cast):
    held = bind_member(cast.scope, MemberAsked("M1")).card
    assert held is not None
    with pytest.raises(MemberHasCard):
        bind_member(cast.scope, MemberAsked("M1"), make_card().number)
    Card.objects.filter(pk=held.pk).update(status="retired")
    picked_up = make_card()
    assert bind_member(cast.scope, MemberAsked("M1"), picked_up.number).card == picked_up


def test_a_card_is_suspended_and_resumed_and_who_did_is_written_down(cast: Cast):
    number = make_card(cast.sakura).number
    for _ in range(2):
        assert suspend_card(cast.scope, number).status == "suspended"
    for _ in range(2):
        assert resume_card(cast.scope, number).status == "active"
    moves = CardMove.objects.order_by("pk").values_list("came_from", "to", "owner")
    assert list(moves) == [
        ("active", "suspended", cast.sakura.pk),
        ("suspended", "active", cast.sakura.pk),
    ]
    Card.objects.filter(number=number).update(status="retired")
    with pytest.raises(UnknownNumber):
        resume_card(cast.scope, number)
    with pytest.raises(CardReplaced):
        suspend_card(cast.scope, make_card(cast.sakura, status="replaced").number)


def test_no_owner_touches_anothers_card_or_a_card_of_all(cast: Cast):
    foreign, standard = make_card(cast.aoba).number, make_card().number
    bind_member(cast.scope, MemberAsked("M1"), standard)
    for change in (suspend_card, resume_card):
        with pytest.raises(UnknownNumber):
            change(cast.scope, foreign)
        with pytest.raises(NotAllowed):
            change(cast.scope, standard)
    assert suspend_card(CENTRE, standard).status == "suspended"
    assert [card.number for card in cards_of(cast.scope)] == [standard]
    assert not cards_of(Scope(owner_id=cast.sakura.pk, tenant_id=cast.engineering.pk)).exists()
