"""会員カード受付 in a browser, with and without scripts; and a card's life on a member's page."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from billing.models import Invoice
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from billing.services.payments import receive_payment
from cards.models import Card, CardMove, HandOver, HandOverUndone, Member
from cards.services import issue_card
from tenants.services import StaffAsked
from tests.cast import Cast, make_card, notice, register
from tests.people import sign_in

DESK = "/dashboard/desk/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(cast: Cast) -> Client:
    make_menu(cast.scope, MenuAsked("charge", (ItemAsked("チャージ", 3_000),)))
    return sign_in(StaffAsked("desk@example.com", "受付 次郎", "desk", cast.sakura))


def blank(cast: Cast) -> Card:
    return issue_card("joint", owner=cast.sakura)


def hand(desk: Client, card: Card | str, reference: str = "M-1", **words: str) -> str:
    """Do as the page's script does, and return the part that is put into the page."""
    scanned = card if isinstance(card, str) else card.barcode_number
    asked = {"card": scanned, "reference": reference, "menu": "charge", "paper": "a6"} | words
    return text(desk.post(DESK, asked, headers=HTMX))


def text(answer: object) -> str:
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


def outcome(body: str) -> tuple[str, str, str]:
    found = re.search(r'data-outcome="(\w*)" data-focus="(\w*)" data-slip="([^"]*)"', body)
    assert found is not None
    return found[1], found[2], found[3]


def undo_button(body: str) -> str:
    found = re.search(r'hx-post="(/dashboard/desk/hand-overs/\d+/undo)"', body)
    assert found is not None
    return found[1]


def test_an_answer_names_the_slip_once_and_brings_list_and_stock_along(cast: Cast, desk: Client):
    card = blank(cast)
    body = hand(desk, card)
    slip = f"/dashboard/desk/slips/{Member.objects.get().pk}/?paper=a6"
    assert outcome(body) == ("done", "card", slip)
    assert "はじめての会員番号" in body
    assert body.count('hx-swap-oob="true"') == 2
    assert "受付 次郎" in body
    again = hand(desk, card)
    assert outcome(again) == ("again", "card", "")
    assert "登録済み" in again


def test_a_known_member_is_greeted_by_name_and_without_paper_nothing_is_printed(
    cast: Cast, desk: Client
):
    hand(desk, blank(cast))
    Member.objects.update(name="髙橋 花子", card=None)
    body = hand(desk, blank(cast), paper="")
    assert outcome(body) == ("done", "card", "")
    assert "髙橋 花子 様" in body
    assert "はじめて" not in body


def test_each_refusal_says_plainly_where_to_look(cast: Cast, desk: Client):
    hand(desk, held := blank(cast))
    cases = [
        (hand(desk, "2900000000001", "M-2"), "card", "見つかりません"),
        (hand(desk, "", "M-2"), "card", "読み取ってください"),
        (hand(desk, blank(cast), ""), "reference", "会員番号を入力"),
        (hand(desk, held, "M-2"), "card", "別の会員のもの"),
        (hand(desk, make_card(cast.sakura, status="suspended"), "M-2"), "card", "停止中"),
        (hand(desk, make_card(cast.sakura, status="replaced"), "M-2"), "card", "再発行済み"),
        (hand(desk, blank(cast), held.number), "reference", "カードが読み取られました"),
        (hand(desk, blank(cast), "\u202eM-2"), "reference", "使えない文字"),
        (hand(desk, blank(cast), "M-2", menu="nothing"), "menu", "選択"),
        (hand(desk, blank(cast), "M-1"), "reference", "すでに別のカード"),
    ]
    for body, field, words in cases:
        assert outcome(body)[:2] == ("refused", field), words
        assert words in body
    assert Member.objects.count() == 1


def test_the_menu_and_the_paper_stay_as_the_clerk_chose_them(cast: Cast, desk: Client):
    make_menu(cast.scope, MenuAsked("gold", (ItemAsked("会費", 5_000),)))
    hand(desk, blank(cast), menu="gold", paper="receipt")
    body = text(desk.get(DESK))
    assert '<option value="gold" selected>' in body
    assert '<option value="receipt" selected>' in body


