"""確報: a chain's file of a day, 120-byte records with or without CRLF: bytes in, records out.

Header, data records, trailer, end (contract section 4). Reading is strict and in one pass over a
stream, so that a file of a million records takes no more memory than one of ten. Every fault says
which record and which field; a file with a fault is no file.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import BinaryIO, Final, NamedTuple

RECORD_BYTES: Final = 120
CRLF: Final = b"\r\n"
RECORDS_MAX: Final = 999_999  # What six digits of a trailer can count.
FAULTS_MAX: Final = 100
NO_SLIP: Final = "0" * 44

REPORTED, CONFIRMED, REVERSED = "01", "02", "03"
_KINDS: Final = {b"01": REPORTED, b"02": CONFIRMED, b"03": REVERSED}
_RECORDS_AT_ONCE: Final = 8_192
_SPACE: Final = b" "
_CODE: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RECEIPT: Final = _CODE + b"-"
_HEADER_REST: Final = _SPACE * 105
_TRAILER_REST: Final = _SPACE * 101
_END: Final = b"9" + _SPACE * 119
# A record without a fault, but for its days, check digit and holes in its words; of a file's day
# and chain. What it does not match is looked at field by field.
_PLAIN: Final = (
    "2(0[123])([0-9]{8})((?:[01][0-9]|2[0-3])[0-5][0-9])1([0-9]{44})   ([0-9A-Z][0-9A-Z ]{6})  "
    "%(day)s([0-9]{8})        %(chain)s([0-9A-Z-][0-9A-Z -]{11})(0[1-9]|10)([0-9A-Z][0-9A-Z ]{3})"
)


class Header(NamedTuple):
    """Whose file it is, and of which day."""

    chain_code: str
    day: date


class Record(NamedTuple):
    """One data record. ``number`` counts the data records of a file from 1."""

    number: int
    kind: str
    business_date: date
    taken_at: str
    barcode: str
    store: str
    transfer_on: date
    receipt: str
    line: int
    terminal: str

    @property
    def amount_yen(self) -> int:
        return int(self.barcode[37:43])


@dataclass(frozen=True)
class FileFault:
    """What is wrong: ``field`` names the record and the field, ``code`` how."""

    field: str
    code: str


class FileFaulty(Exception):
    """The bytes are no chain file; ``faults`` are the first hundred reasons."""

    def __init__(self, faults: list[FileFault]) -> None:
        super().__init__(f"{len(faults)} faults, first: {faults[0]}")
        self.faults = faults


class ChainFileReader:
    """Reads one file. After ``records`` is used up, ``count`` and ``sum_yen`` are the file's.

    The header is read when the reader is made; records come as they are read, so a caller that
    keeps them must be ready to throw them away when ``FileFaulty`` is raised in the end.
    """

    def __init__(self, stream: BinaryIO, *, bytes_count: int) -> None:
        self._stream = stream
        first = stream.read(RECORD_BYTES + len(CRLF))
        self._step = RECORD_BYTES + (len(CRLF) if first.endswith(CRLF) else 0)
        self._faults: list[FileFault] = []
        self._check_length(first, bytes_count)
        stream.seek(self._step)
        self._parts = -(-bytes_count // self._step)
        self.header = self._header(first[:RECORD_BYTES])
        self.count = 0
        self.sum_yen = 0

    def records(self) -> Iterator[Record]:
        """Yield the data records, then judge the trailer and the end."""
        day = f"{self.header.day:%Y%m%d}".encode()
        chain = self.header.chain_code.encode()
        plain = re.compile(_PLAIN % {"day": day.decode(), "chain": chain.decode()})
        for number, raw in enumerate(self._data_records(), start=1):
            read = _plain_record(raw, number, plain) or _record(raw, number, day, chain)
            if isinstance(read, Record):
                self.sum_yen += int(raw[53:59])
                self.count = number
                yield read
            else:
                self._complain(f"record {number} {read}", "form")
        self._check_trailer()
        if self._faults:
            raise FileFaulty(self._faults)

    def _check_length(self, first: bytes, bytes_count: int) -> None:
        """A file ends with a whole record; the CRLF after the last may be missing."""
        is_whole = bytes_count % self._step in (0, RECORD_BYTES)
        if len(first) < RECORD_BYTES or not is_whole or bytes_count < 3 * RECORD_BYTES:
            raise FileFaulty([FileFault("file", "length")])

    def _header(self, raw: bytes) -> Header:
        day = _day(raw[7:15])
        is_framed = raw[:1] == b"1" and raw[15:] == _HEADER_REST
        if not is_framed or raw[1:7].translate(None, _CODE) or day is None:
            raise FileFaulty([FileFault("header", "form")])
        return Header(raw[1:7].decode("ascii"), day)

    def _data_records(self) -> Iterator[bytes]:
        """Yield what stands between the header and the last two records."""
        left = self._parts - 3
        while left > 0:
            block = self._stream.read(min(left, _RECORDS_AT_ONCE) * self._step)
            for place in range(0, len(block), self._step):
                yield self._whole(block[place : place + self._step])
            left -= _RECORDS_AT_ONCE

    def _whole(self, raw: bytes) -> bytes:
        if len(raw) > RECORD_BYTES and raw[RECORD_BYTES:] != CRLF:
            raise FileFaulty([*self._faults, FileFault("file", "length")][:FAULTS_MAX])
        return raw[:RECORD_BYTES]

    def _check_trailer(self) -> None:
        trailer = self._whole(self._stream.read(self._step))
        end = self._whole(self._stream.read(self._step))
        if end != _END or self._stream.read(1):
            self._complain("end", "form")
        if trailer[:1] != b"8" or trailer[19:] != _TRAILER_REST or not trailer[1:19].isdigit():
            self._complain("trailer", "form")
        elif not self._faults:
            self._check_sums(int(trailer[1:7]), int(trailer[7:19]))

    def _check_sums(self, count: int, sum_yen: int) -> None:
        if count != self.count:
            self._complain("trailer count", "differs")
        if sum_yen != self.sum_yen:
            self._complain("trailer sum", "differs")

    def _complain(self, field: str, code: str) -> None:
        self._faults.append(FileFault(field, code))
        if len(self._faults) >= FAULTS_MAX:
            raise FileFaulty(self._faults)


def chain_file(header: Header, records: Iterable[Record], *, crlf: bool = True) -> Iterator[bytes]:
    """Yield the records of a file, each with its end of line; the trailer counts what was given."""
    end_of_line = CRLF if crlf else b""
    yield _filled(b"1" + header.chain_code.encode() + _digits(header.day)) + end_of_line
    count = sum_yen = 0
    for record in records:
        count += 1
        sum_yen += record.amount_yen
        yield record_bytes(header, record) + end_of_line
    assert count <= RECORDS_MAX
    yield _filled(f"8{count:06d}{sum_yen:012d}".encode()) + end_of_line
    yield _END + end_of_line


def record_bytes(header: Header, record: Record) -> bytes:
    """Return one data record as it stands in the file."""
    raw = b"".join(
        (
            b"2",
            record.kind.encode(),
            _digits(record.business_date),
            record.taken_at.encode(),
            b"1",
            record.barcode.encode(),
            _SPACE * 3,
            record.store.encode().ljust(7),
            _SPACE * 2,
            _digits(header.day),
            _digits(record.transfer_on),
            _SPACE * 8,
            header.chain_code.encode(),
            record.receipt.encode().ljust(12),
            f"{record.line:02d}".encode(),
            record.terminal.encode().ljust(4),
        )
    )
    assert len(raw) == RECORD_BYTES
    return raw


def barcode_with(amount_yen: int, of: str = NO_SLIP) -> str:
    """Return a slip's 44 digits with another amount in them, the check digit made anew."""
    assert 0 <= amount_yen <= RECORDS_MAX
    body = f"{of[:37]}{amount_yen:06d}"
    return body + str(check_digit(body.encode()))


