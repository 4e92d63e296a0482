"""カード・会員 and カード発行依頼: one card at the counter, many from a file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from billing import tasks
from billing.models import Invoice
from billing.services.batches import print_batch
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from cards.models import Batch, Card, Member
from tenants.services import StaffAsked
from tests.cast import Cast, make_card, register
from tests.people import sign_in

MEMBERS = "member_reference,member_name\nS1,髙橋 美咲\nS2,𠮷田 健\n,名無し\nS1,再掲\n"


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


def issue(desk: Client, **words: str) -> HttpResponse:
    asked = {"reference": "S26001", "name": "髙橋 美咲", "menu": "charge"} | words
    answer: HttpResponse = desk.post("/dashboard/cards/issue", asked)  # type: ignore[assignment]
    return answer


def test_a_card_issued_at_the_counter_can_be_paid_with_at_once(cast: Cast, desk: Client) -> None:
    member = issue(desk)["Location"]
    body = desk.get(member).content.decode()
    for word in ("髙橋 美咲", "チャージ", "3,000円", "有効"):
        assert word in body
    assert Invoice.objects.get().card == Member.objects.get().card


def test_the_same_member_keeps_its_number(cast: Cast, desk: Client) -> None:
    assert issue(desk)["Location"] == issue(desk, name="高橋 美咲")["Location"]
    assert Card.objects.count() == 1


def test_a_picked_up_standard_card_is_bound_by_its_number(cast: Cast, desk: Client) -> None:
    card = make_card()
    typed = f"{card.number[:4]} {card.number[4:8]} {card.number[8:]}"
    issue(desk, number=typed)
    assert Member.objects.get().card == card
    refused = issue(desk, reference="S2", number="1234567890123")
    assert "番号が見つかりません" in refused.content.decode()


def test_one_card_is_a_pdf_of_one_page(cast: Cast, desk: Client) -> None:
    answer = desk.get(f"{issue(desk)['Location']}card.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_name_that_cannot_be_printed_prints_nothing(cast: Cast, desk: Client) -> None:
    address = issue(desk, name="\U0001f600")["Location"]
    answer = desk.get(f"{address}card.pdf", follow=True)
    assert "印刷できない文字" in answer.content.decode()


def test_a_lost_card_is_stopped_and_replaced_with_its_invoices(cast: Cast, desk: Client) -> None:
    address = issue(desk)["Location"]
    old = Card.objects.get()
    desk.post(f"{address}suspend")
    old.refresh_from_db()
    assert old.status == "suspended"
    desk.post(f"{address}resume")
    assert "新しい番号" in desk.post(f"{address}replace", follow=True).content.decode()
    new = Card.objects.exclude(pk=old.pk).get()
    assert Invoice.objects.get().card == new
    assert new.number[:4] in desk.get(address).content.decode()


def test_members_are_found_by_reference_name_and_number(cast: Cast, desk: Client) -> None:
    issue(desk)
    issue(desk, reference="S26002", name="佐藤 翔太")
    number = Member.objects.get(reference="S26001").card.number  # type: ignore[union-attr]
    for text in ("26001", "髙橋", number):
        body = desk.get("/dashboard/cards/", {"q": text}).content.decode()
        assert "S26001" in body
        assert "S26002" not in body


def order(desk: Client, content: bytes) -> HttpResponse:
    sent = SimpleUploadedFile("members.csv", content, "text/csv")
    words = {"member_file": sent, "design": "default", "menu": "charge"}
    answer: HttpResponse = desk.post("/dashboard/batches/order", words)  # type: ignore[assignment]
    return answer


def test_a_member_file_becomes_cards_to_download(cast: Cast, desk: Client, rung: list[str]) -> None:
    address = order(desk, MEMBERS.encode())["Location"]
    batch = Batch.objects.get()
    assert rung == [str(batch.pk)]
    waiting = desk.get(address).content.decode()
    assert "hx-trigger" in waiting
    assert "会員番号がありません" in waiting
    assert "会員番号が重複しています" in waiting

    print_batch(str(batch.pk))
    done = desk.get(f"{address}progress").content.decode()
    assert "hx-trigger" not in done
    assert "2 / 2" in done.replace('<span class="amount">', "").replace("</span>", "")
    pdf = desk.get(f"{address}files/{batch.files.get().pk}")
    assert pdf.content == bytes(batch.files.get().pdf)
    assert Invoice.objects.count() == 2
    listed = desk.get("/dashboard/batches/").content.decode()
    assert "members.csv" in listed
    assert "完成" in listed


def test_a_file_that_is_no_member_list_is_refused_on_the_form(
    cast: Cast, desk: Client, rung: list[str]
) -> None:
    answer = order(desk, b"a,b\n1,2\n")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert not Batch.objects.exists()
    assert rung == []


def test_a_dead_broker_loses_no_order(
    cast: Cast, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_args: object, **_words: object) -> None:
        raise OSError

    monkeypatch.setattr(tasks.print_batch_task, "apply_async", dead)
    assert order(desk, MEMBERS.encode()).status_code == 302
    assert Batch.objects.get().status == "ordered"


def test_the_desk_sees_what_a_members_card_can_pay(cast: Cast, desk: Client) -> None:
    address = issue(desk, menu="")["Location"]
    card = Card.objects.get()
    register(cast.sakura, number=card.number, title="寮費")
    assert "寮費" in desk.get(address).content.decode()
