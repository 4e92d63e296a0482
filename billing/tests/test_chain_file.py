"""The chain's file: read strictly, written so that it is read back the same."""

import re
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import pytest

from billing import chain_file as reading
from billing.chain_file import (
    FAULTS_MAX,
    ChainFileReader,
    FileFaulty,
    Header,
    Record,
    barcode_with,
    chain_file,
    check_digit,
    record_bytes,
)

HEADER = Header("00C002", date(2026, 11, 25))
SLIP = "91929023252070000010123499900199999900106050"


def record(number: int = 1, **changes: Any) -> Record:
    base = Record(
        number, "02", date(2026, 11, 24), "0905", barcode_with(10_000, SLIP), "000001",
        date(2026, 12, 4), "A-0001", 1, "01",
    )  # fmt: skip
    return base._replace(**changes)


def raw_file(*records: Record, crlf: bool = True) -> bytes:
    return b"".join(chain_file(HEADER, records, crlf=crlf))


def read(raw: bytes) -> list[Record]:
    reader = ChainFileReader(BytesIO(raw), bytes_count=len(raw))
    assert reader.header == HEADER
    return list(reader.records())


def faults(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(FileFaulty) as refused:
        read(raw)
    return [(fault.field, fault.code) for fault in refused.value.faults]


@pytest.mark.parametrize("crlf", [True, False])
@pytest.mark.parametrize("count", [0, 1, 3, 9_000])
def test_what_is_written_is_read_back(count: int, *, crlf: bool):
    records = [
        record(
            place,
            kind=("01", "02", "03")[place % 3],
            receipt=f"{place:012d}",
            store="0123456"[: place % 7 + 1],
            terminal="01AZ"[: place % 4 + 1],
            line=place % 10 + 1,
            barcode=barcode_with(place),
        )
        for place in range(1, count + 1)
    ]
    assert read(raw_file(*records, crlf=crlf)) == records


def test_a_record_stands_where_the_contract_says():
    raw = record_bytes(HEADER, record(line=10, store="1A", terminal="9"))
    fields = (
        "2", "02", "20261124", "0905", "1", "91929023252070000010123499900199999900100003",
        "   ", "1A     ", "  ", "20261125", "20261204", "        ", "00C002",
        "A-0001      ", "10", "9   ",
    )  # fmt: skip
    assert raw == "".join(fields).encode()
    file = raw_file(record(), record(2), crlf=False)
    assert len(file) == 5 * 120
    assert file[:120] == b"100C00220261125".ljust(120)
    assert file[360:480] == b"8000002000000020000".ljust(120)
    assert file[480:] == b"9".ljust(120)


def test_the_last_end_of_line_may_be_missing():
    assert read(raw_file(record())[:-2]) == [record()]


@pytest.mark.parametrize(
    "digits",
    [
        "91929023252070000010123499900199999900106050",
        "91929023252070000010123499900399999911066327",
        "91929023252070000010123499901099999900350000",
    ],
)
def test_the_check_digit_is_the_guidelines(digits: str):
    assert check_digit(digits[:43].encode()) == int(digits[43])
    assert barcode_with(int(digits[37:43]), digits) == digits


def test_a_payment_without_a_slip_has_no_digits_but_its_amount():
    assert barcode_with(1) == "0" * 42 + "1" + "7"
    assert record(barcode=barcode_with(300_000)).amount_yen == 300_000


@dataclass(frozen=True)
class Spoilt:
    """Bytes put at a place (from 1, as the layout counts) of the first data record."""

    place: int
    letters: bytes
    field: str


SPOILT = [
    Spoilt(1, b"3", "record_kind"),
    Spoilt(2, b"04", "kind"),
    Spoilt(2, b" 2", "kind"),
    Spoilt(4, b"20261131", "business_date"),
    Spoilt(4, b"2026112 ", "business_date"),
    Spoilt(12, b"2400", "taken_at"),
    Spoilt(12, b"0960", "taken_at"),
    Spoilt(16, b"2", "barcode_kind"),
    Spoilt(17, b"8", "barcode"),
    Spoilt(20, b"A", "barcode"),
    Spoilt(60, b"1", "barcode"),
    Spoilt(61, b"x", "filler"),
    Spoilt(64, b"       ", "store"),
    Spoilt(64, b" 000001", "store"),
    Spoilt(64, b"00a0001", "store"),
    Spoilt(71, b"01", "filler"),
    Spoilt(73, b"20261126", "day"),
    Spoilt(81, b"00000000", "transfer_on"),
    Spoilt(89, b"20261125", "filler"),
    Spoilt(97, b"00C004", "chain"),
    Spoilt(103, b"            ", "receipt"),
    Spoilt(103, b"A 1         ", "receipt"),
    Spoilt(115, b"00", "line"),
    Spoilt(115, b"11", "line"),
    Spoilt(115, b" 1", "line"),
    Spoilt(117, b"    ", "terminal"),
    Spoilt(117, b"\xef\xbc\x91 ", "terminal"),
]


@pytest.mark.fault("A27")
@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda one: f"{one.field}-{one.place}")
def test_a_field_that_is_wrong_is_named(spoilt: Spoilt):
    raw = bytearray(raw_file(record(), record(2)))
    place = 122 + spoilt.place - 1
    raw[place : place + len(spoilt.letters)] = spoilt.letters
    assert faults(bytes(raw)) == [(f"record 1 {spoilt.field}", "form")]


