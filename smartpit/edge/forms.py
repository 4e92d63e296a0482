"""Reading the words of a request strictly: a wrong type is refused, never guessed.

A form is a dictionary of fields; ``read`` returns the words by name or raises ``Malformed`` with
every fault it found. JSON is read with its traps shut: NaN and a number with a point are of the
wrong type for every field, no name stands twice, no field comes that nobody asked for.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from typing import Any

from smartpit.kernel.errors import DomainError, Malformed

BODY_BYTES_MAX = 1_048_576
_DIGITS_MAX = 100  # More are no number of ours, and Python turns only so many into one.
_MISSING = object()
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")  # PostgreSQL keeps no half of a pair and no NUL.


class TooLarge(DomainError):
    code = "too_large"
    title = "リクエストが大きすぎます"
    status = 413


class Fault(Exception):
    """One field's word is wrong; ``code`` says how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Field:
    """What a field may hold; ``default`` makes it optional, ``nullable`` lets null through.

    ``says`` is told of it in the API's document.
    """

    default: Any = _MISSING
    nullable: bool = False
    _: KW_ONLY
    says: str = ""

    def read(self, word: Any) -> Any:
        if word is None and self.nullable:
            return None
        return self.parse(word)

    def parse(self, word: Any) -> Any:
        raise NotImplementedError


def is_required(field: Field) -> bool:
    return field.default is _MISSING


@dataclass(frozen=True)
class Text(Field):
    """A string; ``pattern`` must match all of it."""

    pattern: str | None = None
    length_max: int = 200

    def parse(self, word: Any) -> str:
        if not isinstance(word, str):
            raise Fault("type")
        if len(word) > self.length_max:
            raise Fault("too_long")
        if self.pattern is not None and re.fullmatch(self.pattern, word) is None:
            raise Fault("form")
        if _UNSTORABLE.search(word) is not None:
            raise Fault("characters")
        return word


@dataclass(frozen=True)
class Whole(Field):
    """A whole number between two others; a boolean is no number."""

    low: int = 0
    high: int = 2**31 - 1

    def parse(self, word: Any) -> int:
        if not isinstance(word, int) or isinstance(word, bool):
            raise Fault("type")
        if not self.low <= word <= self.high:
            raise Fault("range")
        return word


@dataclass(frozen=True)
class Flag(Field):
    def parse(self, word: Any) -> bool:
        if not isinstance(word, bool):
            raise Fault("type")
        return word


@dataclass(frozen=True)
class Choice(Field):
    among: tuple[str, ...] = ()

    def parse(self, word: Any) -> str:
        if not isinstance(word, str) or word not in self.among:
            raise Fault("choice")
        return word


@dataclass(frozen=True)
class Day(Field):
    """A day as ISO 8601 writes it: 2026-11-24."""

    def parse(self, word: Any) -> date:
        if not isinstance(word, str) or _DAY.fullmatch(word) is None:
            raise Fault("form")
        try:
            return date.fromisoformat(word)
        except ValueError:
            raise Fault("no_such_day") from None


@dataclass(frozen=True)
class Instant(Field):
    """An instant as ISO 8601 writes it, with its offset."""

    def parse(self, word: Any) -> datetime:
        if not isinstance(word, str) or _INSTANT.fullmatch(word) is None:
            raise Fault("form")
        try:
            # In UTC, for a database takes no offset of 16 hours and more; years 1 and 9999 leave
            # no room for one.
            at = datetime.fromisoformat(word).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Fault("no_such_instant") from None
        if at.year < 2000 or at.year > 2200:
            raise Fault("range")
        return at


@dataclass(frozen=True)
class DayOrInstant(Field):
    """A day, or an instant where there is a ``T``; a day whose ends are no instants is none."""

    def parse(self, word: Any) -> date | datetime:
        if isinstance(word, str) and "T" in word:
            return Instant().parse(word)
        day = Day().parse(word)
        if not MINYEAR < day.year < MAXYEAR:
            raise Fault("range")
        return day


@dataclass(frozen=True)
class Listed(Field):
    """A list of words of one kind."""

    of: Field = Field()
    count_min: int = 0
    count_max: int = 1000

    def parse(self, word: Any) -> list[Any]:
        if not isinstance(word, list):
            raise Fault("type")
        if not self.count_min <= len(word) <= self.count_max:
            raise Fault("count")
        return [self.of.read(item) for item in word]


@dataclass(frozen=True)
class Nested(Field):
    """An object with fields of its own."""

    fields: Mapping[str, Field] | None = None

    def parse(self, word: Any) -> dict[str, Any]:
        if not isinstance(word, dict):
            raise Fault("type")
        assert self.fields is not None
        try:
            return read(self.fields, word)
        except Malformed as refused:
            first = refused.extra["errors"][0]
            raise Fault(f"{first['field']}:{first['code']}") from None


def read(fields: Mapping[str, Field], words: Mapping[str, Any]) -> dict[str, Any]:
    """Return every field's value, defaults filled in, or raise with all faults."""
    errors = [_fault(name, "unknown") for name in words if name not in fields]
    values: dict[str, Any] = {}
    for name, field in fields.items():
        word = words.get(name, field.default)
        if word is _MISSING:
            errors.append(_fault(name, "required"))
            continue
        if name not in words:
            values[name] = word
            continue
        try:
            values[name] = field.read(word)
        except Fault as fault:
            errors.append(_fault(name, fault.code))
    if errors:
        raise Malformed(errors)
    return values


def read_query(
    fields: Mapping[str, Field], sent: Iterable[tuple[str, Sequence[str]]]
) -> dict[str, Any]:
    """Return the words of a query string, whole numbers as numbers; each may be said once only."""
    words: dict[str, Any] = {}
    errors: list[dict[str, str]] = []
    for name, said in sent:
        if name in fields and len(said) > 1:
            errors.append(_fault(name, "twice"))
        is_whole = isinstance(fields.get(name), Whole)
        words[name] = _number(said[-1]) if is_whole else said[-1]
    try:
        values = read(fields, words)
    except Malformed as refused:
        raise Malformed([*errors, *refused.extra["errors"]]) from None
    if errors:
        raise Malformed(errors)
    return values


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object a body holds, or raise ``Malformed``."""
    try:
        words = json.loads(body.decode("utf-8"), object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        raise Malformed([_fault("", "json")]) from None
    if not isinstance(words, dict):
        raise Malformed([_fault("", "not_an_object")])
    return words


def _number(text: str) -> int | str:
    is_one = text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX
    return int(text) if is_one else text


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    words = dict(pairs)
    if len(words) != len(pairs):
        raise ValueError("a name stands twice")
    return words


def _fault(field: str, code: str) -> dict[str, str]:
    shown = field.encode(errors="backslashreplace").decode()[:100]
    return {"field": shown, "code": code}
