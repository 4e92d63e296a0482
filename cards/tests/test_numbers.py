import itertools

import pytest

from cards import numbers
from cards.numbers import (
    KIND_DIGITS,
    NumbersExhausted,
    barcode_number_from,
    check_digit,
    grouped,
    is_test_number,
    is_well_formed,
    number_from,
)
from cards.tests.factories import KEY


@pytest.mark.parametrize(
    ("first12", "thirteenth"),
    [("490177701868", "6"), ("400638133393", "1"), ("978020137962", "4"), ("000000000000", "0")],
)
def test_the_check_digit_is_that_of_ean_13(first12: str, thirteenth: str) -> None:
    assert check_digit(first12) == thirteenth
    assert is_well_formed(first12 + thirteenth)


def test_every_single_wrong_digit_is_noticed() -> None:
    number = number_from("joint", 7, KEY)
    for place in range(13):
        for digit in set("0123456789") - {number[place]}:
            assert not is_well_formed(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "1" * 12, "1" * 14, "２００００００００００００", "20000000-0000", "²" * 13]
)
def test_what_is_not_thirteen_plain_digits_is_not_well_formed(text: str) -> None:
    assert not is_well_formed(text)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 97, 1000, 4097])
def test_a_permutation_reaches_every_place_once(size: int) -> None:
    reached = [numbers._permuted(counter, size, key=KEY, label="small") for counter in range(size)]
    assert sorted(reached) == list(range(size))


def test_a_hundred_thousand_numbers_are_all_different_and_well_formed() -> None:
    given = {number_from("joint", counter, KEY) for counter in range(100_000)}
    assert len(given) == 100_000
    assert all(is_well_formed(number) and number[0] == "2" for number in given)
    assert not any(is_test_number(number) for number in given)


def test_the_barcode_number_begins_with_29_and_is_never_given_twice() -> None:
    given = {barcode_number_from(counter, KEY) for counter in range(20_000)}
    assert len(given) == 20_000
    assert all(is_well_formed(number) and number.startswith("29") for number in given)


def test_neighbouring_counters_give_numbers_far_apart() -> None:
    bodies = [int(number_from("joint", counter, KEY)[1:12]) for counter in range(1000)]
    gaps = [abs(later - earlier) for earlier, later in itertools.pairwise(bodies)]
    assert min(gaps) > 1000
    assert max(bodies) > 90 * 10**9
    assert min(bodies) < 10**9


@pytest.mark.parametrize(("kind", "digit"), KIND_DIGITS.items())
def test_each_kind_begins_with_its_digit(kind: str, digit: int) -> None:
    assert number_from(kind, 0, KEY)[0] == str(digit)


def test_the_body_of_one_kind_tells_nothing_of_another() -> None:
    assert number_from("standard", 5, KEY)[1:12] != number_from("joint", 5, KEY)[1:12]


def test_a_test_number_has_a_body_that_begins_with_99_and_a_live_one_never() -> None:
    tried = [number_from("joint", counter, KEY, is_test=True) for counter in range(1000)]
    assert all(number[1:3] == "99" and is_well_formed(number) for number in tried)
    assert len(set(tried)) == 1000
    assert is_test_number(tried[0])

    largest_live = 99 * 10**9 - 1
    assert not is_test_number(number_from("joint", largest_live, KEY))


def test_past_the_last_number_the_range_is_exhausted() -> None:
    with pytest.raises(NumbersExhausted) as refusal:
        number_from("joint", 99 * 10**9, KEY)
    assert refusal.value.code == "numbers_exhausted"
    with pytest.raises(NumbersExhausted):
        number_from("joint", 10**9, KEY, is_test=True)
    with pytest.raises(NumbersExhausted):
        barcode_number_from(10**10, KEY)


def test_the_same_key_gives_the_same_number_for_ever_and_another_key_another() -> None:
    # Once cards are printed these may not change: a counter would meet numbers already given.
    assert number_from("joint", 0, KEY) == "2350716949741"
    assert barcode_number_from(0, KEY) == "2911460732234"
    assert number_from("joint", 0, b"another") != number_from("joint", 0, KEY)


def test_people_are_shown_4_4_5() -> None:
    assert grouped("2346007049313") == "2346-0070-49313"