def check_digit(body: bytes) -> int:
    """Return the check digit of 43 digits: modulus 10, weights 3 and 1 from the right."""
    zero = ord("0")
    odd = sum(body[0::2]) - 22 * zero
    even = sum(body[1::2]) - 21 * zero
    return -(3 * odd + even) % 10


def _plain_record(raw: bytes, number: int, plain: re.Pattern[str]) -> Record | None:
    """Return a record that is as it should be, at once; none where it takes a second look."""
    text = raw.decode("latin-1")
    match = plain.fullmatch(text)
    if match is None or check_digit(raw[16:59]) != raw[59] - ord("0"):
        return None
    kind, took_on, hour, barcode, store, pays_on, receipt, line, terminal = match.groups()
    business_date, transfer_on = _date(took_on), _date(pays_on)
    store, receipt, terminal = store.rstrip(), receipt.rstrip(), terminal.rstrip()
    if business_date is None or transfer_on is None or " " in store + receipt + terminal:
        return None
    return Record(
        number, kind, business_date, hour, barcode, store, transfer_on, receipt, int(line), terminal
    )


def _record(raw: bytes, number: int, day: bytes, chain: bytes) -> Record | str:
    """Return a data record, or the name of the first field that is wrong."""
    barcode = raw[16:60]
    business_date = _day(raw[3:11])
    transfer_on = _day(raw[80:88])
    store = _word(raw[63:70], _CODE)
    receipt = _word(raw[102:114], _RECEIPT)
    terminal = _word(raw[116:120], _CODE)
    wrong = _wrong_frame(raw, day, chain) or _wrong_barcode(barcode)
    if wrong:
        return wrong
    if business_date is None or transfer_on is None:
        return "business_date" if business_date is None else "transfer_on"
    if store is None or receipt is None or terminal is None:
        return "store" if store is None else "receipt" if receipt is None else "terminal"
    line = raw[114:116]
    if not line.isdigit() or not 1 <= int(line) <= 10:
        return "line"
    return Record(
        number,
        _KINDS[raw[1:3]],
        business_date,
        raw[11:15].decode("ascii"),
        barcode.decode("ascii"),
        store,
        transfer_on,
        receipt,
        int(line),
        terminal,
    )


