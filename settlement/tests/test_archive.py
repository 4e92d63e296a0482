"""書類の検索: every paper is found by day, amount and counterparty, also in its tenth year."""

import csv
import hashlib
from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from billing.services.cards import hand_over_card
from cards.services import MemberAsked
from settlement.archive import Sought, payments_sought, payouts_sought, statements_sought
from settlement.models import Statement, StatementLine
from settlement.tests.payout_cast import make_payout
from settlement.tests.scene import at, cast_of, close, settled, take
from settlement.year_archive import year_zip
from tenants.access import Scope
from tenants.services import StaffAsked
from tests.cast import Cast, register
from tests.people import sign_in

TEN_YEARS_AGO = "2016-11-03"


@pytest.fixture
def old(db: None) -> Cast:
    """An owner of ten years: a payment then, three of today, one of its neighbour."""
    cast = cast_of(starts_on=date(2016, 11, 1))
    settled(cast.sakura, TEN_YEARS_AGO, 12_345, tenant="dormitory")
    close("2016-11-14")
    settled(cast.sakura, "11-03", 10_000, tenant="engineering")
    with at("11-04"):
        member = hand_over_card(cast.scope, MemberAsked("M-77", "山田 花子")).member
        assert member.card is not None
        take(register(cast.sakura, amount_yen=20_000, number=member.card.number))
    settled(cast.aoba, "11-03", 10_000)
    with at("11-13"):
        write_lines(make_payout(cast.sakura).statement)  # Ten years of closings would take long.
    return cast


def write_lines(statement: Statement) -> None:
    """Write the worked example's lines, to which the statement's figures sum."""
    StatementLine.objects.bulk_create(
        StatementLine(
            statement=statement,
            owner=statement.owner,
            place=place,
            kind=kind,
            count=count,
            unit_yen=unit_yen,
            amount_yen=count * unit_yen,
        )
        for place, (kind, count, unit_yen) in enumerate(
            (("payment", 3, 120), ("transfer", 1, 1_500), ("fax", 1, 10)), start=1
        )
    )


def found(cast: Cast, **words: Any) -> list[int | None]:
    return [one.amount_yen for one in payments_sought(cast.scope, Sought(**words))]


@pytest.fixture
def accountant(old: Cast) -> Client:
    return sign_in(StaffAsked("a@example.com", "経理", "accountant", old.sakura))


ASKED: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [12_345, 10_000, 20_000]),
    ({"since": date(2016, 11, 3), "upto": date(2016, 11, 3)}, [12_345]),
    ({"upto": date(2016, 11, 2)}, []),
    ({"since": date(2016, 11, 4)}, [10_000, 20_000]),
    ({"least_yen": 12_345}, [12_345, 20_000]),
    ({"most_yen": 12_345}, [12_345, 10_000]),
    ({"least_yen": 10_001, "most_yen": 19_999}, [12_345]),
    ({"counterparty": "花子"}, [20_000]),
    ({"counterparty": "M-77"}, [20_000]),
    ({"counterparty": "工学"}, [10_000]),
    ({"counterparty": "ローソン"}, [12_345, 10_000, 20_000]),
    ({"counterparty": "%"}, []),
    ({"counterparty": "ローソン", "least_yen": 20_000}, [20_000]),
    ({"since": date(2026, 11, 1), "upto": date(2026, 11, 30), "most_yen": 10_000}, [10_000]),
    ({"since": date(2026, 11, 4), "counterparty": "工学"}, []),
    ({"since": date(2026, 11, 1), "least_yen": 1, "counterparty": "工学"}, [10_000]),
]


def test_ranges_and_words_hold_alone_and_together(old: Cast):
    assert [found(old, **words) for words, _ in ASKED] == [amounts for _, amounts in ASKED]


def test_a_card_is_found_by_its_number_in_groups(old: Cast):
    number = old.sakura.payments.get(amount_yen=20_000).number
    assert found(old, counterparty=f"{number[:4]} {number[4:8]} {number[8:]}") == [20_000]


def test_statements_and_payouts_are_found_by_what_they_say(old: Cast):
    def stated(**words: Any) -> list[int]:
        return [one.gross_yen for one in statements_sought(old.scope, Sought(**words))]

    def paid(**words: Any) -> list[int]:
        return [one.amount_yen for one in payouts_sought(old.scope, Sought(**words))]

    assert stated() == [12_345, 119_999]
    assert stated(upto=date(2016, 12, 31)) == [12_345]
    assert stated(least_yen=119_999) == [119_999]
    assert stated(least_yen=1_870 + 187 + 200, most_yen=2_257) == [119_999]  # All it charges.
    assert stated(counterparty="試験センター") == [12_345, 119_999]
    assert stated(counterparty="t800000") == [12_345, 119_999]
    assert stated(counterparty="あおば") == []
    assert paid(since=date(2026, 1, 1)) == [117_742]
    assert paid(counterparty="あおば") == []
    assert paid(most_yen=117_741) == [12_345 - 1_782]