@pytest.mark.fault("A27")
def test_a_header_that_is_wrong_is_no_header():
    whole = raw_file(record())
    for place, letters in ((0, b"2"), (1, b"00c002"), (7, b"20261332"), (60, b"x")):
        raw = whole[:place] + letters + whole[place + len(letters) :]
        assert faults(raw) == [("header", "form")]


@pytest.mark.fault("A27")
def test_a_trailer_that_counts_otherwise_is_refused():
    whole = raw_file(record(), record(2), crlf=False)
    trailer, end = whole[-240:-120], whole[-120:]
    fewer = whole[:240] + trailer + end
    assert faults(fewer) == [("trailer count", "differs"), ("trailer sum", "differs")]
    otherwise = whole[:-240] + b"8000002000000020001".ljust(120) + end
    assert faults(otherwise) == [("trailer sum", "differs")]
    assert faults(whole[:-240] + b"8     2".ljust(120) + end) == [("trailer", "form")]
    assert faults(whole[:-120] + b"8".ljust(120)) == [("end", "form")]
    assert ("trailer", "form") in faults(whole[:-240] + end)
    assert faults(whole + whole) != []


@pytest.mark.fault("A27")
@pytest.mark.parametrize("crlf", [True, False])
def test_a_file_cut_anywhere_is_refused(*, crlf: bool):
    whole = raw_file(record(), record(2), crlf=crlf)
    cuts = range(len(whole) - 1) if not crlf else [*range(len(whole) - 2), len(whole) - 1]
    for cut in cuts:
        assert faults(whole[:cut]), cut


@pytest.mark.fault("A27")
def test_ends_of_line_are_all_there_or_none():
    whole = raw_file(record(), record(2))
    assert faults(whole.replace(b"\r\n", b"\n")) == [("file", "length")]
    holed = whole[:242] + b"  " + whole[244:]
    assert faults(holed) == [("file", "length")]
    assert faults(b"") == [("file", "length")]


def test_a_hundred_faults_are_enough():
    bad = record(store="a")
    assert len(faults(raw_file(*[bad] * 500))) == FAULTS_MAX


def test_a_second_look_is_taken_only_at_what_is_odd_and_says_the_same():
    """Every byte of a record in turn is made another: what is read at once is what a look finds."""
    raw = record_bytes(HEADER, record())
    day, chain = b"20261125", HEADER.chain_code.encode()
    words = {"day": day.decode(), "chain": chain.decode()}
    plain = re.compile(reading._PLAIN % words)
    assert reading._plain_record(raw, 1, plain) == reading._record(raw, 1, day, chain) == record()
    at_once = 0
    for place in range(len(raw)):
        for other in b" -09AZaz:\x00\xb2\xff":
            changed = raw[:place] + bytes([other]) + raw[place + 1 :]
            if place < 60 and changed[16:59].isdigit():
                changed = changed[:59] + b"%d" % check_digit(changed[16:59]) + changed[60:]
            found = reading._plain_record(changed, 1, plain)
            assert found is None or found == reading._record(changed, 1, day, chain), changed
            at_once += found is not None
    assert at_once > 200
