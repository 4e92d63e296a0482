"""The forms of words that every edge shares: API, page, file and story."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from smartpit.kernel.errors import Malformed

AMOUNT_YEN_MAX = 300_000  # Tax included; a till refuses more (domain.md 1.5).
_PRINTABLE = re.compile(
    r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff]+"
)
_REFERENCE = re.compile(r"[\x21-\x7e]{1,60}")
_NUMBER = re.compile(r"[0-9]{13}")

Rule = Callable[[Mapping[str, Any]], str | None]


def line_of(field: str, *, length_max: int) -> Rule:
    """One line of readable text: no control or direction characters, not blank."""

    def fault(words: Mapping[str, Any]) -> str | None:
        text = words.get(field)
        if not isinstance(text, str) or not text.strip():
            return "required"
        if len(text) > length_max:
            return "too_long"
        return None if _PRINTABLE.fullmatch(text) else "characters"

    return fault


def _number(words: Mapping[str, Any]) -> str | None:
    number = words.get("number")
    return None if number is None or _NUMBER.fullmatch(number) else "form"


def _amount(words: Mapping[str, Any]) -> str | None:
    return None if 1 <= words["amount_yen"] <= AMOUNT_YEN_MAX else "range"


def _tax(words: Mapping[str, Any]) -> str | None:
    tax_yen = words.get("tax_yen")
    return None if tax_yen is None or 0 <= tax_yen < words["amount_yen"] else "range"


INVOICE_WORDS: dict[str, Rule] = {
    "reference": line_of("reference", length_max=60),
    "number": _number,
    "title": line_of("title", length_max=60),
    "amount_yen": _amount,
    "tax_yen": _tax,
}
ITEM_WORDS: dict[str, Rule] = {
    name: INVOICE_WORDS[name] for name in ("title", "amount_yen", "tax_yen")
}


def require(rules: Mapping[str, Rule], words: Mapping[str, Any]) -> None:
    """Raise ``Malformed`` with every field whose form is wrong."""
    faults = {field: rule(words) for field, rule in rules.items()}
    errors = [{"field": field, "code": fault} for field, fault in faults.items() if fault]
    if errors:
        raise Malformed(errors)