def test_nobody_finds_anothers(old: Cast):
    neighbour = Scope(owner_id=old.aoba.pk)
    assert [one.amount_yen for one in payments_sought(neighbour, Sought())] == [10_000]
    assert not payments_sought(neighbour, Sought(counterparty="花子")).exists()
    assert not payments_sought(Scope(), Sought()).exists()


def test_the_page_finds_and_the_csv_holds_the_same(old: Cast, accountant: Client):
    asked = "kind=payment&since=2026-11-01&most_yen=10000"
    page = accountant.get(f"/dashboard/records/search/?{asked}").content.decode()
    answer = accountant.get(f"/dashboard/records/search.csv?{asked}")
    rows = list(csv.DictReader(answer.getvalue().decode("utf-8-sig").splitlines()))
    assert "10,000円" in page
    assert "20,000円" not in page
    assert [(row["取引年月日"], row["金額"], row["締日"]) for row in rows] == [
        ("2026-11-03", "10000", "2026-11-05")
    ]
    for kind, figure in (("statement", "2,257円"), ("payout", "117,742円")):
        body = accountant.get(f"/dashboard/records/search/?kind={kind}").content.decode()
        assert figure in body
        lines = accountant.get(f"/dashboard/records/search.csv?kind={kind}").getvalue()
        assert len(lines.decode().splitlines()) == 3


def test_a_range_that_ends_before_it_begins_is_told(old: Cast, accountant: Client):
    asked = "kind=payment&since=2026-11-02&upto=2026-11-01&least_yen=2&most_yen=1"
    page = accountant.get(f"/dashboard/records/search/?{asked}").content.decode()
    assert page.count("範囲の終わりが始まりより前です。") == 2
    assert accountant.get(f"/dashboard/records/search.csv?{asked}").status_code == 422
    assert accountant.get("/dashboard/records/search/?kind=else").status_code == 200


def opened(content: bytes) -> tuple[ZipFile, list[dict[str, str]]]:
    archive = ZipFile(BytesIO(content))
    assert archive.testzip() is None
    text = archive.read("index.csv").decode("utf-8-sig")
    return archive, list(csv.DictReader(text.splitlines()))


def test_a_year_is_one_zip_whose_index_finds_and_proves_every_file(old: Cast, accountant: Client):
    answer = accountant.get("/dashboard/records/years/2026.zip")
    assert answer["Content-Disposition"] == 'attachment; filename="sakura-2026.zip"'
    archive, index = opened(answer.getvalue())
    assert {row["ファイル"] for row in index} | {"index.csv"} == set(archive.namelist())
    for row in index:
        content = archive.read(row["ファイル"])
        assert hashlib.sha256(content).hexdigest() == row["SHA-256"]
    assert [(row["種別"], row["取引年月日"], row["金額"], row["件数"]) for row in index] == [
        ("精算書", "2026-11-13", "117742", "3"),
        ("精算入金", "2026-11-20", "117742", "1"),
        ("収納", "2026-11", "30000", "2"),
    ]
    payments = archive.read("payments/2026-11.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(payments.splitlines()))
    assert [(row["取引先"], row["会員番号"], row["金額"]) for row in rows][1] == (
        "山田 花子",
        "M-77",
        "20000",
    )
    statement = archive.read("statements/20261113-20261105.csv").decode("utf-8-sig")
    assert "収納手数料,3,120,360" in statement


def test_the_tenth_year_is_given_like_the_first(old: Cast, accountant: Client):
    page = accountant.get("/dashboard/records/search/").content.decode()
    assert "/dashboard/records/years/2016.zip" in page
    _, index = opened(accountant.get("/dashboard/records/years/2016.zip").getvalue())
    assert [(row["種別"], row["金額"]) for row in index] == [
        ("精算書", "10563"),
        ("精算入金", "10563"),
        ("収納", "12345"),
    ]


def test_a_year_without_anything_and_a_year_to_come(old: Cast, accountant: Client):
    archive, index = opened(accountant.get("/dashboard/records/years/2017.zip").getvalue())
    assert (archive.namelist(), index) == (["index.csv"], [])
    with at("12-31"):
        assert accountant.get("/dashboard/records/years/2027.zip").status_code == 404
    assert accountant.get("/dashboard/records/years/1999.zip").status_code == 404


def test_a_year_comes_in_pieces_and_twice_in_the_same_bytes(old: Cast):
    pieces = list(year_zip(old.scope, 2026))
    assert len([piece for piece in pieces if piece]) >= 4
    assert b"".join(pieces) == b"".join(year_zip(old.scope, 2026))