def test_the_only_menu_is_chosen_from_the_start(cast: Cast, desk: Client):
    assert '<option value="charge" selected>' in text(desk.get(DESK))


def test_without_scripts_the_same_form_answers_on_a_whole_page(cast: Cast, desk: Client):
    card = blank(cast)
    asked = {"card": card.number, "reference": "M-1", "menu": "charge", "paper": "a6"}
    body = text(desk.post(DESK, asked))
    assert "<html" in body
    assert outcome(body)[0] == "done"
    refused = text(desk.post(DESK, asked | {"reference": "M-2"}))
    assert 'value="M-2"' in refused
    assert text(desk.post(undo_button(body))).count("取り消しました") >= 1
    assert HandOverUndone.objects.count() == 1


def test_a_lost_card_is_replaced_from_the_refusal_itself(cast: Cast, desk: Client):
    old, new = blank(cast), blank(cast)
    hand(desk, old)
    refused = hand(desk, new)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', refused))
    del hidden["csrfmiddlewaretoken"]
    assert hidden == {
        "card": new.barcode_number, "reference": "M-1", "menu": "charge", "paper": "a6"
    }  # fmt: skip
    body = text(desk.post("/dashboard/desk/replace", hidden, headers=HTMX))
    assert outcome(body)[0] == "done"
    assert "から交換" in body
    assert Member.objects.get().card == new
    assert outcome(text(desk.post("/dashboard/desk/replace", hidden, headers=HTMX)))[0] == "again"


def test_an_undoing_that_comes_too_late_says_why(cast: Cast, desk: Client):
    body = hand(desk, blank(cast))
    receive_payment(notice(Invoice.objects.get()))
    refused = text(desk.post(undo_button(body), headers=HTMX))
    assert outcome(refused)[0] == "refused"
    assert "すでに支払い" in refused


def test_the_slip_shows_the_number_and_no_name_and_only_our_own_page_may_frame_it(
    cast: Cast, desk: Client
):
    card = blank(cast)
    hand(desk, card)
    Member.objects.update(name="髙橋 花子")
    answer = desk.get(f"/dashboard/desk/slips/{Member.objects.get().pk}/?paper=receipt")
    body = text(answer)
    shown = f"{card.number[:4]}-{card.number[4:8]}-{card.number[8:]}"
    for words in (shown, "会員番号 M-1", "<svg", "3,000円", "Loppi", "会計課", "paper-receipt"):
        assert words in body
    assert "髙橋" not in body
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert desk.get(DESK)["X-Frame-Options"] == "DENY"


def test_a_standard_cards_slip_shows_only_what_its_owner_asks(cast: Cast, desk: Client):
    card = make_card()
    hand(desk, card, menu="")
    register(cast.aoba, number=card.number, title="青葉の本")
    body = text(desk.get(f"/dashboard/desk/slips/{Member.objects.get().pk}/"))
    assert "青葉の本" not in body
    assert "いまお支払いいただくものはありません" in body


# -- a card's life on the member's page -----------------------------------------------------------


def test_a_member_without_a_card_is_shown_and_sent_to_the_desk(cast: Cast, desk: Client):
    body = hand(desk, blank(cast))
    desk.post(undo_button(body))
    member = Member.objects.get()
    assert "カードなし" in text(desk.get("/dashboard/cards/"))
    page = text(desk.get(f"/dashboard/cards/{member.pk}/"))
    assert f"{DESK}?reference=M-1" in page
    assert 'value="M-1"' in text(desk.get(f"{DESK}?reference=M-1"))
    assert desk.get(f"/dashboard/cards/{member.pk}/card.pdf").status_code == 404
    assert desk.get(f"/dashboard/desk/slips/{member.pk}/").status_code == 404


