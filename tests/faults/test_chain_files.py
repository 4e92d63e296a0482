"""A chain's file that says something else than its tills did: one case each, and no yen moved."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.http import HttpResponse

from billing.models import Case, Confirmation, Payment
from settlement.books import trial_balance
from settlement.tests.scene import at, cast_of, close
from tests.cast import Caller, Cast, code_of, payment_body, register, till, told
from tests.outside.chain_file import Row, chain_file

pytestmark = pytest.mark.fault("A27")
DAY = date(2026, 11, 4)
Rows = dict[str, Row]
Change = Callable[[Rows], list[Row]]


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


@pytest.fixture
def rows(five: Cast) -> Rows:
    """Pay five invoices at lawson, undo one more, bury a seventh; return the day's true records."""
    found: Rows = {}
    with at("11-03"):
        for place in range(5):
            body = payment_body(register(five.sakura, amount_yen=1_000 + place))
            till(five.lawson).post("payments", body)
            found[f"paid {place}"] = Row.of("02", body)
        for name in ("undone", "buried"):
            body = payment_body(register(five.sakura))
            if name == "undone":
                till(five.lawson).post("payments", body)
            kept = ("store", "terminal", "business_date", "receipt")
            undo = {word: body[word] for word in kept} | {"reason": "客都合"}
            assert till(five.lawson).post("reversals", undo).status_code == 201
            found[name] = Row.of("03", body)
    return found


def send(cast: Cast, raw: bytes, name: str = "LW20261104.txt") -> HttpResponse:
    caller = Caller("/api/till/v1/", cast.lawson)
    with at("11-04"):
        return caller.client.post(  # type: ignore[return-value]
            f"{caller.base}confirmations", raw, content_type="application/octet-stream",
            headers={"File-Name": name},
        )  # fmt: skip


def counts(answer: HttpResponse) -> tuple[int, int, int]:
    body = told(answer)
    return body["confirmed"], body["reversed"], body["cases"]


def true(rows: Rows) -> list[Row]:
    return [row for name, row in rows.items() if name != "buried"]


def without(*names: str) -> Change:
    return lambda rows: [row for row in true(rows) if row not in [rows[name] for name in names]]


def instead(name: str, **words: Any) -> Change:
    return lambda rows: [row.but(**words) if row == rows[name] else row for row in true(rows)]


def also(name: str, **words: Any) -> Change:
    return lambda rows: [*true(rows), rows[name].but(**words)]


# The change, what the file comes to (confirmed, reversed, cases), which payments stay reported.
CORPUS: dict[str, tuple[Change, tuple[int, int, int], set[str]]] = {
    "true": (true, (5, 1, 0), set()),
    "a row missing": (without("paid 0"), (4, 1, 0), {"paid 0"}),
    "nothing in it": (lambda rows: [], (0, 0, 0), {f"paid {place}" for place in range(5)}),
    "a row of nobody": (also("paid 0", receipt="NOBODY"), (5, 1, 1), set()),
    "a row of another line": (instead("paid 0", line=2), (4, 1, 1), {"paid 0"}),
    "a row of another day": (
        instead("paid 0", business_date="2026-11-02"),
        (4, 1, 1),
        {"paid 0"},
    ),
    "a yen more": (instead("paid 0", amount_yen=1_001), (4, 1, 1), {"paid 0"}),
    "a yen less": (instead("paid 0", amount_yen=999), (4, 1, 1), {"paid 0"}),
    "a row twice": (also("paid 0"), (5, 1, 1), set()),
    "confirmed and undone": (instead("undone", kind="02"), (5, 0, 1), set()),
    "confirmed and buried": (also("buried", kind="02"), (5, 1, 1), set()),
    "undone and never told so": (instead("paid 0", kind="03"), (4, 1, 1), {"paid 0"}),
    "undone and of nobody": (also("undone", receipt="NOBODY"), (5, 1, 1), set()),
    "reported": (also("paid 0", kind="01"), (5, 1, 0), set()),
    "reported and of nobody": (also("paid 0", kind="01", receipt="NOBODY"), (5, 1, 1), set()),
}


