"""The words of the pages a payer sees, in every language there is a file for.

Japanese, easy Japanese and English were read by people who know them. The others are marked as
unreviewed: a page shows them with the Japanese beside, which is what counts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

CODES: Final = ("ja", "ja-easy", "en", "zh", "vi", "ne", "pt")
JAPANESE: Final = "ja"
FOR_STRANGERS: Final = "en"  # For whoever asks for languages of which we have none.
Filling = date | str | tuple[str, ...]  # A tuple holds keys of words, to be listed.
_FOLDER: Final = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Language:
    """One file: its words by key, and the steps of paying by machine."""

    code: str
    html_lang: str
    name: str
    reviewed: bool
    words: Mapping[str, str]
    steps: Mapping[str, list[str]]

    def said(self, key: str, **filled: Filling) -> str:
        """Return a sentence, its places filled with days, or lists of words, or text as it is."""
        return self.words[key].format(**{name: self._filled(it) for name, it in filled.items()})

    def day(self, day: date) -> str:
        return self.words["day"].format(year=day.year, month=day.month, day=day.day)

    def yen(self, amount_yen: int) -> str:
        return self.words["yen"].format(amount=f"{amount_yen:,}")

    def _filled(self, it: Filling) -> str:
        if isinstance(it, date):
            return self.day(it)
        return self.words["comma"].join(map(self.said, it)) if isinstance(it, tuple) else it


@cache
def languages() -> dict[str, Language]:
    """Return every language by its code, Japanese first."""
    return {code: _read(code) for code in CODES}


def language_for(asked: str | None, accepted: list[str]) -> Language:
    """Return the language somebody asked for by a link, else the first they accept that we have.

    ``accepted`` are tags as a browser sends them, the dearest first; none at all means Japanese.
    """
    known = languages()
    if asked in known:
        return known[asked]
    for tag in accepted:
        family = tag.lower().partition("-")[0]
        if family in known:
            return known[family]
    return known[FOR_STRANGERS if accepted else JAPANESE]


def _read(code: str) -> Language:
    return Language(code=code, **json.loads((_FOLDER / f"{code}.json").read_text("utf-8")))
