"""The bank's statement file: what is written is read back, and what is wrong is refused whole."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.bank_statement import (
    BY_TRANSFER,
    IN,
    OUT,
    Account,
    AccountStatement,
    Line,
    StatementUnreadable,
    statement_file,
)
from settlement.bank_statement_reader import read_statement_file

ACCOUNT = Account("0005", "123", "1", "0001234567", "ﾐﾂﾋﾞｼUFJ", "ｼﾝｼﾞﾕｸ", "ｽﾏ-ﾄﾋﾟﾂﾄ")
DAY = date(2026, 11, 20)
DEPOSIT = Line(
    DAY,
    IN,
    119_999,
    inquiry="00000001",
    value_day=DAY,
    sender_code="0000000021",
    sender_name="ｶ)ﾛ-ｿﾝ",
    bank_name="ﾐｽﾞﾎ",
    branch_name="ﾎﾝﾃﾝ",
    edi="202611",
)
DEBIT = Line(DAY, OUT, 117_742, inquiry="00000002", value_day=DAY, summary="ｿｳｺﾞｳﾌﾘｺﾐ")
STATEMENT = AccountStatement(date(2026, 11, 21), DAY, DAY, ACCOUNT, 5_000, (DEPOSIT, DEBIT))
FILE = statement_file([STATEMENT])


def records(content: bytes = FILE) -> list[bytes]:
    return content.removesuffix(b"\r\n").split(b"\r\n")


def changed(record: int, position: int, word: bytes) -> bytes:
    """Return the file with ``word`` at a position (from 1) of one of its records (from 1)."""
    pieces = records()
    piece = pieces[record - 1]
    pieces[record - 1] = piece[: position - 1] + word + piece[position - 1 + len(word) :]
    return b"\r\n".join(pieces) + b"\r\n"


def test_a_statement_is_read_back_as_it_was_written():
    assert read_statement_file(FILE) == (STATEMENT,)
    assert {len(record) for record in records()} == {200}
    assert STATEMENT.closing_yen == 7_257


def test_the_bytes_stand_where_the_layout_puts_them():
    header, deposit, debit, trailer, end = (record.decode("shift_jis") for record in records())
    assert header[:22] == "1030081121081120081120"
    assert (header[22:26], header[41:44], header[62:73]) == ("0005", "123", "10001234567")
    assert header[113:129] == "1100000000005000"
    assert deposit[:36] == "200000001081120081120111000000119999"
    assert (deposit[71:81], deposit[81:87]) == ("0000000021", "ｶ)ﾛ-ｿﾝ")
    assert debit[21] == "2"
    assert trailer[:61] == ("8000001000000011999900000100000001177421000000000072570000002")
    assert end[:16] == "9000000000500001"


def test_line_ends_are_optional_and_so_is_the_old_end_of_file():
    assert read_statement_file(FILE.replace(b"\r\n", b"")) == (STATEMENT,)
    assert read_statement_file(FILE + b"\x1a") == (STATEMENT,)


def test_a_day_without_lines_and_an_account_in_debt_are_read():
    quiet = replace(STATEMENT, lines=(), opening_yen=-300)
    assert read_statement_file(statement_file([quiet, STATEMENT])) == (quiet, STATEMENT)


@pytest.mark.fault("E11")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "順序"),
        (FILE[:-3], "レコード5: 199バイト"),
        (b"\r\n".join(records()[:-1]), "順序"),
        (b"\r\n".join(records()[1:]), "順序"),
        (changed(1, 1, b"7"), "データ区分"),
        (changed(1, 2, b"04"), "service"),
        (changed(1, 4, b"1"), "character_code"),
        (changed(1, 5, b"081332"), "令和の日付でない"),
        (changed(1, 11, b"010430"), "令和の日付でない"),
        (changed(1, 11, b"081121"), "自と至"),
        (changed(1, 64, b"00012E4567"), "account_number"),
        (changed(1, 114, b"3"), "opening_sign"),
        (changed(2, 10, b"081119"), "期間の外"),
        (changed(2, 22, b"3"), "direction"),
        (changed(2, 23, b"99"), "trade"),
        (changed(2, 25, b"00000011999A"), "amount_yen"),
        (changed(2, 25, b"000000119998"), "in_yen"),
        (changed(2, 25, b"000000000000"), "0円"),
        (changed(2, 82, "漢".encode("shift_jis")), "使えないバイト"),
        (changed(2, 82, b"\x00"), "使えないバイト"),
        (changed(4, 2, b"000002"), "in_count"),
        (changed(4, 21, b"000002"), "out_count"),
        (changed(4, 27, b"0000000117743"), "out_yen"),
        (changed(4, 41, b"00000000007258"), "取引後残高"),
        (changed(4, 40, b"2"), "取引後残高"),
        (changed(4, 55, b"0000003"), "lines_count"),
        (changed(5, 2, b"0000000009"), "レコード総件数"),
        (changed(5, 12, b"00002"), "口座数"),
    ],
)
def test_what_disagrees_is_refused_and_says_where(content: bytes, words: str):
    with pytest.raises(StatementUnreadable) as refused:
        read_statement_file(content)
    assert words in str(refused.value)


_names = st.text(st.sampled_from("ｱｲｳﾞ()-. AZ09"), max_size=15).map(lambda text: text.strip(" "))
_lines = st.builds(
    Line,
    day=st.just(DAY),
    direction=st.sampled_from([IN, OUT]),
    amount_yen=st.integers(1, 999_999_999_999),
    inquiry=st.integers(1, 99_999_999).map(lambda number: f"{number:08}"),
    value_day=st.just(DAY),
    trade=st.just(BY_TRANSFER),
    sender_code=st.integers(1, 9_999_999_999).map(lambda number: f"{number:010}"),
    sender_name=_names,
    bank_name=_names,
    branch_name=_names,
    summary=_names,
    edi=_names,
)


@given(st.lists(_lines, max_size=5), st.integers(-(10**12), 10**12))
def test_whatever_is_written_is_read_back(lines: list[Line], opening_yen: int):
    meant = replace(STATEMENT, lines=tuple(lines), opening_yen=opening_yen)
    assert read_statement_file(statement_file([meant])) == (meant,)
