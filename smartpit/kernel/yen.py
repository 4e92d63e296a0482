"""Whole yen: an amount is an int, and its name ends in ``_yen``."""

from collections.abc import Sequence


def tax_on(base_yen: int, *, percent: int) -> int:
    """Return the consumption tax on ``base_yen``, fractions dropped."""
    assert base_yen >= 0
    return base_yen * percent // 100


def split(total_yen: int, weights: Sequence[int]) -> list[int]:
    """Split ``total_yen`` in proportion to ``weights`` and lose nothing.

    The odd yen go to the largest remainders, ties to the earlier weight.
    """
    assert total_yen >= 0
    assert weights
    assert all(weight > 0 for weight in weights)

    whole = sum(weights)
    shares = [total_yen * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda place: (-(total_yen * weights[place] % whole), place)
    )
    for place in by_remainder[: total_yen - sum(shares)]:
        shares[place] += 1

    assert sum(shares) == total_yen
    return shares
