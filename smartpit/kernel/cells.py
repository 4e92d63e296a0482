"""Cells of a spreadsheet that stay text: nobody's words are taken for a formula."""

from typing import Any, Final

# Excel and its like also start a formula at the full-width signs a Japanese keyboard types.
_FORMULA_STARTS: Final = frozenset("=+-@＝＋－＠")
_STRAY_STARTS: Final = ("\t", "\r", "\n")


def safe_cell(value: Any) -> Any:
    """Return ``value`` so that no spreadsheet takes a payer's or owner's words for a formula.

    Space before the sign, a no-break space among them, does not make it harmless, and neither
    does a line break: some programs look at each line of a cell.
    """
    return f"'{value}" if isinstance(value, str) and is_like_a_formula(value) else value


def is_like_a_formula(text: str) -> bool:
    """Tell whether a spreadsheet might run this text."""
    if text.startswith(_STRAY_STARTS):
        return True
    return any(line.lstrip()[:1] in _FORMULA_STARTS for line in text.splitlines() if line.strip())
