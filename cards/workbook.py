"""A member list as a workbook (XLSX): turned into the CSV that it would be saved as.

A workbook is a ZIP of XML and may be a bomb, so it is opened in a bounded child. What comes back
is CSV, row for row, and goes the way of every other member file. So a workbook needs opening only
once: whoever keeps a list keeps the CSV.
"""

from typing import Final

from smartpit.kernel.errors import DomainError
from smartpit.platform.bounded import Busy, Died, Limits, TooSlow, ask_child

ROWS_MAX: Final = 100_000  # Members; the header comes on top.
LIMITS: Final = Limits(seconds=60, memory_bytes=144 * 1024 * 1024)

_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class MemberFileRefused(DomainError):
    """A member list that cannot be read at all, as against a row of it."""

    code = "member_file_refused"
    title = "会員ファイルを読み取れません"
    status = 422


class MemberFileBroken(MemberFileRefused):
    code = "member_file_broken"
    title = "Excel ファイルが壊れているか、XLSX 形式ではありません"


class MemberFileLocked(MemberFileRefused):
    """Workbooks of before 2007 and those with a password look alike from outside."""

    code = "member_file_locked"
    title = (
        "パスワード付き、または古い形式（.xls）の Excel ファイルです。XLSX で保存し直してください"
    )


class MemberFileTooLong(MemberFileRefused):
    code = "member_file_too_long"
    title = "会員が多すぎます（1 ファイル 100,000 人まで）"


class MemberFileTooHeavy(MemberFileRefused):
    code = "member_file_too_heavy"
    title = "Excel ファイルが大きすぎます。会員の一覧だけを CSV か XLSX で保存し直してください"


class MemberFileBusy(MemberFileRefused):
    """Nothing is wrong with it: others are being opened, and nobody may wait in their way."""

    code = "member_file_busy"
    title = "ほかのファイルを読み込んでいます。少し待ってから、もう一度お試しください"
    status = 503


REFUSALS: Final = {
    refusal.code: refusal
    for refusal in (MemberFileBroken, MemberFileLocked, MemberFileTooLong, MemberFileTooHeavy)
}


def as_csv(content: bytes) -> bytes:
    """Return a member list as CSV: a workbook turned into one, anything else as it is."""
    if content.startswith(_COMPOUND):
        raise MemberFileLocked
    if not content.startswith(_ZIP):
        return content
    try:
        answer = ask_child("cards.workbook_child", content, LIMITS)
    except Busy:
        raise MemberFileBusy from None
    except (TooSlow, Died):
        raise MemberFileTooHeavy from None
    if "refused" in answer.head:
        raise REFUSALS.get(answer.head["refused"], MemberFileBroken)
    return answer.parts[0]
