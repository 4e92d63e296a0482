"""Run the benches and write each figure on a line: ``FIGURE name value unit``."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bench import (
    cards,
    chain_file,
    closing,
    imports,
    inquiries,
    notifications,
    payments,
    statements,
)
from bench.figure import Figure, Scale

BENCHES: Final[Mapping[str, Callable[[Scale], Iterator[Figure]]]] = {
    "cards": cards.figures,
    "payments": payments.figures,
    "inquiries": inquiries.figures,
    "notifications": notifications.figures,
    "imports": imports.figures,
    "chain_file": chain_file.figures,
    "closing": closing.figures,
    "closing_growth": closing.growth,
    "statement": statements.figures,
}
_LONG: Final = {"closing_growth"}  # Run only where it is asked for.


def main() -> None:
    asked = argparse.ArgumentParser(prog="bench", description=__doc__)
    asked.add_argument("--only", choices=BENCHES, help="one bench instead of all")
    asked.add_argument("--scale", type=Scale, choices=Scale, default=Scale.FULL)
    words = asked.parse_args()
    for name in [words.only] if words.only else [one for one in BENCHES if one not in _LONG]:
        for figure in BENCHES[name](words.scale):
            sys.stdout.write(f"{figure}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
