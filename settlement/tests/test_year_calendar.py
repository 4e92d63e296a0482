"""An owner's year of closings, notices and pay days; as page, as paper, in a calendar program."""

import re
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from settlement.calendar import Span, is_bank_day
from settlement.tests.test_papers import text_of
from settlement.tests.test_statement_rows import accountant_of
from settlement.year_calendar import Feed, Round, ics, rounds_of
from smartpit.kernel import clock
from tenants.models import Centre
from tenants.services import StaffAsked
from tests.cast import Cast, jst, make_cast
from tests.people import sign_in

FEED = Feed("sakura", "精算カレンダー; 学園, 1", "example.com", datetime(2026, 1, 1, tzinfo=UTC))
FIVE_DAYS = [Span(date(2025, 1, 1), None, "5-day")]


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_the_contracts_example_stands_in_its_year() -> None:
    rounds = rounds_of(FIVE_DAYS, 2026)
    assert Round(date(2026, 11, 5), date(2026, 11, 13), date(2026, 11, 20)) in rounds


@pytest.mark.parametrize(
    ("cycle", "a_year"), [("5-day", 72), ("10-day", 36), ("half-month", 24), ("month-end", 12)]
)
def test_a_year_holds_every_closing_of_its_cycle(cycle: str, a_year: int) -> None:
    for year in range(2024, 2037):
        rounds = rounds_of([Span(date(2020, 1, 1), None, cycle)], year)  # type: ignore[arg-type]
        assert sum(one.closes_on.year == year for one in rounds) == a_year
        assert all(one.closes_on < one.stated_on < one.pays_on for one in rounds)
        assert all(is_bank_day(day) for one in rounds for day in (one.stated_on, one.pays_on))


def test_what_closed_last_year_and_pays_this_year_is_there() -> None:
    first = rounds_of(FIVE_DAYS, 2026)[0]
    assert first.closes_on == date(2025, 12, 20)
    assert first.pays_on == date(2026, 1, 8)
    assert Round(date(2026, 12, 31), date(2027, 1, 8), date(2027, 1, 18)) in rounds_of(
        FIVE_DAYS, 2026
    )


def test_a_change_of_cycle_and_the_contracts_end_are_in_the_list() -> None:
    spans = [
        Span(date(2026, 1, 1), date(2026, 6, 30), "month-end"),
        Span(date(2026, 7, 1), date(2026, 8, 20), "half-month", ends_contract=True),
    ]
    closings = [one.closes_on for one in rounds_of(spans, 2026)]
    assert closings[-5:] == [
        date(2026, 6, 30),
        date(2026, 7, 15),
        date(2026, 7, 31),
        date(2026, 8, 15),
        date(2026, 8, 20),
    ]
    assert rounds_of(spans, 2028) == []
    assert rounds_of([], 2026) == []


def test_the_feed_is_of_the_form_of_rfc_5545() -> None:
    rounds = rounds_of(FIVE_DAYS, 2026)
    text = ics(rounds, FEED)
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = unfolded(text)
    assert "X-WR-CALNAME:精算カレンダー\\; 学園\\, 1" in lines
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 3 * len(rounds)
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(set(uids)) == len(uids) == 3 * len(rounds)


def test_an_event_is_a_whole_day_with_a_name_that_stays() -> None:
    one = Round(date(2026, 11, 5), date(2026, 11, 13), date(2026, 11, 20))
    lines = unfolded(ics([one], FEED))
    first = lines.index("UID:sakura-20261105-pays@example.com")
    assert lines[first - 1 : first + 8] == [
        "BEGIN:VEVENT",
        "UID:sakura-20261105-pays@example.com",
        "DTSTAMP:20260101T000000Z",
        "DTSTART;VALUE=DATE:20261120",
        "DTEND;VALUE=DATE:20261121",
        "SUMMARY:入金日（11月5日締め）",
        "DESCRIPTION:締日 2026/11/05\\n精算書作成日 2026/11/13\\n入金日 2026/11/20",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]
    later = Feed(FEED.owner_code, FEED.name, FEED.domain, datetime(2026, 5, 1, tzinfo=UTC))
    again = unfolded(ics([one], later))
    assert [line for line in again if "UID" in line] == [line for line in lines if "UID" in line]


def test_no_letter_is_cut_where_a_line_is_folded() -> None:
    text = ics([], Feed("a", "精" * 60, "example.com", FEED.told_at))
    assert f"X-WR-CALNAME:{'精' * 60}" in unfolded(text)


@pytest.fixture
def client(db: None) -> Client:
    return accountant_of(make_cast(starts_on=date(2026, 1, 1), cycle="5-day"))


def test_the_page_the_paper_and_the_feed_tell_the_same_days(client: Client) -> None:
    with clock.frozen(jst("2026-11-06 12:00")):
        body = client.get("/dashboard/statements/calendar/").content.decode()
        paper = client.get("/dashboard/statements/calendar.pdf")
        Centre.objects.update(is_demo=True)
        assert "デモ・見本" in text_of(client.get("/dashboard/statements/calendar.pdf").content)
        feed = client.get("/dashboard/statements/calendar.ics")
    for day in ("2026/11/05(木)", "2026/11/13(金)", "2026/11/20(金)"):
        assert day in body
    assert body.count("次の入金日") == 1
    text = text_of(paper.content)
    assert "2026年11月5日（木）2026年11月13日（金）2026年11月20日（金）" in text
    assert "学校法人さくら学園御中" in text
    assert "見本" not in text
    assert feed["Content-Type"] == "text/calendar; charset=utf-8"
    told = re.findall(r"DTSTART;VALUE=DATE:(\d{8})", feed.content.decode())
    assert {"20261105", "20261113", "20261120"} <= set(told)


def test_only_the_day_that_comes_next_is_called_the_next(client: Client) -> None:
    """A later year's first pay day is not the next one; one that two years show is, in both."""

    def marked(at: str, year: int) -> list[str]:
        with clock.frozen(jst(at)):
            body = client.get(f"/dashboard/statements/calendar/?year={year}").content.decode()
        rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
        return [re.findall(r"\d{4}/\d\d/\d\d", row)[2] for row in rows if "次の入金日" in row]

    assert marked("2026-11-06 12:00", 2026) == ["2026/11/10"]
    assert marked("2026-11-06 12:00", 2027) == []
    assert marked("2026-12-31 12:00", 2026) == marked("2026-12-31 12:00", 2027) != []


@pytest.mark.parametrize("year", ["1999", "2099", "20266", "abcd", "２０２６"])
def test_a_year_that_is_none_is_not_there(client: Client, year: str) -> None:
    for page in ("calendar/", "calendar.pdf", "calendar.ics"):
        assert client.get(f"/dashboard/statements/{page}?year={year}").status_code == 404


def test_each_owner_sees_its_own_contracts_days(cast: Cast) -> None:
    aoba = sign_in(StaffAsked("a@aoba.example", "青", "accountant", cast.aoba))
    body = aoba.get("/dashboard/statements/calendar.ics?year=2026").content.decode()
    assert "UID:aoba-" in body
    assert "sakura" not in body
