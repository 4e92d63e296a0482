"""A club's spreadsheet becomes cards that scan and can be paid with: the ``cards`` command."""

import hashlib
import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing.models import Invoice
from billing.selectors import payable_invoices
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from cards.models import Batch, Block, Card
from cards.tests.factories import (
    MadeMemberFile,
    member_file_of_500_rows,
    pictures,
    scanned,
    texts,
)
from tests.cast import Cast

Printed = dict[str, Any]
Command = Callable[..., Printed]


@pytest.fixture
def command(cast: Cast, tmp_path: Path) -> Command:
    """Run ``cards`` for sakura with a member list; return what batch.json says."""

    def run(content: bytes, **options: Any) -> Printed:
        members = tmp_path / "members.csv"
        members.write_bytes(content)
        out = tmp_path / "out"
        words = {"owner": "sakura", "members": members, "out": out, "stdout": StringIO()}
        call_command("cards", **words | options)
        listed: Printed = json.loads((out / "batch.json").read_text())
        return listed

    return run


@pytest.fixture
def club() -> MadeMemberFile:
    return member_file_of_500_rows()


def test_500_rows_of_shift_jis_become_cards_that_scan_and_can_be_paid(
    cast: Cast, command: Command, club: MadeMemberFile, tmp_path: Path
):
    make_menu(cast.scope, MenuAsked("fee", (ItemAsked("年会費", 3_000, 272),)))
    listed = command(club.content)

    assert set(listed) == {"batch", "design", "cards", "errors", "files"}
    cards = listed["cards"]
    assert [it["member_reference"] for it in cards] == [it.member_reference for it in club.members]
    assert listed["errors"] == [{"row": it.row, "code": it.code} for it in club.errors]
    (file,) = listed["files"]
    pdf = (tmp_path / "out" / file["name"]).read_bytes()
    assert hashlib.sha256(pdf).hexdigest() == file["sha256"]
    assert file["pages"] == -(-len(cards) // 10)
    assert [it["page"] for it in cards] == [place // 10 + 1 for place in range(len(cards))]

    pages = sorted({1, 2, file["pages"] // 2, file["pages"]})
    for number in pages:
        bars = [it["barcode_number"] for it in cards if it["page"] == number]
        assert scanned(page_pictures(pdf, number)) == [bars]
    assert club.members[0].member_name in texts(pdf)[0]

    for it in (cards[0], cards[len(cards) // 2], cards[-1]):
        card = Card.objects.get(number=it["number"], barcode_number=it["barcode_number"])
        assert [invoice.amount_yen for invoice in payable_invoices(card)] == [3_000]
    assert Invoice.objects.count() == len(cards)


def page_pictures(pdf: bytes, number: int) -> list[Any]:
    return pictures(pdf, pages=[number - 1])


def test_the_same_file_again_is_a_reprint_that_spends_no_number(
    command: Command, club: MadeMemberFile
):
    first, again = command(club.content), command(club.content)
    assert again["batch"] != first["batch"]

    def numbers(listed: Printed) -> list[tuple[str, str]]:
        return [(it["member_reference"], it["number"]) for it in listed["cards"]]

    assert numbers(again) == numbers(first)
    assert Card.objects.count() == Block.objects.get().used == len(club.members)


def test_utf8_names_beyond_the_basic_plane_are_printed(command: Command, tmp_path: Path):
    content = "\ufeffmember_reference,member_name\r\nM1,𠮷田 﨑子\r\n".encode()
    listed = command(content)
    pdf = (tmp_path / "out" / listed["files"][0]["name"]).read_bytes()
    assert "𠮷田 﨑子" in texts(pdf)[0]
    assert listed["errors"] == []


def test_a_file_without_one_good_row_prints_no_pdf(command: Command, tmp_path: Path):
    listed = command(b"member_reference,member_name\n,A\nM1,\n")
    assert (listed["cards"], listed["files"]) == ([], [])
    assert listed["errors"] == [
        {"row": 2, "code": "reference_missing"},
        {"row": 3, "code": "name_missing"},
    ]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["batch.json"]


def test_without_a_menu_named_the_only_one_is_used_and_of_several_none(
    cast: Cast, command: Command
):
    content = "member_reference,member_name\nM1,花子\n".encode()
    make_menu(cast.scope, MenuAsked("a", (ItemAsked("会費", 1_000),)))
    command(content)
    assert Invoice.objects.count() == 1
    make_menu(cast.scope, MenuAsked("b", (ItemAsked("会費", 2_000),)))
    command(content)
    assert Invoice.objects.count() == 1
    command(content, menu="b")
    assert Invoice.objects.count() == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"owner": "nobody"}, "nobody が見つかりません"),
        ({"design": "gold"}, "デザインが見つかりません"),
        ({"menu": "gold"}, "チャージメニューが見つかりません"),
        ({"members": Path("no/such/file.csv")}, "file.csv を読めません"),
        ({"out": Path("/dev/null/out")}, "書き込めません"),
        ({"content": b"name\nA\n"}, "見出し"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_nothing_is_written(
    command: Command, tmp_path: Path, options: dict[str, Any], says: str
):
    content = options.pop("content", b"member_reference,member_name\nM1,A\n")
    with pytest.raises(CommandError) as refused:
        command(content, **options)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.returncode == 1
    assert not Batch.objects.exists()
    assert not Card.objects.exists()
    assert not (tmp_path / "out").exists()


def test_the_summary_is_short_and_in_japanese(command: Command, club: MadeMemberFile):
    said = StringIO()
    command(club.content, stdout=said)
    first, *others = said.getvalue().splitlines()
    assert re.match(r"学校法人さくら学園 のカード \d+ 枚（PDF 1 件、\d+ ページ）", first)
    assert "  100 行目: 会員番号が重複しています" in others
    assert len(others) < 25