@pytest.mark.parametrize("name", CORPUS)
def test_each_difference_is_one_case_and_what_is_not_confirmed_is_not_stated(
    five: Cast, rows: Rows, name: str
):
    change, expected, reported = CORPUS[name]
    changed = change(rows)
    answer = send(five, chain_file("lawson", DAY, changed))
    assert (answer.status_code, counts(answer)) == (201, expected)
    assert told(answer)["records"] == len(changed)
    assert Case.objects.count() == expected[2]
    details = told(till(five.lawson).get(f"confirmations/{told(answer)['file']}"))
    assert len(details["differences"]) == expected[2]
    standing = Payment.objects.filter(status=Payment.Status.REPORTED)
    receipts = {rows[one].receipt for one in reported}
    assert set(standing.values_list("receipt", flat=True)) == receipts
    confirmed = 5 - len(reported)
    assert Confirmation.objects.count() == confirmed
    assert sum(trial_balance().values()) == 0
    assert [row.payments_count for row in close("11-13")] == [confirmed] * bool(confirmed)


def test_records_may_come_without_their_line_ends(five: Cast, rows: Rows):
    answer = send(five, chain_file("lawson", DAY, true(rows), ends=""))
    assert (answer.status_code, counts(answer)) == (201, (5, 1, 0))


def test_a_payment_confirmed_before_that_a_later_file_undoes_stays_confirmed(
    five: Cast, rows: Rows
):
    assert send(five, chain_file("lawson", DAY, true(rows))).status_code == 201
    late = send(five, chain_file("lawson", DAY, [rows["paid 0"].but(kind="03")]), "SECOND")
    assert (late.status_code, counts(late)) == (201, (0, 0, 1))
    assert Payment.objects.filter(status=Payment.Status.CONFIRMED).count() == 5


def test_the_whole_file_twice_is_answered_as_at_first_and_does_nothing(five: Cast, rows: Rows):
    raw = chain_file("lawson", DAY, [*true(rows), rows["paid 0"].but(receipt="NOBODY")])
    first = send(five, raw)
    for name in ("LW20261104.txt", "UNDER-ANOTHER-NAME"):
        again = send(five, raw, name)
        assert (again.status_code, again.content) == (200, first.content)
    other = send(five, chain_file("lawson", DAY, true(rows)[:2]))
    assert code_of(other) == (409, "file_name_reused")
    assert (Case.objects.count(), Confirmation.objects.count()) == (1, 5)


def _cut(raw: bytes, begin: int, end: int) -> bytes:
    return raw[: begin * 122] + raw[end * 122 :]


@pytest.mark.parametrize(
    ("_name", "spoil"),
    [
        ("empty", lambda raw: b""),
        ("a byte short", lambda raw: raw[:-3]),
        ("a byte long", lambda raw: raw + b" "),
        ("cut in a record", lambda raw: raw[:300]),
        ("no header", lambda raw: _cut(raw, 0, 1)),
        ("no trailer", lambda raw: _cut(raw, 7, 8)),
        ("no end", lambda raw: _cut(raw, 8, 9)),
        ("a record out", lambda raw: _cut(raw, 2, 3)),
        ("another chain's", lambda raw: raw.replace(b"00C002", b"00C005", 1)),
        ("no day", lambda raw: raw.replace(b"20261104", b"20261301", 1)),
        ("another sum", lambda raw: raw[: 7 * 122 + 18] + b"1" + raw[7 * 122 + 19 :]),
        ("another count", lambda raw: raw.replace(b"8000006", b"8000007", 1)),
        ("a packed one", lambda raw: b"\x1f\x8b" + raw),
    ],
)
def test_a_file_that_is_none_books_nothing(
    five: Cast, rows: Rows, _name: str, spoil: Callable[[bytes], bytes]
):
    raw = chain_file("lawson", DAY, true(rows))
    assert (len(raw), raw[7 * 122 : 7 * 122 + 7]) == (9 * 122, b"8000006")
    assert code_of(send(five, spoil(raw))) == (422, "malformed")
    assert not Confirmation.objects.exists()
    assert not Case.objects.exists()
    assert send(five, raw).status_code == 201
