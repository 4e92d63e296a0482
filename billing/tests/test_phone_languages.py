"""The card's page in every language: whole, marked where nobody read it, and asked for."""

import re
from string import Formatter

import pytest
from django.test import Client

from billing.phone_words import languages
from billing.selectors import payable_invoices
from billing.tests.phone_cast import text
from cards.page_links import page_path
from smartpit.platform.home import CHECKOUT
from tenants.access import CENTRE
from tenants.models import Centre
from tests.cast import Cast, make_card, register


def test_every_language_has_every_word_and_the_same_places_to_fill():
    japanese = languages()["ja"]
    for language in languages().values():
        assert set(language.words) == set(japanese.words), language.code
        for key, sentence in language.words.items():
            assert places(sentence) == places(japanese.words[key]), f"{language.code}: {key}"
            assert sentence.strip(), f"{language.code}: {key}"
        counts = {machine: len(steps) for machine, steps in language.steps.items()}
        assert counts == {machine: len(steps) for machine, steps in japanese.steps.items()}
    assert [code for code, it in languages().items() if it.reviewed] == ["ja", "ja-easy", "en"]


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_the_pages_ask_for_no_word_that_is_not_there():
    for template in ("page", "frame", "told"):
        source = (CHECKOUT / f"templates/phone/{template}.html").read_text()
        for key in re.findall(r"(?:say|plain)\.(\w+)", source):
            assert key in languages()["ja"].words, key


def test_the_machines_own_words_stand_in_every_language():
    for language in languages().values():
        steps = "".join(language.steps["loppi"] + language.steps["multicopier"])
        for button in (
            "各種番号をお持ちの方",
            "次へ",
            "スマートピットお支払い",
            "確定する",
            "スマートピット",
        ):
            assert button in steps, f"{language.code}: {button}"


@pytest.mark.parametrize(
    ("accepts", "shown"),
    [
        ("", "支払い方"),
        ("ja,en;q=0.8", "支払い方"),
        ("en-US,en;q=0.9", "How to pay"),
        ("vi-VN,vi;q=0.9,en;q=0.5", "Cách thanh toán"),
        ("zh-CN", "付款方法"),
        ("ne-NP", "भुक्तानी गर्ने तरिका"),
        ("pt-BR,pt;q=0.9", "Como pagar"),
        ("ko-KR,ko;q=0.9", "How to pay"),
        ("ko-KR,ja;q=0.2", "支払い方"),
        ("*", "支払い方"),
        ("%%;;q=,", "支払い方"),
    ],
)
def test_a_phone_is_spoken_to_in_a_language_it_accepts(cast: Cast, accepts: str, shown: str):
    answer = Client(headers={"accept-language": accepts}).get(page_path(make_card().page_key))
    assert f'<h2 id="how-label">{shown}' in answer.content.decode()


def test_a_link_picks_the_language_and_an_unknown_one_does_not(cast: Cast):
    card = make_card()
    assert "はらいかた".replace("はら", "払（はら）") in text(card, lang="ja-easy")
    assert '<html lang="pt"' in text(card, lang="pt")
    assert '<html lang="ja"' in text(card, lang="tlh")


def test_an_unreviewed_translation_says_so_and_has_the_japanese_beside_each_sentence(cast: Cast):
    card = register(cast.sakura, title="実習費").card
    for language in languages().values():
        body = text(card, lang=language.code)
        assert ("strip-unreviewed" in body) == (not language.reviewed)
        beside = body.count('class="beside" lang="ja"')
        assert (beside > 30) == (not language.reviewed), language.code
    vietnamese = text(card, lang="vi")
    for step in languages()["ja"].steps["loppi"]:
        assert step in vietnamese


def test_a_practice_centre_says_so(cast: Cast):
    card = make_card()
    assert "見本・練習用" not in text(card)
    Centre.objects.update(is_demo=True)
    assert "見本・練習用" in text(card)


def test_a_card_is_anybodys_who_knows_its_address_also_of_another_scope(cast: Cast):
    """What is payable with a standard card is of any owner, as at a till."""
    card = make_card()
    register(cast.sakura, title="桜の費用", number=card.number)
    register(cast.aoba, title="青葉の代金", number=card.number)
    body = text(card)
    assert "桜の費用" in body
    assert "青葉の代金" in body
    assert len(payable_invoices(card)) == 2
    assert CENTRE.is_centre
