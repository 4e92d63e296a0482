"""An owner's year: each closing date with its statement day and its pay day, and as iCalendar.

Source of the text form: RFC 5545 (lines of 75 octets at most, CRLF, whole days, stable UIDs).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from settlement.calendar import Span, owner_closing_dates, pay_day, statement_day

YEARS: Final = range(2020, 2099)  # What the library of holidays knows, less the last pay days.
_LONGEST: Final = timedelta(days=40)  # From a closing date to its pay day it is less, by far.
_OCTETS_A_LINE: Final = 75


@dataclass(frozen=True)
class Round:
    """One period's three days."""

    closes_on: date
    stated_on: date
    pays_on: date

    @property
    def days(self) -> tuple[date, date, date]:
        return (self.closes_on, self.stated_on, self.pays_on)


@dataclass(frozen=True)
class Feed:
    """Whose calendar it is and when it was told; ``domain`` ends every UID."""

    owner_code: str
    name: str
    domain: str
    told_at: datetime


def rounds_of(spans: Sequence[Span], year: int) -> list[Round]:
    """Return the rounds that have a day in ``year``, by closing date, while the contract lasts."""
    assert year in YEARS
    if not spans:
        return []
    ends_on = spans[-1].ends_on if spans[-1].ends_contract else None
    first = date(year, 1, 1) - _LONGEST
    upto = min(date(year, 12, 31), ends_on or date.max)
    rounds = [
        _round(closes_on) for closes_on in owner_closing_dates(spans, upto) if closes_on >= first
    ]
    return [one for one in rounds if any(day.year == year for day in one.days)]


def ics(rounds: Sequence[Round], feed: Feed) -> str:
    """Return the rounds as a calendar that a calendar program subscribes to or imports."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Smart Pit centre//Settlement calendar//JA",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(feed.name)}",
        "X-WR-TIMEZONE:Asia/Tokyo",
    ]
    for one in rounds:
        lines += _events(one, feed)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _round(closes_on: date) -> Round:
    stated_on = statement_day(closes_on)
    return Round(closes_on, stated_on, pay_day(stated_on))


def _events(one: Round, feed: Feed) -> Iterator[str]:
    closing = f"{one.closes_on.month}月{one.closes_on.day}日締め"
    for kind, day, word in (
        ("closes", one.closes_on, f"締日（{closing}）"),
        ("stated", one.stated_on, f"振込金額確定のお知らせ（{closing}）"),
        ("pays", one.pays_on, f"入金日（{closing}）"),
    ):
        yield "BEGIN:VEVENT"
        yield f"UID:{feed.owner_code}-{one.closes_on:%Y%m%d}-{kind}@{feed.domain}"
        yield f"DTSTAMP:{feed.told_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"
        yield f"SUMMARY:{_text(word)}"
        yield f"DESCRIPTION:{_text(_described(one))}"
        yield "TRANSP:TRANSPARENT"
        yield "END:VEVENT"


def _described(one: Round) -> str:
    return (
        f"締日 {one.closes_on:%Y/%m/%d}\n精算書作成日 {one.stated_on:%Y/%m/%d}\n"
        f"入金日 {one.pays_on:%Y/%m/%d}"
    )


def _text(words: str) -> str:
    """Return words as a value of type TEXT."""
    for letter in "\\;,":
        words = words.replace(letter, f"\\{letter}")
    return words.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Yield the line in parts of 75 octets at most; the later ones begin with a blank."""
    part, octets = "", 0
    for letter in line:
        width = len(letter.encode())
        if octets + width > _OCTETS_A_LINE:
            yield part
            part, octets = " ", 1
        part += letter
        octets += width
    yield part