def test_a_cards_history_stands_on_its_members_page(cast: Cast, desk: Client):
    hand(desk, blank(cast))
    address = f"/dashboard/cards/{Member.objects.get().pk}/"
    desk.post(f"{address}suspend")
    desk.post(f"{address}resume")
    body = text(desk.get(address))
    for words in ("発行", "受け渡し", "停止", "利用を再開", "受付 次郎"):
        assert words in body
    assert CardMove.objects.count() == 2


def test_retiring_says_what_ends_and_takes_it_back_only_when_that_was_ticked(
    cast: Cast, desk: Client
):
    hand(desk, blank(cast))
    address = f"/dashboard/cards/{Member.objects.get().pk}/"
    page = text(desk.get(f"{address}retire"))
    assert "請求情報 1件を削除する" in page
    refused = text(desk.post(f"{address}retire", {"retire": "yes"}))
    assert "残したまま" in refused
    assert Card.objects.get().status == "active"
    words = {"retire": "yes", "withdraws_invoices": "on", "reason": "退会"}
    done = text(desk.post(f"{address}retire", words, follow=True))
    assert "廃止しました" in done
    assert "退会" in done
    assert (Card.objects.get().status, Invoice.objects.get().status) == ("retired", "withdrawn")
    assert f"{address}retire" not in done


def test_without_invoices_a_card_is_retired_after_one_question(cast: Cast, desk: Client):
    hand(desk, blank(cast), menu="")
    address = f"/dashboard/cards/{Member.objects.get().pk}/retire"
    assert "withdraws_invoices" not in text(desk.get(address))
    assert desk.post(address, {"retire": "yes"}).status_code == 302
    assert Card.objects.get().status == "retired"


# -- the centre -----------------------------------------------------------------------------------


def test_the_centre_stops_replaces_and_retires_standard_cards_only(cast: Cast):
    centre = sign_in(StaffAsked("o@centre.example", "操作", "operator"))
    standard, joint = make_card(), make_card(cast.sakura)
    page = f"/admin/cards/card/{standard.pk}/"
    for step, status in (("suspend", "suspended"), ("resume", "active"), ("replace", "replaced")):
        centre.post(f"{page}do/{step}")
        standard.refresh_from_db()
        assert standard.status == status
    assert standard.replaced_by is not None
    new = f"/admin/cards/card/{standard.replaced_by.pk}/"
    register(cast.aoba, number=standard.replaced_by.number)
    refused = centre.post(f"{new}do/retire", {"reason": "破損"}, follow=True)
    assert "請求が残っています" in text(refused)
    Invoice.objects.update(status="withdrawn")
    centre.post(f"{new}do/retire", {"reason": "破損"})
    move = CardMove.objects.order_by("pk").last()
    assert move is not None
    assert (move.to, move.reason, move.by and move.by.name) == ("retired", "破損", "操作")
    assert "do/suspend" not in text(centre.get(f"/admin/cards/card/{joint.pk}/change/"))
    auditor = sign_in(StaffAsked("a@centre.example", "監査", "auditor"))
    assert auditor.post(f"{page}do/suspend").status_code == 403


def test_the_centre_sees_hand_overs_and_what_was_taken_back(cast: Cast, desk: Client):
    desk.post(undo_button(hand(desk, blank(cast))))
    centre = sign_in(StaffAsked("a@centre.example", "監査", "auditor"))
    fact = HandOver.objects.get()
    assert "M-1" in text(centre.get("/admin/cards/handover/"))
    assert "取消" in text(centre.get(f"/admin/cards/handover/{fact.pk}/change/"))


def test_a_joint_card_is_no_centres_to_stop_by_a_hand_made_address(cast: Cast):
    joint = make_card(cast.sakura)
    centre = sign_in(StaffAsked("o@centre.example", "操作", "operator"))
    for step in ("suspend", "resume", "replace", "retire"):
        centre.post(f"/admin/cards/card/{joint.pk}/do/{step}", {"reason": "x"})
    joint.refresh_from_db()
    assert joint.status == "active"
