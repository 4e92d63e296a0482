"""Whole yen: nothing lost, fractions dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartpit.kernel.yen import split, tax_on


def test_tax_drops_its_fraction() -> None:
    assert tax_on(1_870, percent=10) == 187
    assert tax_on(1_879, percent=10) == 187
    assert tax_on(0, percent=10) == 0


def test_the_odd_yen_go_to_the_largest_remainders() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(10, [1, 5, 4]) == [1, 5, 4]
    assert split(2, [1, 3]) == [1, 1]  # 0.5 and 1.5: equal remainders, the earlier one first.
    assert split(3, [1, 9, 10]) == [0, 1, 2]  # 0.15, 1.35, 1.5.


def test_a_split_needs_positive_weights_and_no_debt() -> None:
    for total_yen, weights in [(-1, [1]), (1, []), (1, [1, 0]), (1, [1, -1])]:
        with pytest.raises(AssertionError):
            split(total_yen, weights)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**7), min_size=1, max_size=12))
def test_a_split_loses_nothing_and_strays_by_less_than_a_yen(
    total_yen: int, weights: list[int]
) -> None:
    shares = split(total_yen, weights)

    whole = sum(weights)
    assert sum(shares) == total_yen
    assert all(
        abs(share * whole - total_yen * weight) < whole
        for share, weight in zip(shares, weights, strict=True)
    )
    remainders = [total_yen * weight % whole for weight in weights]
    raised = [
        place for place, share in enumerate(shares) if share > total_yen * weights[place] // whole
    ]
    kept = [place for place in range(len(shares)) if place not in raised]
    for up in raised:
        assert all((remainders[up], -up) > (remainders[low], -low) for low in kept)
