"""電子カード: what a payer sees without signing in, and what nobody sees."""

import json
import re
from base64 import b64decode
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from billing.models import Chain, PublicAct
from billing.phone_words import CODES
from billing.services.cards import Retirement, hand_over_card, replace_card, retire_card
from billing.services.chains import let_registers_read_cards
from billing.services.invoices import change_invoice
from billing.services.payments import receive_payment
from billing.services.public_acts import MISSES_MAX, forget_old_acts, source_of
from billing.services.reversals import reverse_payment
from billing.tests.phone_cast import page, text
from cards.models import Card
from cards.page_links import page_key_of, page_path, page_url, token_of
from cards.printing.designs import DEFAULT
from cards.services import MemberAsked, issue_card, suspend_card
from cards.services.designs import DesignAsked, make_design
from smartpit.kernel import clock
from smartpit.platform.home import CHECKOUT
from tenants.services import StaffAsked
from tests.cast import Cast, make_card, notice, register, reversal, system, till, told
from tests.people import sign_in

# -- The address ---------------------------------------------------------------------------------


def test_a_key_and_its_22_letters_are_one_and_the_same():
    for _ in range(200):
        key = uuid4()
        token = token_of(key)
        assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)
        assert page_path(key) == f"/c/{token}"
        assert page_key_of(token) == key


def test_a_second_spelling_of_a_key_opens_nothing():
    token = token_of(uuid4())
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelled = [token[:-1] + letter for letter in letters if page_key_of(token[:-1] + letter)]
    assert len(spelled) == 4
    for other in (
        "",
        token[:-1],
        f"{token}A",
        f"{token[:-1]}=",
        f"{token[:-1]}あ",
        token[:-1] + "+",
    ):
        assert page_key_of(other) is None


def test_every_card_has_an_address_of_its_own_that_stays(cast: Cast):
    first, second = make_card(), make_card(cast.sakura)
    assert first.page_key != second.page_key
    assert (
        page_url(first, "https://pay.example/")
        == f"https://pay.example/c/{token_of(first.page_key)}"
    )
    with pytest.raises(Exception, match="permission denied"):
        Card.objects.filter(pk=first.pk).update(page_key=uuid4())


# -- What is shown -------------------------------------------------------------------------------


def test_the_number_comes_first_then_what_can_be_paid_until_when_and_what_was_paid(cast: Cast):
    due_on = clock.business_date() + timedelta(days=20)
    invoice = register(cast.sakura, title="実習費", amount_yen=12_000, due_on=due_on)
    card = invoice.card
    kept = register(cast.sakura, title="寮費", amount_yen=3_300, repeats=True, number=card.number)
    paid = notice(kept)
    receive_payment(paid)
    body = text(card)
    groups = f"<span>{card.number[:4]}</span><span>{card.number[4:8]}</span>"
    assert body.index(groups) < body.index("実習費")
    for word in ("学校法人さくら学園", "12,000円", "寮費", "3,300円", "何回でも支払えます"):
        assert word in body
    assert f"{due_on.year}年{due_on.month}月{due_on.day}日まで" in body
    assert body.count("支払い済み") == 1
    reverse_payment(reversal(paid))
    assert "取り消し" in text(card)
    assert "支払い済み" not in text(card)


def test_the_page_lists_exactly_what_a_till_lists(cast: Cast):
    number = make_card(cast.sakura).number
    open_ones = [register(cast.sakura, title=f"費用{place}", number=number) for place in range(3)]
    shut = register(cast.sakura, title="停止の費用", number=number)
    change_invoice(cast.scope, str(shut.pk), {"suspended": True})
    card = open_ones[0].card
    lines = told(
        till(cast.lawson).post("inquiries", {"store": "1", "terminal": "1", "number": number})
    )
    assert {line["title"] for line in lines["invoices"]} == {row.title for row in open_ones}
    body = text(card)
    assert [title in body for title in ("費用0", "費用1", "費用2")] == [True] * 3
    assert "停止の費用" not in body


def test_an_old_payment_keeps_the_title_it_was_paid_for(cast: Cast):
    invoice = register(cast.sakura, title="七月分", repeats=True)
    receive_payment(notice(invoice))
    change_invoice(cast.scope, str(invoice.pk), {"title": "八月分"})
    body = text(invoice.card)
    paid = body[body.index('id="paid-label"') :]
    assert "七月分" in paid
    assert "八月分" not in paid


