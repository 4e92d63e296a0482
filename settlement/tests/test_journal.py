"""仕訳データ: the bytes read back as each program reads them, and balanced by what they say."""

import csv
from collections import defaultdict
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import pytest

from billing.services.payments import key_of
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice
from settlement.journal import entries_of
from settlement.journal_files import FREEE_HEADS, MF_HEADS, SOFTWARE, journal_bytes
from settlement.models import AccountMapping
from settlement.owner_entries import Accounts, Entry, EntryLine
from settlement.services.account_mappings import accounts_of, set_accounts
from settlement.standing import standing_of
from settlement.tests.payout_cast import person
from settlement.tests.scene import at, cast_of, close, day_of, only_statement, paid, refund, settled
from settlement.tests.test_books import move, play_a_month
from smartpit.kernel.errors import Malformed
from tenants.access import NotAllowed, Scope
from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import sign_in

YEAR = (date(2026, 1, 1), date(2027, 3, 31))
Read = list[dict[str, Any]]


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def read_yayoi(content: bytes) -> Read:
    """Read 弥生インポート形式 by its columns' places, and cut it into entries by its flags."""
    lines: Read = []
    number, is_within = 0, False
    for row in csv.reader(content.decode("cp932").split("\r\n")[:-1]):
        assert len(row) == 25
        flag = row[0]
        assert is_within == (flag in ("2100", "2101")), "flags out of order"
        number += flag in ("2110", "2111")
        is_within = flag in ("2110", "2100")
        assert len(row[16].encode("cp932")) <= 64
        assert (row[24], row[19]) == ("no", "3")
        lines.append(_read(number, row[3], row[4:10], row[10:16], row[16]))
    assert not is_within
    return lines


def _read(number: Any, day: str, debit: list[str], credit: list[str], text: str) -> dict[str, Any]:
    return {
        "number": int(number), "day": day, "text": text,
        "debit": (debit[0], debit[1]), "debit_tax": debit[3], "debit_yen": int(debit[4]),
        "tax_yen": debit[5],
        "credit": (credit[0], credit[1]), "credit_tax": credit[3], "credit_yen": int(credit[4]),
    }  # fmt: skip


def read_freee(content: bytes) -> Read:
    heads, *rows = list(csv.reader(content.decode("cp932").split("\r\n")[:-1]))
    assert tuple(heads) == FREEE_HEADS
    assert len(heads) == 33
    return _by_heads(heads, rows, "伝票番号", "日付", "金額")


def read_mf(content: bytes) -> Read:
    heads, *rows = list(csv.reader(content.decode("utf-8").split("\r\n")[:-1]))
    assert tuple(heads) == MF_HEADS
    assert len(heads) == 27
    return _by_heads(heads, rows, "取引No", "取引日", "金額(円)")


def _by_heads(heads: list[str], rows: list[list[str]], number: str, day: str, yen: str) -> Read:
    lines: Read = []
    for cells in rows:
        row = dict(zip(heads, cells, strict=True))
        debit, credit = (
            [
                row[f"{side}{head}"]
                for head in ("勘定科目", "補助科目", "部門", "税区分", yen, "税額")
            ]
            for side in ("借方", "貸方")
        )
        lines.append(_read(row[number], row[day], debit, credit, row["摘要"]))
    return lines


READERS = {"yayoi": read_yayoi, "freee": read_freee, "mf": read_mf}


def written(code: str, entries: list[Entry], accounts: Accounts | None = None) -> Read:
    return READERS[code](b"".join(journal_bytes(SOFTWARE[code], entries, accounts or Accounts())))


def balances(lines: Read) -> dict[str, int]:
    standing: dict[str, int] = defaultdict(int)
    for line in lines:
        standing[line["debit"][0]] += line["debit_yen"]
        standing[line["credit"][0]] -= line["credit_yen"]
    return dict(standing)


def assert_balanced(lines: Read) -> None:
    assert lines
    for number, entry in groupby(lines, key=lambda line: line["number"]):
        of_entry = list(entry)
        debits = sum(line["debit_yen"] for line in of_entry)
        assert debits == sum(line["credit_yen"] for line in of_entry) > 0, number
        assert len({line["day"] for line in of_entry}) == 1


