"""Why rows of a member list make no card, as a file to mend the list by."""

from collections.abc import Iterable, Mapping
from typing import Final

from cards.member_file import RowFault
from smartpit.edge.sheets import csv_lines

# What each code says to a person, wherever it is shown.
REASONS: Final[Mapping[str, str]] = {
    "reference_duplicate": "会員番号が重複しています",
    "reference_missing": "会員番号がありません",
    "name_missing": "氏名がありません",
    "glyph_missing": "氏名に印刷できない文字があります",
    "encoding": "文字を読み取れません",
}

_HEADS: Final = ("行", "会員番号", "氏名", "理由", "文字")


def errors_csv(errors: Iterable[RowFault]) -> bytes:
    """Return the faults as CSV, in the order of the list; a spreadsheet runs nothing of it."""
    rows = (
        (fault.row, fault.member_reference, fault.member_name, REASONS[fault.code], fault.letters)
        for fault in sorted(errors, key=lambda fault: fault.row)
    )
    return "".join(csv_lines(_HEADS, rows)).encode()