def test_no_name_address_or_reference_of_the_member_is_on_the_page(cast: Cast):
    asked = MemberAsked("金糸雀-7", "金糸雀 花子", "100-0001", "金糸雀町1-1", "金糸雀荘")
    member = hand_over_card(cast.scope, asked).member
    assert member.card is not None
    invoice = register(cast.sakura, number=member.card.number, reference="KINSHI-1", repeats=True)
    receive_payment(notice(invoice))
    for code in CODES:
        body = text(member.card, lang=code)
        assert "金糸雀" not in body
        assert "KINSHI-1" not in body


def test_only_the_last_twenty_payments_are_shown(cast: Cast):
    invoice = register(cast.sakura, title="寮費", repeats=True)
    for _ in range(23):
        receive_payment(notice(invoice))
    assert text(invoice.card).count("支払い済み") == 20


def test_what_an_owner_writes_is_never_markup(cast: Cast):
    invoice = register(cast.sakura, title="<b>費</b>")
    assert "&lt;b&gt;費" in text(invoice.card)


# -- A card that no till takes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "word"),
    [
        ("suspended", "いま使えません"),
        ("replaced", "新しいカードをお使いください"),
        ("retired", "使えなくなりました"),
    ],
)
def test_a_card_that_no_till_takes_says_so_and_nothing_else(cast: Cast, trouble: str, word: str):
    card = make_card(cast.sakura)
    kept = register(cast.sakura, title="寮費の控え", repeats=True, number=card.number)
    receive_payment(notice(kept))
    new = None
    if trouble == "suspended":
        suspend_card(cast.scope, card.number)
    elif trouble == "retired":
        retire_card(cast.scope, Retirement(card.number, withdraws_invoices=True))
    else:
        new = replace_card(cast.scope, card.number)
    body = text(card)
    assert word in body
    assert "寮費の控え" not in body
    assert 'id="copy"' not in body
    if new is not None:
        assert new.number not in body
        assert new.number[4:8] not in re.sub(r"<[^>]+>", "", body)
        assert token_of(new.page_key) not in body
        assert "寮費の控え" in text(new)


def test_a_test_card_says_that_no_store_takes_it(cast: Cast):
    card = issue_card("joint", owner=cast.sakura.twin)
    assert "テスト用のカードです" in text(card)


# -- Bars, and the way at each chain -------------------------------------------------------------


def test_bars_are_shown_only_for_chains_whose_registers_read_them(cast: Cast):
    card = make_card()
    assert card.barcode_number not in text(card)
    let_registers_read_cards(Chain.objects.get(pk="ministop"), reads=True)
    body = text(card)
    assert f"バーコード {card.barcode_number}" in body
    assert "読み取れるお店：ミニストップ<" in body
    assert "ミニストップ · レジにバーコードを見せる" in body
    let_registers_read_cards(Chain.objects.get(pk="ministop"), reads=False)
    assert card.barcode_number not in text(card)


def test_the_centres_staff_say_whose_registers_read_the_bars(cast: Cast):
    administrator = sign_in(StaffAsked("c@centre.example", "央", "administrator"))
    auditor = sign_in(StaffAsked("d@centre.example", "監", "auditor"))
    address = "/admin/billing/chain/ministop/do/read-cards"
    assert auditor.post(address).status_code == 403
    assert not Chain.objects.get(pk="ministop").reads_card_barcode
    administrator.post(address)
    assert Chain.objects.get(pk="ministop").reads_card_barcode
    assert not Chain.objects.get(pk="lawson").reads_card_barcode
    administrator.post("/admin/billing/chain/ministop/do/read-no-cards")
    assert not Chain.objects.get(pk="ministop").reads_card_barcode


def test_each_chains_way_is_told_step_by_step(cast: Cast):
    body = text(make_card())
    for chain in ("ローソン", "ミニストップ", "ファミリーマート"):
        assert f"<summary>{chain}</summary>" in body
    for button in (
        "各種番号をお持ちの方",
        "スマートピットお支払い申込券",
        "マルチコピー機",
        "30分以内",
    ):
        assert button in body


# -- Who may keep it, and who tries addresses out ------------------------------------------------