def play(cast: Cast) -> None:
    """The contract's worked example, paid; a reversal, and a refund with its stamp."""
    for amount_yen, tax_yen in ((10_000, 909), (55_000, 5_000), (54_999, 5_000)):
        last = settled(cast.sakura, "11-03", amount_yen, tax_yen=tax_yen, tenant="dormitory")
    undone = paid(cast.sakura, "11-04", 7_000)
    with at("11-04"):
        reverse_payment(ReversalNotice(key_of(undone), "客都合"))
    payout = only_statement("11-13").payouts.get()
    move(payout, "exported", "11-19")
    move(payout, "paid", "11-20")
    refund(last, "11-21")


@pytest.mark.parametrize("code", SOFTWARE)
@pytest.mark.parametrize("separates_tax", [False, True])
def test_every_program_reads_balanced_entries_of_the_worked_example(five, code, separates_tax):
    play(five)
    entries = entries_of(five.sakura, *YEAR, separates_tax=separates_tax)
    lines = written(code, entries)
    assert_balanced(lines)
    fees = {"支払手数料": 1_860, "仮払消費税": 186} if separates_tax else {"支払手数料": 2_046}
    paid_yen = 119_999 - 1_860 - 186 - 200
    assert balances(lines) == {
        **fees,
        "未収入金": -54_999,
        "売掛金": -119_999 + 54_999,
        "租税公課": 200,
        "普通預金": paid_yen,
    }
    texts = [entry[0]["text"] for entry in _entries(lines)]
    assert texts == [
        "コンビニ収納 ローソン 学生寮 3件",
        "コンビニ収納 ローソン 学校法人さくら学園 1件",
        "コンビニ収納の取消 ローソン 学校法人さくら学園 1件",
        "収納代行手数料 2026/11/05締 精算書",
        "精算入金 2026/11/05締",
        "コンビニ収納の訂正（返金） ローソン 学生寮 1件",
    ]


def _entries(lines: Read) -> list[Read]:
    return [list(entry) for _, entry in groupby(lines, key=lambda line: line["number"])]


@pytest.mark.parametrize(
    ("code", "with_tax", "apart"),
    [
        ("yayoi", "課対仕入込10%適格", "課対仕入別10%適格"),
        ("freee", "課対仕入10%", "課対仕入10%"),
        ("mf", "課税仕入 10%", "課税仕入 10%"),
    ],
)
def test_only_the_fee_is_taxed_and_its_tax_is_the_statements(five, code, with_tax, apart):
    play(five)
    for separates_tax, word, tax in ((False, with_tax, "186"), (True, apart, "")):
        entries = entries_of(five.sakura, *YEAR, separates_tax=separates_tax)
        lines = written(code, entries)
        taxed = [line for line in lines if line["debit_tax"] != "対象外"]
        assert [(line["debit"][0], line["debit_tax"], line["tax_yen"]) for line in taxed] == [
            ("支払手数料", word, tax)
        ]
        assert {line["credit_tax"] for line in lines} == {"対象外"}


def test_mf_is_told_that_the_centre_is_qualified(five):
    play(five)
    entries = entries_of(five.sakura, *YEAR, separates_tax=False)
    content = b"".join(journal_bytes(SOFTWARE["mf"], entries, Accounts())).decode()
    rows = list(csv.DictReader(content.splitlines()))
    assert [row["借方勘定科目"] for row in rows if row["借方インボイス"] == "適格"] == [
        "支払手数料"
    ]


def test_the_claim_on_the_centre_is_the_confirmed_balance_on_every_day(five):
    play_a_month(five)
    for owner in (five.sakura, five.aoba):
        day = date(2026, 11, 1)
        while day <= date(2026, 12, 31):
            entries = entries_of(owner, date(2026, 1, 1), day, separates_tax=False)
            claim = balances(written("yayoi", entries)).get("未収入金", 0)
            assert claim == standing_of(owner, day).total_yen, day
            day += timedelta(days=1)


def test_stamps_that_came_back_swap_the_sides(five):
    refunded = settled(five.sakura, "11-03", 60_000, tax_yen=0)
    close("11-13")
    refund(refunded, "11-14")
    close("12-31")
    entries = entries_of(five.sakura, day_of("11-24"), day_of("12-31"), separates_tax=False)
    (line,) = written("yayoi", entries)
    assert (line["debit"][0], line["credit"][0], line["debit_yen"]) == ("未収入金", "租税公課", 200)


