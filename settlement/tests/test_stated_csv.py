"""The CSV that the server writes is, byte for byte, the one that would be written here."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Concat

from billing.models import Chain, Invoice, Payment
from settlement.models import Statement
from settlement.period_rows import Period, period_of
from settlement.services.closing import close_period
from settlement.services.refunds import refund_payment
from settlement.stated_csv import csv_of, guarded
from settlement.stated_sheet import HEADS, heads_of, rows_of
from settlement.tests.papers_cast import CLOSES_ON, take, worked_example
from settlement.tests.scene import centre_staff
from settlement.tests.test_statement_rows import tamper
from smartpit.edge.sheets import csv_line, csv_lines
from smartpit.kernel import clock
from smartpit.kernel.cells import safe_cell
from tenants.models import Plan, Tenant
from tests.cast import Cast, jst, make_cast
from tests.tamperings import change

AWKWARD = (
    "", "寮費", "ﾘｮｳﾋ", "２０２６年", "🎌の日", "é", "a", "[1]", "{", "\\", "\\.", "a'b", "a b",
    "教材費, 辞書", '"全"', 'a"b', "a\nb", "a\rb", "a\r\nb", "a\n=1", "a\u2028=1", "a\x1c=1",
    "=1+1", "＝1", "+81", "-1", "−1", "@a", "'=1", " =1", "\t=1", "\n", "\u3000=1", "\u200b=1",
    "\ufeff=1", "\x7f=1", "a=1", "第1回=", "2026-10", "寮費（10月分）", "（=1）", "長" * 60,
)  # fmt: skip


def written_here(period: Period) -> str:
    return "".join(csv_lines(heads_of(period), rows_of(period)))


def written_by_the_server(period: Period) -> str:
    return b"".join(csv_of(period)).decode()


def awkward(cast: Cast) -> Statement:
    """State a payment of each awkward title; some have no tax, some are refunded."""
    with clock.frozen(jst("2026-10-21 12:00")):
        people = centre_staff("a"), centre_staff("b")
        for place, title in enumerate(AWKWARD):
            payment = take(cast, "寮費", 50_000 + place, None if place % 3 else 909)
            Invoice.objects.filter(payments=payment).update(title=title)
            if place % 5 == 0:
                refund_payment(payment.pk, asked_by=people[0], approved_by=people[1])
    return worked_example(cast)


def test_whatever_an_invoice_says_the_bytes_are_the_same(cast: Cast) -> None:
    period = period_of(awkward(cast))
    told = written_by_the_server(period)
    assert told == written_here(period)
    rows = list(csv.DictReader(io.StringIO(told.removeprefix("\ufeff"), newline="")))
    titles = [row["件名"] for row in rows if row["区分"] == "収納"]
    assert titles[: len(AWKWARD)] == [safe_cell(title) for title in AWKWARD]
    refunds = [int(row["金額"]) for row in rows if row["区分"] == "訂正"]
    assert len(refunds) == 9
    assert max(refunds) < 0


@pytest.mark.parametrize("word", ["=1", 'a,"b"', "a\nb", "-", "", "店"])
def test_nor_does_it_matter_what_the_others_are_called(cast: Cast, word: str) -> None:
    statement = worked_example(cast)
    share = statement.sub_statements.get(tenant=cast.dormitory)
    Tenant.objects.filter(pk=cast.dormitory.pk).update(name=word, code=word)
    Chain.objects.update(name=word)
    Invoice.objects.update(reference=Concat(F("reference"), F("reference")))
    Invoice.objects.filter(amount_yen=10_000).update(reference=word)
    for period in (period_of(statement), period_of(statement, share.tenant_id)):
        told = written_by_the_server(period)
        assert told == written_here(period)
        assert csv_line(["", safe_cell(word), ""]).strip() in told


def test_a_tenants_file_has_no_stamps_and_the_same_bytes(cast: Cast) -> None:
    period = period_of(awkward(cast), cast.dormitory.pk)
    told = written_by_the_server(period)
    assert told == written_here(period)
    assert told.splitlines()[0] == "\ufeff" + ",".join(HEADS)


def test_the_stamps_are_those_of_the_plan_on_each_day(cast: Cast) -> None:
    """The column comes to what the statement passes on, also where a plan asks for another sum."""
    plan = Plan.objects.get(code="plan-120")
    plan.pk, plan.starts_on, plan.stamp_yen = None, jst("2026-10-15 00:00").date(), 300
    plan.save(force_insert=True)
    with clock.frozen(jst("2026-10-10 12:00")):
        take(cast, "寮費", 50_000, None)
    with clock.frozen(jst("2026-10-20 12:00")):
        take(cast, "寮費", 50_000, None)
        take(cast, "寮費", 50_000, 1)
    with clock.frozen(jst("2026-11-09 00:05")):
        statement = close_period(cast.sakura.pk, CLOSES_ON)
    assert statement is not None
    rows = csv.DictReader(io.StringIO(written_by_the_server(period_of(statement))))
    stamps = [int(row["収入印紙相当額"]) for row in rows]
    assert stamps == [200, 300, 0]
    assert statement.stamp_yen == 500


def test_nor_does_it_matter_what_a_till_told(committed_db: str) -> None:
    statement = worked_example(make_cast())
    told_late = "UPDATE $ SET late = true, receipt = '-1', terminal = 'a,' WHERE tax_yen = 909"
    tamper(committed_db, change("billing_payment", told_late))
    told = written_by_the_server(period_of(statement))
    assert told == written_here(period_of(statement))
    assert ',"a,",\'-1,1,○,' in told


def letters() -> Iterator[str]:
    """Every letter that a text of the database may hold and most write, and some of the others."""
    for at in [*range(1, 0xD800), *range(0xE000, 0x10000), *range(0x10000, 0x110000, 101)]:
        yield chr(at)


def row_of(word: str) -> list[str]:
    return [word if head == "件名" else "1" for head in HEADS]


def as_the_server_writes(row: list[str]) -> bytes:
    quoted = (
        '"' + cell.replace('"', '""') + '"' if re.search('[,"\r\n]', cell) else cell for cell in row
    )
    return (",".join(quoted) + "\n").encode()


@pytest.mark.parametrize("before", ["", "寮", ",", "a\n", '"'])
def test_no_letter_that_begins_a_formula_is_passed_over(before: str) -> None:
    words = [f"{before}{letter}=1" for letter in letters()]
    told = b"".join(guarded(as_the_server_writes(row_of(word)) for word in words))
    expected = "".join(csv_line(row_of(safe_cell(word))) for word in words)
    assert told.decode() == expected


def test_a_long_file_is_put_down_before_it_is_sent(cast: Cast) -> None:
    """A reader who stops in the middle keeps no statement of the database waiting."""
    pieces = csv_of(period_of(awkward(cast)))
    next(pieces)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    assert not list(pieces)


def test_all_rows_of_the_payments_are_there(cast: Cast) -> None:
    told = written_by_the_server(period_of(awkward(cast)))
    assert all(str(pk) in told for pk in Payment.objects.values_list("pk", flat=True))
