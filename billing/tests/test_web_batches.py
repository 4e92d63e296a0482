"""カード発行依頼: a file goes up, its dry run is looked at, the order is placed and taken away."""

import csv
import io
import re
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from billing import tasks
from billing.models import Invoice
from billing.services import printing
from billing.services.cards import replace_card
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from billing.services.printing import print_batch
from billing.web import drafts
from cards.models import Batch, Card, Member
from cards.printing.press import Press
from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import sign_in

MEMBERS = "member_reference,member_name\nS1,髙橋 美咲\nS2,𠮷田 健\n,名無し\nS1,再掲\n"
WORDS = {"kind": "joint", "design": "default", "start": "1", "part_cards": "1000", "menu": "charge"}


@pytest.fixture
def desk(cast: Cast) -> Client:
    make_menu(cast.scope, MenuAsked("charge", (ItemAsked("チャージ", 3_000),)))
    return sign_in(StaffAsked("desk@example.com", "受付", "desk", cast.sakura))


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hear which orders the printer is told of."""
    told: list[str] = []
    monkeypatch.setattr(
        tasks.print_batch_task, "apply_async", lambda args, **_words: told.append(args[0])
    )
    return told


def drafted(desk: Client, content: bytes | None, **words: str) -> HttpResponse:
    sent = {} if content is None else {"member_file": SimpleUploadedFile("members.csv", content)}
    answer: HttpResponse = desk.post("/dashboard/batches/order", WORDS | words | sent)  # type: ignore[assignment]
    return answer


def address_of(answer: HttpResponse) -> str:
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].removesuffix("draft")


def plain(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_member_file_becomes_cards_to_download(cast: Cast, desk: Client, rung: list[str]):
    address = address_of(drafted(desk, MEMBERS.encode()))
    dry = plain(desk.get(f"{address}draft"))
    for word in ("新しい番号 2", "作成できない行 2", "会員番号がありません", "重複しています"):
        assert word in dry
    assert rung == []
    assert not Card.objects.exists()
    assert desk.get(f"{address}draft/front.png").content.startswith(b"\x89PNG")
    assert desk.get(f"{address}draft/side.png").status_code == 404

    assert desk.post(f"{address}place", follow=True).redirect_chain[-1][0] == address
    batch = Batch.objects.get()
    assert rung == [str(batch.pk)]
    assert "hx-trigger" in desk.get(address).content.decode()
    assert desk.get(f"{address}files/1").status_code == 404
    assert desk.get(f"{address}files.zip").status_code == 404

    print_batch(str(batch.pk))
    done = desk.get(f"{address}progress")
    assert "hx-trigger" not in done.content.decode()
    assert "2 / 2" in plain(done)
    assert "全 2 枚のコードを読み取り" in plain(done)
    pdf = desk.get(f"{address}files/{batch.files.get().pk}")
    assert pdf.content == bytes(batch.files.get().pdf)
    bundle = ZipFile(io.BytesIO(desk.get(f"{address}files.zip").content))
    assert [bundle.read(name) for name in bundle.namelist()] == [pdf.content]
    assert Invoice.objects.count() == 2
    listed = plain(desk.get("/dashboard/batches/"))
    assert "members.csv" in listed
    assert "完成" in listed


def test_columns_under_headings_of_the_owners_own_are_guessed_and_can_be_chosen(
    cast: Cast, desk: Client, rung: list[str]
):
    content = "ID,よみ,お名前,社員番号\n9,あ,髙橋,E1\n8,い,林,E2\n".encode("cp932")
    address = address_of(drafted(desk, content))
    assert "列" in plain(desk.get(f"{address}draft"))
    chosen = {"column-member_reference": "3", "column-member_name": "2"}
    seen = plain(desk.post(f"{address}redraft", chosen, follow=True))
    assert "新しい番号 2" in seen
    desk.post(f"{address}place")
    print_batch(str(Batch.objects.get().pk))
    assert dict(Member.objects.values_list("reference", "name")) == {"E1": "髙橋", "E2": "林"}


def test_a_name_that_cannot_be_printed_is_listed_by_member_with_a_place_for_another(
    cast: Cast, desk: Client, rung: list[str]
):
    address = address_of(drafted(desk, "member_reference,member_name\nS1,\ue000田\n".encode()))
    dry = desk.get(f"{address}draft").content.decode()
    assert "disabled" in dry
    assert 'value="S1"' in dry
    kept = {
        "column-member_reference": "0",
        "column-member_name": "1",
        "fallback-reference": "S1",
        "fallback-name": "外田",
    }
    assert "新しい番号 1" in plain(desk.post(f"{address}redraft", kept, follow=True))
    desk.post(f"{address}place")
    batch = print_batch(str(Batch.objects.get().pk))
    assert (batch.status, batch.total, batch.errors) == ("printed", 1, [])
    member = Member.objects.get()
    assert (member.name, member.print_name) == ("\ue000田", "外田")


def test_a_name_typed_but_not_looked_at_is_not_lost_when_the_order_is_placed(
    cast: Cast, desk: Client, rung: list[str]
):
    address = address_of(
        drafted(desk, "member_reference,member_name\nS1,\ue000田\nS2,林\n".encode())
    )
    typed = {
        "column-member_reference": "0",
        "column-member_name": "1",
        "fallback-reference": "S1",
        "fallback-name": "外田",
    }
    shown = plain(desk.post(f"{address}place", typed, follow=True))
    assert (Batch.objects.get().status, rung) == ("draft", [])
    assert "新しい番号 2" in shown
    assert "見直しました" in shown
    desk.post(f"{address}place", typed)
    batch = Batch.objects.get()
    assert (batch.status, batch.total, rung) == ("ordered", 2, [str(batch.pk)])


def test_a_name_for_print_that_cannot_be_printed_either_is_said_so(cast: Cast, desk: Client):
    address = address_of(
        drafted(desk, "member_reference,member_name\nS1,\ue000田\nS2,林\n".encode())
    )
    typed = {
        "column-member_reference": "0",
        "column-member_name": "1",
        "fallback-reference": "S1",
        "fallback-name": "\ue001田",
    }
    page = desk.post(f"{address}redraft", typed, follow=True)
    assert "この氏名にも印刷できない文字があります。" in plain(page)
    assert 'value="\ue001田"' in page.content.decode()
    desk.post(f"{address}place", typed)
    assert Batch.objects.get().total == 1


def test_rows_that_make_no_card_come_as_a_file_in_which_no_cell_is_a_formula(
    cast: Cast, desk: Client
):
    content = "member_reference,member_name\n=1+1,髙橋\n=1+1,林\n@x,\n".encode()
    address = address_of(drafted(desk, content))
    answer = desk.get(f"{address}errors.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["3", "4"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_blank_cards_are_ordered_by_number(cast: Cast, desk: Client, rung: list[str]):
    address = address_of(drafted(desk, None, count="7"))
    assert "無記名カード 7" in plain(desk.get(f"{address}draft"))
    desk.post(f"{address}place")
    print_batch(str(Batch.objects.get().pk))
    assert Card.objects.count() == 7
    assert desk.get(f"{address}errors.csv").status_code == 404


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, {}),
        (MEMBERS.encode(), {"count": "3"}),
        (None, {"count": "100001"}),
        (None, {"count": "3", "start": "11"}),
        (None, {"count": "3", "design": "gold"}),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_on_the_form(
    cast: Cast, desk: Client, content: bytes | None, words: dict[str, str]
):
    assert drafted(desk, content, **words).status_code == 200
    assert not Batch.objects.exists()


def test_a_file_that_is_no_member_list_cannot_be_placed(cast: Cast, desk: Client, rung: list[str]):
    address = address_of(drafted(desk, b"a,b\n1,2\n"))
    dry = desk.get(f"{address}draft").content.decode()
    assert 'role="alert"' in dry
    assert "disabled" in dry
    desk.post(f"{address}place")
    assert (Batch.objects.get().status, rung) == ("draft", [])


def test_a_draft_is_dropped_with_the_members_in_it(cast: Cast, desk: Client):
    address = address_of(drafted(desk, MEMBERS.encode()))
    desk.post(f"{address}drop")
    assert not Batch.objects.exists()


def test_an_order_is_paused_and_goes_on(cast: Cast, desk: Client, rung: list[str]):
    address = address_of(drafted(desk, MEMBERS.encode()))
    desk.post(f"{address}place")
    assert "一時停止" in plain(desk.post(f"{address}pause", follow=True))
    batch = Batch.objects.get()
    assert print_batch(str(batch.pk)).status == "paused"
    desk.post(f"{address}resume")
    assert rung == [str(batch.pk)] * 2
    assert print_batch(str(batch.pk)).status == "printed"


def test_a_dead_broker_loses_no_order(cast: Cast, desk: Client, monkeypatch: pytest.MonkeyPatch):
    def dead(*_args: object, **_words: object) -> None:
        raise OSError

    monkeypatch.setattr(tasks.print_batch_task, "apply_async", dead)
    address = address_of(drafted(desk, MEMBERS.encode()))
    desk.post(f"{address}place")
    assert Batch.objects.get().status == "ordered"


@pytest.mark.parametrize("place", ["9" * 5000, "9" * 30, "99", "-1", "²", ""])
def test_a_column_that_the_file_does_not_have_is_asked_for_again(
    cast: Cast, desk: Client, place: str
):
    address = address_of(drafted(desk, b"a,b\nS1,x\n"))
    mapped = {"column-member_reference": "0", "column-member_name": place}
    assert desk.post(f"{address}redraft", mapped).status_code == 302
    assert 'role="alert"' in desk.get(f"{address}draft").content.decode()
    assert desk.get(f"{address}draft/front.png").status_code == 200
    told = desk.get(f"{address}errors.csv", follow=True)
    assert told.redirect_chain == [(f"{address}draft", 302)]


@pytest.mark.parametrize("typed", ["x\x00", "\u202e", "x" * 101])
def test_a_name_typed_for_print_that_could_never_be_printed_is_not_kept(
    cast: Cast, desk: Client, typed: str
):
    address = address_of(drafted(desk, "member_reference,member_name\nS1,\ue000\n".encode()))
    mapped = {"column-member_reference": "0", "column-member_name": "1"}
    for reference, name in (("S1", typed), (f"S{typed}", "外田")):
        words = mapped | {"fallback-reference": reference, "fallback-name": name}
        assert desk.post(f"{address}redraft", words).status_code == 302
    assert Batch.objects.get().fallbacks == {}


def test_a_list_that_would_not_fit_into_the_memory_is_refused_unread(
    cast: Cast, desk: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(drafts, "MEMBER_FILE_BYTES_MAX", 10)
    monkeypatch.setattr(drafts, "as_csv", lambda _content: pytest.fail("it was read"))
    answer = drafted(desk, MEMBERS.encode())
    assert answer.status_code == 200
    assert "長すぎます" in answer.content.decode()


def test_an_order_names_the_cards_that_ended_while_it_was_printed(
    cast: Cast, desk: Client, rung: list[str], monkeypatch: pytest.MonkeyPatch
):
    """The paper bears the number that was noted: whoever hands the cards out must know."""

    class SlowPress(Press):
        def print_to(self, file: Any, faces: Any) -> int:
            replace_card(cast.scope, faces[0].number)
            return super().print_to(file, faces)

    address = address_of(drafted(desk, MEMBERS.encode()))
    desk.post(f"{address}place")
    monkeypatch.setattr(printing, "Press", SlowPress)
    batch = print_batch(str(Batch.objects.get().pk))
    first, second = (row.card.number for row in batch.cards.order_by("row"))
    told = plain(desk.get(address)).split("渡してはいけないカード")[1]
    assert "1 枚が再発行または廃止されたか" in told
    assert [number in told.replace(" ", "") for number in (first, second)] == [True, False]
    assert "S1" in told
    assert "渡してはいけない" not in plain(desk.get(f"{address}progress"))


def test_a_draft_that_somebody_placed_meanwhile_is_not_dropped(
    cast: Cast, desk: Client, rung: list[str]
):
    address = address_of(drafted(desk, MEMBERS.encode()))
    desk.post(f"{address}place")
    told = plain(desk.post(f"{address}drop", follow=True))
    assert "下書きを取り消しました" not in told
    assert "操作できません" in told
    assert Batch.objects.get().status == "ordered"
    assert desk.post(f"{address}redraft", {}).status_code == 302
    assert Batch.objects.get().mapping is not None


def test_a_draft_left_lying_is_found_again_in_the_list(cast: Cast, desk: Client):
    address = address_of(drafted(desk, MEMBERS.encode()))
    assert address in desk.get("/dashboard/batches/").content.decode()
    assert desk.get(address, follow=True).redirect_chain == [(f"{address}draft", 302)]