def test_names_that_a_program_cannot_hold_are_told_by_a_mark_and_long_ones_are_cut():
    line = EntryLine("receivable", "collected", 1)
    entry = Entry(date(2026, 11, 3), "𠮷野家\nの" + "あ" * 40, (line,))
    (read,) = written("yayoi", [entry])
    assert read["text"].startswith("〓野家 のあ")
    assert len(read["text"].encode("cp932")) <= 64
    (whole,) = written("mf", [entry])
    assert whole["text"].startswith("𠮷野家 の")


def test_an_owner_names_its_own_accounts(five):
    accountant = person("accountant", owner=five.sakura)
    named = Accounts(receivable="預け金", receivable_sub="", collected="前受金", stamp="立替金")
    assert accounts_of(five.scope) == Accounts()
    set_accounts(five.scope, accountant, Accounts(fee="雑費"))
    set_accounts(five.scope, accountant, named)
    assert accounts_of(five.scope) == named
    assert accounts_of(Scope(owner_id=five.aoba.pk)) == Accounts()
    assert AccountMapping.objects.get().changed_by == accountant
    play(five)
    lines = written("freee", entries_of(five.sakura, *YEAR, separates_tax=False), named)
    assert {"預け金", "前受金", "立替金", "普通預金"} <= set(balances(lines))


@pytest.mark.parametrize(
    ("name", "word", "code"),
    [
        ("fee", "", "required"),
        ("fee", "  ", "required"),
        ("bank_sub", " ", "required"),
        ("bank", "あ" * 25, "too_long"),
        ("stamp", "𠮷", "characters"),
        ("stamp", "=1+1", "characters"),
        ("stamp", "租税\n公課", "characters"),
        ("collected", " 売掛金", "characters"),
    ],
)
def test_a_name_that_no_file_could_hold_is_refused(five, name, word, code):
    with pytest.raises(Malformed) as refused:
        set_accounts(five.scope, person("accountant", owner=five.sakura), Accounts(**{name: word}))
    assert refused.value.extra["errors"] == [{"field": name, "code": code}]
    assert not AccountMapping.objects.exists()


def test_only_who_keeps_the_owners_books_names_its_accounts(five):
    strangers = (
        person("viewer", owner=five.sakura),
        person("accountant", owner=five.aoba),
        person("operator"),
    )
    for stranger in strangers:
        with pytest.raises(NotAllowed):
            set_accounts(five.scope, stranger, Accounts())


def test_the_pages_show_the_entries_and_give_the_file(five):
    play(five)
    client = sign_in(StaffAsked("a@example.com", "経理", "accountant", five.sakura))
    words = {name: word for name, word in vars(Accounts(fee="外注費")).items() if word}
    asked = "since=2026-11-01&upto=2026-11-30"
    with at("12-05"):
        assert client.post("/dashboard/records/accounts", words).status_code == 302
        page = client.get("/dashboard/records/journal/").content.decode()
        for code in SOFTWARE:
            answer = client.get(f"/dashboard/records/journal.csv?software={code}&{asked}")
            assert f"journal-{code}-20261101-20261130.csv" in answer["Content-Disposition"]
            lines = READERS[code](answer.getvalue())
            assert balances(lines)["外注費"] == 2_046
        wrong = client.get(
            "/dashboard/records/journal.csv?software=yayoi&since=2026-12-01&upto=2026-11-30"
        )
        ahead = client.get(
            "/dashboard/records/journal.csv?software=yayoi&since=2026-12-01&upto=2026-12-06"
        )
        bad = client.post("/dashboard/records/accounts", words | {"fee": "𠮷"})
    assert "外注費" in page
    assert 'class="cell-sub">スマートピット<' in page
    assert {wrong.status_code, ahead.status_code} == {422}
    assert "使えない文字" in bad.content.decode()


def test_who_only_looks_on_changes_no_names(five):
    viewer = sign_in(StaffAsked("v@example.com", "閲覧", "viewer", five.sakura))
    assert viewer.get("/dashboard/records/journal/").status_code == 200
    assert viewer.get("/dashboard/records/accounts").status_code == 403
