"""The specification says what the press and the check do: each constant stands in its text."""

import re

import pypdfium2
import pytest

from cards.artwork.artwork import BYTES_MAX, PIXELS_MAX
from cards.printing import specification as module
from cards.printing.boxes import QR_QUIET_MODULES
from cards.printing.geometry import BLEED_MM, CARD_CORNER_MM, MODULE_MM, MODULE_MM_MIN
from cards.printing.layout import SIZES_MM, MemberField
from cards.printing.paper import document, table, words
from cards.printing.profiles import PROFILES
from cards.printing.safety import thresholds
from cards.printing.safety.codes import good_modules_mm
from cards.printing.specification import Lang, specification

LANGS = list(Lang)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module", params=LANGS)
def text(request: pytest.FixtureRequest) -> str:
    return text_of(specification(request.param, centre="試験センター"))


def test_every_measure_stands_in_the_text(text: str):
    for width, height in SIZES_MM.values():
        assert f"{width:.2f}×{height:.2f}mm" in text
    for value in (
        f"{BLEED_MM:g}mm",
        f"{CARD_CORNER_MM}mm",
        f"{MODULE_MM_MIN}mm",
        f"{MODULE_MM:.2f}mm",
        "11X/7X(4.40/2.80mm)",
        "10X/10X(4.00/4.00mm)",
        "29.83mm",  # EAN-13 at 80 %, as the standard says
        "45.20mm",
        str(QR_QUIET_MODULES),
        f"{BYTES_MAX // 1024 // 1024}MB",
        f"{PIXELS_MAX:,}",
        "(K100;" if "Trim" in text else "K100、",
    ):
        assert value in text, value


def test_every_threshold_of_the_check_stands_in_the_text_with_its_source(text: str):
    is_english = "Cardholder" in text or "Quietzones" in text
    for threshold in thresholds.THRESHOLDS:
        words = (threshold.en, threshold.source_en) if is_english else (
            threshold.ja, threshold.source_ja
        )  # fmt: skip
        for word in (*words, threshold.value):
            assert re.sub(r"\s", "", word) in text, word


def test_every_field_profile_and_printer_stands_in_the_text(text: str):
    for field in MemberField:
        assert field.value in text
    for profile in PROFILES.values():
        assert profile.code in text
    for dpi in thresholds.PRINTER_DPIS:
        assert f"{dpi}dpi" in text
        for mm in good_modules_mm(MODULE_MM, dpi):
            assert f"{mm:g}mm" in text


def test_a_constant_that_changes_changes_the_paper(monkeypatch: pytest.MonkeyPatch):
    before = specification(Lang.JA, centre="試験センター")
    assert specification(Lang.JA, centre="試験センター") == before
    monkeypatch.setattr(module, "SAFE_ZONE_MM", 4.5)
    monkeypatch.setattr(module, "MODULE_MM", 0.43)
    changed = text_of(specification(Lang.JA, centre="試験センター"))
    assert "安全領域4.5mm" in changed
    assert "48.59mm" in changed


def test_the_english_paper_is_english_and_the_japanese_one_japanese():
    english = text_of(specification(Lang.EN, centre="Centre"))
    named = set(re.findall(r"[\u3040-\u9fff]+", english))
    assert named == {"郵便", "はがき", "料金別納郵便"} or named <= {"郵便はがき", "料金別納郵便"}
    assert "仕上がりサイズ" in text_of(specification(Lang.JA, centre="試験センター"))


@pytest.mark.parametrize("lang", LANGS)
def test_no_word_is_markup_and_every_font_is_embedded(lang: Lang):
    evil = '<img src="http://127.0.0.1:9/x"/><font color="red">&amp;'
    pdf = specification(lang, centre=evil)
    assert re.sub(r"\s", "", evil) in text_of(pdf)
    assert b"/Helvetica" not in pdf


@pytest.mark.parametrize(
    "evil", ['<img src="http://127.0.0.1:9/x"/>', '<font color="red">赤</font>', "a&amp;b", "<b>"]
)
def test_whatever_is_written_on_paper_is_text(evil: str):
    paper = document("題", [words(evil), table([[evil]], [80])], foot="脚")
    assert text_of(paper).count(re.sub(r"\s", "", evil)) == 2