def _wrong_frame(raw: bytes, day: bytes, chain: bytes) -> str | None:
    """Judge what is the same in every record, and the hour."""
    if raw[:1] != b"2":
        return "record_kind"
    if raw[1:3] not in _KINDS:
        return "kind"
    if not _is_hour(raw[11:15]):
        return "taken_at"
    if raw[15:16] != b"1":
        return "barcode_kind"
    if raw[72:80] != day:
        return "day"
    if raw[96:102] != chain:
        return "chain"
    if raw[60:63] != b"   " or raw[70:72] != b"  " or raw[88:96] != b"        ":
        return "filler"
    return None


def _wrong_barcode(barcode: bytes) -> str | None:
    if not barcode.isdigit() or check_digit(barcode[:43]) != barcode[43] - ord("0"):
        return "barcode"
    return None


@lru_cache(maxsize=4096)
def _day(digits: bytes) -> date | None:
    if not digits.isdigit():
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _date(digits: str) -> date | None:
    return _day(digits.encode())


@lru_cache(maxsize=2048)
def _is_hour(digits: bytes) -> bool:
    return digits.isdigit() and int(digits[:2]) < 24 and int(digits[2:]) < 60


def _word(padded: bytes, letters: bytes) -> str | None:
    """Return a left-aligned word; an empty one, or one with a hole in it, is none."""
    word = padded.rstrip(_SPACE)
    return None if not word or word.translate(None, letters) else word.decode("ascii")


def _digits(day: date) -> bytes:
    return f"{day:%Y%m%d}".encode()


def _filled(raw: bytes) -> bytes:
    return raw.ljust(RECORD_BYTES)
