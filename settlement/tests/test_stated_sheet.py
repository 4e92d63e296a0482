"""All payments of a statement as CSV and XLSX: every row, its sum, and nobody's formula."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from openpyxl import load_workbook

from billing.models import Payment
from settlement.models import Statement
from settlement.period_rows import period_of
from settlement.services.closing import close_period
from settlement.services.refunds import refund_payment
from settlement.stated_sheet import HEADS, WORDS, rows_of
from settlement.tests.papers_cast import CLOSES_ON, take, worked_example
from settlement.tests.scene import centre_staff
from settlement.tests.test_statement_rows import accountant_of, tamper
from smartpit.edge import workbooks
from smartpit.kernel import clock
from tenants.services import StaffAsked
from tests.cast import Cast, jst, make_cast
from tests.people import sign_in
from tests.tamperings import change

FORMULA = '=HYPERLINK("http://evil.example","寮費")'


def csv_of(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert isinstance(answer, StreamingHttpResponse)
    content = answer.getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def xlsx_of(client: Client, address: str) -> list[list[Any]]:
    answer = client.get(address)
    assert isinstance(answer, StreamingHttpResponse)
    book = load_workbook(io.BytesIO(answer.getvalue()))
    return [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]


def with_refund(cast: Cast) -> Statement:
    """State the worked example with one payment more, which is refunded in the same period."""
    with clock.frozen(jst("2026-10-21 12:00")):
        payment = take(cast, FORMULA, 60_000, None)
        people = centre_staff("a"), centre_staff("b")
        refund_payment(payment.pk, asked_by=people[0], approved_by=people[1])
    return worked_example(cast)


def test_the_amounts_of_the_csv_sum_to_the_gross_and_its_stamps_to_the_stamps(cast: Cast) -> None:
    statement = with_refund(cast)
    rows = csv_of(accountant_of(cast), f"/dashboard/statements/{statement.pk}/payments.csv")
    assert [row["区分"] for row in rows] == ["収納"] * 4 + ["訂正"]
    assert sum(int(row["金額"]) for row in rows) == statement.gross_yen == 119_999
    assert sum(int(row["収入印紙相当額"]) for row in rows) == statement.stamp_yen == 200
    small = next(row for row in rows if row["金額"] == "10000")
    assert small["うち消費税"] == "909"
    assert small["収納日時"] == "2026-10-20 12:00:00"
    assert small["営業日"] == "2026-10-20"
    assert small["テナントコード"] == "dormitory"
    assert {row["収納ID"] for row in rows} == {
        str(pk) for pk in Payment.objects.values_list("pk", flat=True)
    }


def test_the_workbook_holds_the_same_rows_as_the_csv(cast: Cast) -> None:
    statement = with_refund(cast)
    client = accountant_of(cast)
    here = f"/dashboard/statements/{statement.pk}/payments"
    heads, *rows = xlsx_of(client, f"{here}.xlsx")
    told = csv_of(client, f"{here}.csv")
    assert heads == list(told[0])
    as_words = [
        ["" if cell is None else str(cell).removesuffix(" 00:00:00") for cell in row]
        for row in rows
    ]
    assert as_words == [list(row.values()) for row in told]
    amounts = [row[heads.index("金額")] for row in rows]
    assert all(isinstance(amount, int) for amount in amounts)


def test_no_cell_is_a_formula(cast: Cast) -> None:
    statement = with_refund(cast)
    client = accountant_of(cast)
    here = f"/dashboard/statements/{statement.pk}/payments"
    titles = {row["件名"] for row in csv_of(client, f"{here}.csv")}
    assert f"'{FORMULA}" in titles
    assert not any(title.startswith("=") for title in titles)
    answer = client.get(f"{here}.xlsx")
    assert isinstance(answer, StreamingHttpResponse)
    book = load_workbook(io.BytesIO(answer.getvalue()))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


def test_a_tenant_gets_its_own_rows_and_the_owner_everybodys(cast: Cast) -> None:
    with clock.frozen(jst("2026-10-20 13:00")):
        other = register_for_engineering(cast)
    statement = worked_example(cast)
    everybodys = csv_of(accountant_of(cast), f"/dashboard/statements/{statement.pk}/payments.csv")
    assert len(everybodys) == 4
    share = statement.sub_statements.get(tenant=cast.dormitory)
    warden = sign_in(
        StaffAsked("w@example.com", "長", "administrator", cast.sakura, cast.dormitory)
    )
    own = csv_of(warden, f"/portal/statements/{share.pk}/payments.csv")
    assert len(own) == 3
    assert "収入印紙相当額" not in own[0]
    assert str(other.pk) not in {row["収納ID"] for row in own}
    assert len(xlsx_of(warden, f"/portal/statements/{share.pk}/payments.xlsx")) == 4
    theirs = statement.sub_statements.get(tenant=cast.engineering)
    for name in ("payments.csv", "payments.xlsx"):
        assert warden.get(f"/portal/statements/{theirs.pk}/{name}").status_code == 404


def register_for_engineering(cast: Cast) -> Payment:
    payment = take(cast, "実験費", 3_000, None, tenant="engineering")
    assert payment.tenant_id == cast.engineering.pk
    return payment


@pytest.mark.parametrize("name", ["payments.csv", "payments.xlsx"])
def test_rows_that_do_not_sum_leave_in_no_file(committed_db: str, name: str) -> None:
    cast = make_cast()
    statement = worked_example(cast)
    client = accountant_of(cast)
    address = f"/dashboard/statements/{statement.pk}/{name}"
    assert client.get(address).status_code == 200
    gone = "DELETE FROM $ WHERE id = (SELECT min(id) FROM $)"
    tamper(committed_db, change("billing_confirmation", gone))
    answer = client.get(address)
    assert answer.status_code == 500
    assert "収納の明細の合計が" in answer.content.decode()


def test_an_empty_statement_is_a_file_of_heads(db: None) -> None:
    cast = make_cast(starts_on=jst("2026-10-01 00:00").date(), setup_fees="first_statement")
    with clock.frozen(jst("2026-11-09 12:00")):
        statement = close_period(cast.sakura.pk, CLOSES_ON)
    assert statement is not None
    client = accountant_of(cast)
    here = f"/dashboard/statements/{statement.pk}/payments"
    assert csv_of(client, f"{here}.csv") == []
    assert len(xlsx_of(client, f"{here}.xlsx")) == 1


def test_the_rows_come_by_a_cursor_on_the_server(cast: Cast) -> None:
    rows = rows_of(period_of(worked_example(cast)))
    next(rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE '_django_curs%'")
        assert cursor.fetchone() == (1,)
    assert len(list(rows)) == 2


def test_a_workbook_goes_on_on_a_second_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_ROWS_A_SHEET", 3)
    rows = ((n, "a\x07b") for n in range(7))
    book = load_workbook(io.BytesIO(b"".join(workbooks.xlsx_chunks("明細", ["n", "w"], rows))))
    assert book.sheetnames == ["明細", "明細 (2)", "明細 (3)"]
    assert [sheet.max_row for sheet in book] == [4, 4, 2]
    assert book["明細"]["B2"].value == "ab"


@pytest.mark.parametrize("word", ["=1+1", "＝1", "\t=1", "-1", "@a", "a\n=1", "\u200b=1"])
def test_no_column_of_words_begins_a_formula_in_a_workbook(word: str) -> None:
    row = tuple(word if head in WORDS else 1 for head in HEADS)
    book = load_workbook(io.BytesIO(b"".join(workbooks.xlsx_chunks("明細", HEADS, [row]))))
    cells = [cell for cell in book["明細"][2] if isinstance(cell.value, str)]
    assert len(cells) == len(WORDS)
    assert all(str(cell.value).startswith("'") and cell.data_type == "s" for cell in cells)


def test_the_columns_without_guard_hold_nothing_that_anybody_writes() -> None:
    """Whoever adds a column decides here whether it needs the guard."""
    ours = set(HEADS) - set(WORDS)
    assert ours == {
        "区分", "収納ID", "営業日", "収納日時", "確報・訂正日時", "番号", "金額", "うち消費税",
        "店舗", "端末", "行", "遅延",
    }  # fmt: skip


def test_a_long_workbook_is_on_its_way_before_its_last_row_is_read() -> None:
    read: list[int] = []

    def rows() -> Iterator[tuple[int, str]]:
        for number in range(50_000):
            read.append(number)
            yield number, f"<件名 & {number}>"

    chunks = workbooks.xlsx_chunks("明細", ["n", "w"], rows())
    sent = next(chunk for chunk in chunks if chunk)
    assert len(read) < 50_000
    book = load_workbook(io.BytesIO(sent + b"".join(chunks)), read_only=True)
    told = list(book["明細"].iter_rows(values_only=True))
    assert told[0] == ("n", "w")
    assert told[-1] == (49_999, "<件名 & 49999>")
    assert len(told) == 50_001