def test_nobody_else_keeps_indexes_or_passes_on_the_address(cast: Cast):
    card = make_card()
    for address in ("", "/manifest.webmanifest"):
        answer = Client().get(page_path(card.page_key) + address)
        assert answer["Cache-Control"] == "no-store"
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert not answer.cookies
    policy = page(card)["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert not re.search(r"<style|<script>| style=| on[a-z]+=", text(card))
    for link in re.findall(r'(?:src|href|action)="([^"]+)"', text(card)):
        assert link.startswith(("/static/", "/c/")), link


def test_an_unknown_address_is_404_in_the_pages_own_style(cast: Cast):
    for token in (token_of(uuid4()), "nonsense", "x" * 300):
        answer = Client().get(f"/c/{token}")
        assert answer.status_code == 404
        assert "カードのページが見つかりません" in answer.content.decode()
        assert "phone.css" in answer.content.decode()
    assert Client().post(f"/c/{token_of(uuid4())}/choose").status_code == 404


def test_who_tries_addresses_out_is_told_to_wait_and_nobody_else_is(cast: Cast):
    guesser, neighbour = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.2")
    for _ in range(MISSES_MAX):
        assert guesser.get(f"/c/{token_of(uuid4())}").status_code == 404
    answer = guesser.get(f"/c/{token_of(uuid4())}")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3_600
    assert "しばらくお待ちください" in answer.content.decode()
    assert PublicAct.objects.count() == MISSES_MAX
    assert neighbour.get(f"/c/{token_of(uuid4())}").status_code == 404
    assert guesser.get(page_path(make_card().page_key)).status_code == 200
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        assert guesser.get(f"/c/{token_of(uuid4())}").status_code == 404


def test_a_household_of_long_addresses_counts_as_one_and_no_address_is_kept():
    assert source_of("2001:db8:0:1::1") == source_of("2001:db8:0:1:ffff::2")
    assert source_of("2001:db8:0:1::1") != source_of("2001:db8:0:2::1")
    assert source_of("192.0.2.1") != source_of("192.0.2.2")
    assert source_of("::ffff:192.0.2.1") != source_of("::ffff:192.0.2.2")
    assert "192.0.2.1" not in source_of("192.0.2.1")


def test_what_counts_against_nobody_any_more_is_forgotten(cast: Cast):
    with clock.frozen(clock.now() - timedelta(hours=25)):
        Client().get("/c/nonsense")
    Client().get("/c/nonsense")
    assert forget_old_acts() == 1
    assert PublicAct.objects.count() == 1


# -- Kept on the phone ---------------------------------------------------------------------------


def test_the_card_can_be_kept_on_the_first_screen(cast: Cast):
    card = make_card()
    answer = Client().get(f"{page_path(card.page_key)}/manifest.webmanifest?lang=ne")
    assert answer["Content-Type"] == "application/manifest+json"
    words = json.loads(answer.content)
    assert words["start_url"] == f"{page_path(card.page_key)}?lang=ne"
    assert words["scope"] == page_path(card.page_key)
    assert card.number[-4:] in words["name"]
    for icon in words["icons"]:
        assert (CHECKOUT / icon["src"].lstrip("/")).is_file()
    assert f'href="{page_path(card.page_key)}/manifest.webmanifest?lang=en"' in text(
        card, lang="en"
    )


def test_the_worker_lies_where_its_scope_is(db: None):
    answer = Client().get("/c/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"caches" in answer.content
    for name in re.findall(rb'"(/static/[^"]+)"', answer.content):
        assert (CHECKOUT / name.decode().lstrip("/")).is_file()


def test_the_page_says_as_of_when_it_speaks(cast: Cast):
    with clock.frozen(clock.now().replace(hour=3, minute=34)):
        assert "オフライン: 12:34時点の内容" in text(make_card())


def test_an_owner_is_told_the_address_of_its_own_cards_and_not_of_one_that_others_use_too(
    cast: Cast,
):
    own = hand_over_card(cast.scope, MemberAsked("M-1")).member
    standard = make_card()
    shared = hand_over_card(cast.scope, MemberAsked("M-2"), number=standard.number).member
    assert own.card is not None
    called = system(cast.keys["sakura"])
    told_url = told(called.get(f"cards/{own.card.number}"))["page_url"]
    assert told_url.endswith(page_path(own.card.page_key))
    assert told(called.get(f"cards/{standard.number}"))["page_url"] is None
    staff = sign_in(StaffAsked("o@sakura.example", "桜", "administrator", cast.sakura))
    assert told_url in staff.get(f"/dashboard/cards/{own.pk}/").content.decode()
    body = staff.get(f"/dashboard/cards/{shared.pk}/").content.decode()
    assert token_of(standard.page_key) not in body
    assert "/c/" not in body


def test_an_owners_own_design_for_phones_is_shown_without_anybodys_name(cast: Cast):
    card = make_card(cast.sakura)
    assert "card-picture" not in text(card)
    made = DesignAsked("phone", "電子カード", "phone", DEFAULT.document() | {"medium": "phone"})
    make_design(cast.scope, made)
    shown = re.search(r'class="card-picture" src="data:image/png;base64,([^"]+)"', text(card))
    assert shown is not None
    picture = Image.open(BytesIO(b64decode(shown[1])))
    assert picture.size == (675, 426)
    assert not zxingcpp.read_barcodes(picture)
    assert "card-picture" not in text(make_card(cast.aoba))
    assert "card-picture" not in text(make_card())
