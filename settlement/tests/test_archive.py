"""書類の検索: every paper is found by day, amount and counterparty, also in its tenth year."""

import csv
import hashlib
from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

import settlement.year_archive
from billing.services.cards import hand_over_card
from cards.services import MemberAsked
from settlement.archive import Sought, payments_sought, payouts_sought, statements_sought
from settlement.tests.scene import at, cast_of, close, settled, take
from settlement.waterfall import DoesNotSum
from settlement.year_archive import year_zip
from tenants.access import Scope
from tenants.services import StaffAsked
from tests.cast import Cast, register
from tests.people import sign_in


@pytest.fixture
def old(db: None) -> Cast:
    """A winter ten years ago: payments of two years, one a member's; and a neighbour's."""
    cast = cast_of(starts_on=date(2016, 11, 1))
    settled(cast.sakura, "2016-11-03", 12_345, tenant="dormitory")
    close("2016-11-14")
    settled(cast.sakura, "2017-01-04", 10_000, tenant="engineering")
    with at("2017-01-05"):
        member = hand_over_card(cast.scope, MemberAsked("M-77", "山田 花子")).member
        assert member.card is not None
        take(register(cast.sakura, amount_yen=20_000, number=member.card.number))
    settled(cast.aoba, "2017-01-04", 10_000)
    close("2017-01-13")
    return cast


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
    ({"counterparty": "山田花子"}, [20_000]),  # Nobody remembers whether there was a space.
    ({"counterparty": "山田　花子"}, [20_000]),
    ({"counterparty": "M-77"}, [20_000]),
    ({"counterparty": "工学"}, [10_000]),
    ({"counterparty": "ローソン"}, [12_345, 10_000, 20_000]),
    ({"counterparty": "%"}, []),
    ({"counterparty": "ローソン", "least_yen": 20_000}, [20_000]),
    ({"since": date(2017, 1, 1), "upto": date(2017, 1, 31), "most_yen": 10_000}, [10_000]),
    ({"since": date(2017, 1, 5), "counterparty": "工学"}, []),
    ({"since": date(2017, 1, 1), "least_yen": 1, "counterparty": "工学"}, [10_000]),
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

    assert stated() == [12_345, 10_000]
    assert stated(upto=date(2016, 12, 31)) == [12_345]
    assert stated(least_yen=10_000, most_yen=10_000) == [10_000]
    assert stated(least_yen=8_218, most_yen=8_218) == [10_000]  # Its payout.
    assert stated(least_yen=1_782, most_yen=1_782) == [12_345, 10_000]  # All it charges.
    assert stated(counterparty="試験センター") == [12_345, 10_000]
    assert stated(counterparty="t800000") == [12_345, 10_000]
    assert stated(counterparty="あおば") == []
    assert paid(since=date(2017, 1, 1)) == [8_218]
    assert paid(counterparty="あおば") == []
    assert paid(most_yen=10_562) == [8_218]


def test_nobody_finds_anothers(old: Cast):
    neighbour = Scope(owner_id=old.aoba.pk)
    assert [one.amount_yen for one in payments_sought(neighbour, Sought())] == [10_000]
    assert not payments_sought(neighbour, Sought(counterparty="花子")).exists()
    assert not payments_sought(Scope(), Sought()).exists()


def test_the_page_finds_and_the_csv_holds_the_same(old: Cast, accountant: Client):
    asked = "kind=payment&since=2017-01-01&most_yen=10000"
    page = accountant.get(f"/dashboard/records/search/?{asked}").content.decode()
    answer = accountant.get(f"/dashboard/records/search.csv?{asked}")
    rows = list(csv.DictReader(answer.getvalue().decode("utf-8-sig").splitlines()))
    assert "10,000円" in page
    assert "20,000円" not in page
    assert [(row["取引年月日"], row["金額"], row["締日"]) for row in rows] == [
        ("2017-01-04", "10000", "2017-01-05")
    ]
    for kind, figure in (("statement", "1,782円"), ("payout", "8,218円")):
        body = accountant.get(f"/dashboard/records/search/?kind={kind}").content.decode()
        assert figure in body
        lines = accountant.get(f"/dashboard/records/search.csv?kind={kind}").getvalue()
        assert len(lines.decode().splitlines()) == 3


def test_who_finds_nothing_is_told_so(old: Cast, accountant: Client):
    for kind in ("payment", "statement", "payout"):
        asked = f"kind={kind}&least_yen=99999999"
        page = accountant.get(f"/dashboard/records/search/?{asked}").content.decode()
        assert "条件に合う書類はありません。" in page
        assert "search.csv?" in page  # That nothing was found is a paper of its own.


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
    answer = accountant.get("/dashboard/records/years/2017.zip")
    assert answer["Content-Disposition"] == 'attachment; filename="sakura-2017.zip"'
    archive, index = opened(answer.getvalue())
    assert {row["ファイル"] for row in index} | {"index.csv"} == set(archive.namelist())
    for row in index:
        content = archive.read(row["ファイル"])
        assert hashlib.sha256(content).hexdigest() == row["SHA-256"]
    assert [(row["種別"], row["取引年月日"], row["金額"], row["件数"]) for row in index] == [
        ("精算書", "2017-01-13", "8218", "1"),
        ("精算書", "2017-01-13", "8218", "1"),
        ("精算入金", "2017-01-20", "8218", "1"),
        ("収納", "2017-01", "30000", "2"),
    ]
    payments = archive.read("payments/2017-01.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(payments.splitlines()))
    assert [(row["取引先"], row["会員番号"], row["金額"]) for row in rows][1] == (
        "山田 花子",
        "M-77",
        "20000",
    )
    statement = archive.read("statements/20170113-20170105.csv").decode("utf-8-sig")
    assert "収納手数料,1,120,120" in statement
    assert archive.read("statements/20170113-20170105.pdf").startswith(b"%PDF")


def test_a_year_with_a_statement_that_does_not_sum_is_given_to_nobody(old, accountant, monkeypatch):
    def denied(_statement: object) -> None:
        raise DoesNotSum("lines")

    monkeypatch.setattr(settlement.year_archive, "whole_of", denied)
    answer = accountant.get("/dashboard/records/years/2017.zip")
    assert answer.status_code == 500
    assert "一致しない" in answer.content.decode()


def test_the_tenth_year_is_given_like_the_first(old: Cast, accountant: Client):
    page = accountant.get("/dashboard/records/search/").content.decode()
    assert "/dashboard/records/years/2016.zip" in page
    _, index = opened(accountant.get("/dashboard/records/years/2016.zip").getvalue())
    assert [(row["種別"], row["金額"]) for row in index] == [
        ("精算書", "10563"),
        ("精算書", "10563"),
        ("精算入金", "10563"),
        ("収納", "12345"),
    ]


def test_a_year_without_anything_and_a_year_to_come(old: Cast, accountant: Client):
    archive, index = opened(accountant.get("/dashboard/records/years/2018.zip").getvalue())
    assert (archive.namelist(), index) == (["index.csv"], [])
    with at("12-31"):
        assert accountant.get("/dashboard/records/years/2027.zip").status_code == 404
    assert accountant.get("/dashboard/records/years/1999.zip").status_code == 404


def test_a_year_comes_in_pieces_and_twice_in_the_same_bytes(old: Cast):
    pieces = list(year_zip(old.scope, 2017))
    assert len([piece for piece in pieces if piece]) >= 4
    assert b"".join(pieces) == b"".join(year_zip(old.scope, 2017))
