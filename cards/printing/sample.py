"""How much of an order is read back: all of a small one, a stated sample of a large one."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from random import Random
from typing import Final

READ_ALL_UP_TO: Final = 1_000
SAMPLE_CARDS: Final = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an order: which, with how many cards, of how many in the whole order."""

    batch: str
    number: int
    cards: int
    cards_of_batch: int


@dataclass(frozen=True, slots=True)
class Sample:
    """The pages of a part that are read, and so ``read`` of its cards."""

    pages: frozenset[int]
    read: int
    of: int


def pages_to_read(part: Part, pages_of: Callable[[int], Collection[int]]) -> Sample:
    """Return the pages to read: all of a small order's.

    Of a large order, each part's first and last page, and its share of the sample. Which cards is
    told by the order's own name, so that a second reading looks at the same ones; a page that is
    looked at is read whole.
    """
    everything = range(part.cards)
    if part.cards_of_batch <= READ_ALL_UP_TO:
        chosen = set(everything)
    else:
        share = -(-SAMPLE_CARDS * part.cards // part.cards_of_batch)
        dice = Random(f"{part.batch}:{part.number}")  # noqa: S311  # Repeatable, not secret.
        chosen = {0, part.cards - 1, *dice.sample(everything, min(share, part.cards))}
    pages = frozenset(page for index in chosen for page in pages_of(index))
    read = sum(pages.issuperset(pages_of(index)) for index in everything)
    return Sample(pages, read, part.cards)
