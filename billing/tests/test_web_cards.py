"""カード・会員: a card is issued, printed again, stopped, replaced and found."""

import pytest
from django.http import HttpResponse
from django.test import Client

from billing.models import Invoice
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from cards.models import Batch, Card, Member
from tenants.services import StaffAsked
from tests.cast import Cast, make_card, register
from tests.people import sign_in


@pytest.fixture
def desk(cast: Cast) -> Client:
    make_menu(cast.scope, MenuAsked("charge", (ItemAsked("チャージ", 3_000),)))
    return sign_in(StaffAsked("desk@example.com", "受付", "desk", cast.sakura))


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


def test_one_card_is_printed_again_with_a_reason_that_is_kept(cast: Cast, desk: Client) -> None:
    address = issue(desk)["Location"]
    assert desk.post(f"{address}print", {"reason": ""}).status_code == 200
    done = desk.post(f"{address}print", {"reason": "汚損のため"})
    batch = Batch.objects.get()
    assert (batch.status, batch.total, batch.reason) == ("printed", 1, "汚損のため")
    pdf = desk.get(f"{done['Location']}files/{batch.files.get().pk}")
    assert pdf.content.startswith(b"%PDF")
    assert Card.objects.count() == 1
    log = desk.get("/dashboard/prints/", {"q": "汚損"}).content.decode()
    for word in ("S26001", "汚損のため", "受付"):
        assert word in log
    assert "S26001" not in desk.get("/dashboard/prints/", {"q": "S9"}).content.decode()


def test_a_name_that_cannot_be_printed_prints_nothing(cast: Cast, desk: Client) -> None:
    address = issue(desk, name="\U0001f600")["Location"]
    refused = desk.post(f"{address}print", {"reason": "再発行"})
    assert "印刷できる氏名がありません" in refused.content.decode()
    Member.objects.update(print_name="スマイル")
    assert desk.post(f"{address}print", {"reason": "再発行"}).status_code == 302


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


def test_the_desk_sees_what_a_members_card_can_pay(cast: Cast, desk: Client) -> None:
    address = issue(desk, menu="")["Location"]
    card = Card.objects.get()
    register(cast.sakura, number=card.number, title="寮費")
    assert "寮費" in desk.get(address).content.decode()
