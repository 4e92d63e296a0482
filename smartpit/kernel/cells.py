"""Cells of a spreadsheet that stay text: nobody's words are taken for a formula."""

import re
from typing import Any, Final

_LINE_ENDS: Final = r"\r\n\v\f\x1c-\x1e\x85\u2028\u2029"
# Blanks, and letters that nobody sees; a spreadsheet may look behind both.
_UNSEEN: Final = rf"(?:[^\S{_LINE_ENDS}]|[\x00-\x08\x0e-\x1b\u00ad\u200b-\u200f\u2060\ufeff])*+"
# Excel and its like also start a formula at the full-width signs a Japanese keyboard types.
_FORMULA: Final = re.compile(
    rf"\A(?=[\t{_LINE_ENDS}])|(?:\A|(?<=[{_LINE_ENDS}]))(?={_UNSEEN}[=+\-@＝＋－＠﹢﹣﹦﹫−])"
)


def safe_cell(value: Any) -> Any:
    """Return ``value`` so that no spreadsheet takes a payer's or owner's words for a formula.

    An apostrophe makes it text. Space before the sign, a no-break space among them, does not make
    it harmless, and neither does a line break: some programs look at each line of a cell. Numbers
    are no words and stay numbers.
    """
    if not isinstance(value, str) or value.isalnum():  # Letters and digits begin no formula.
        return value
    return f"'{value}" if is_like_a_formula(value) else value


def is_like_a_formula(text: str) -> bool:
    """Tell whether a spreadsheet might run this text."""
    return _FORMULA.search(text) is not None
