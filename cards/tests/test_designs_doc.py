"""docs/designs.md and the code say the same."""

import re
from collections.abc import Mapping

from cards.printing.layout import element_words
from smartpit.platform.home import CHECKOUT

_QUOTED = re.compile(r"`(\w+)`")


def rows(heading: str) -> Mapping[str, str]:
    """Return a table's second column by its first."""
    table = (CHECKOUT / "docs/designs.md").read_text().split(heading, 1)[1].split("\n\n", 1)[0]
    lines = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    return {first.strip(): second for first, second in lines}


def test_the_words_of_each_element_are_told():
    told = {
        _QUOTED.findall(first)[0]: frozenset(_QUOTED.findall(second))
        for first, second in rows("| element |").items()
    }
    assert told == element_words()


def test_each_word_is_told_once():
    told = [word for first in rows("| word |") for word in _QUOTED.findall(first)]
    assert len(told) == len(set(told))
    assert set(told) == frozenset.union(*element_words().values())
