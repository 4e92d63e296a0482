"""仕様書: what a designer of a card must keep to, as a PDF made from the code's own constants.

No figure is typed here: each comes from what the press prints with and what the check measures
by, so the paper cannot say something else than the machine. Sentences stand in pairs, Japanese
and English; either document is complete.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from reportlab.platypus import Flowable, KeepTogether

from cards.artwork.artwork import BYTES_MAX, PIXELS_MAX, SIDE_MM
from cards.numbers import grouped
from cards.printing.boxes import QR_QUIET_MODULES, quiet_modules_of, width_of_element
from cards.printing.drawings import BarsDrawing, CardDrawing, Zones
from cards.printing.geometry import (
    BLEED_MM,
    CARD_CORNER_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    MODULE_MM,
    MODULE_MM_MIN,
    POSTCARD_HEIGHT_MM,
    POSTCARD_WIDTH_MM,
)
from cards.printing.layout import SIZES_MM, Barcode, Medium, MemberField, Symbology
from cards.printing.paper import (
    BODY,
    HEADING,
    LEAD,
    SMALL,
    TITLE,
    WIDTH_MM,
    document,
    side_by_side,
    space,
    table,
    words,
)
from cards.printing.profiles import PROFILES
from cards.printing.safety.codes import good_modules_mm
from cards.printing.safety.thresholds import (
    BAR_HEIGHT_MM_ADVISED,
    PRINTER_DPIS,
    SAFE_ZONE_MM,
    THRESHOLDS,
)


class Lang(StrEnum):
    JA = "ja"
    EN = "en"


class Pair(NamedTuple):
    """One sentence in both languages."""

    ja: str
    en: str


_SAMPLE_NUMBER: Final = "2012345678901"

_MEDIA: Final[dict[Medium, Pair]] = {
    Medium.PLASTIC: Pair("プラスチックカード", "Plastic card"),
    Medium.PAPER: Pair("紙カード", "Paper card"),
    Medium.PET: Pair(
        "PETカード（要確認：校正をセンターが承認してから）",
        "PET card (only after the centre has approved a proof)",
    ),
    Medium.POSTCARD: Pair("はがき", "Postcard"),
    Medium.PHONE: Pair("電子カード（印刷なし）", "Phone card (not printed)"),
}
_SYMBOLOGIES: Final[dict[Symbology, Pair]] = {
    Symbology.EAN13: Pair("EAN-13（JAN-13）標準", "EAN-13 (JAN-13), the rule"),
    Symbology.CODE128: Pair("Code 128", "Code 128"),
    Symbology.NW7: Pair("NW-7（Codabar）", "NW-7 (Codabar)"),
}
_FIELDS: Final[dict[MemberField, Pair]] = {
    MemberField.OWNER_NAME: Pair("オーナー名", "Name of the owner"),
    MemberField.MEMBER_NAME: Pair("氏名", "Name of the member"),
    MemberField.MEMBER_REFERENCE: Pair(
        "会員番号（オーナーの番号）", "The owner's number of the member"
    ),
    MemberField.POSTAL_CODE: Pair("郵便番号", "Postcode"),
    MemberField.ADDRESS1: Pair("住所1", "Address, first line"),
    MemberField.ADDRESS2: Pair("住所2", "Address, second line"),
}


def specification(lang: Lang, *, centre: str) -> bytes:
    """Return the document for this reader."""
    title = _said(lang, Pair("カードデザイン仕様書", "Card design specification"))
    story: list[Flowable] = [
        words(title, TITLE),
        words(_said(lang, _LEAD), LEAD),
        *_media(lang),
        *_artwork(lang),
        *_bars(lang),
        *_thresholds(lang),
        *_variables(lang),
        *_profiles(lang),
        *_postcard(lang),
        *_check(lang),
    ]
    return document(title, story, foot=f"{centre}　{title}", lang=lang.value)


def _said(lang: Lang, pair: Pair) -> str:
    return pair.ja if lang is Lang.JA else pair.en


def _section(lang: Lang, heading: Pair, *sentences: Pair) -> list[Flowable]:
    return [
        words(_said(lang, heading), HEADING),
        *(words(_said(lang, sentence), BODY) for sentence in sentences),
    ]


def _table(
    lang: Lang, heads: Sequence[Pair], rows: Sequence[Sequence[str]], widths_mm: Sequence[float]
) -> Flowable:
    return table([[_said(lang, head) for head in heads], *rows], widths_mm)


def _media(lang: Lang) -> list[Flowable]:
    rows = [
        [
            _said(lang, _MEDIA[medium]),
            f"{SIZES_MM[medium][0]:.2f} × {SIZES_MM[medium][1]:.2f} mm",
            "―" if medium is Medium.PHONE else f"{BLEED_MM:g} mm",
            f"{CARD_CORNER_MM} mm" if medium is not Medium.POSTCARD else "―",
        ]
        for medium in Medium
    ]
    heads = (
        Pair("媒体", "Medium"),
        Pair("仕上がりサイズ（幅 × 高さ）", "Trimmed size (width × height)"),
        Pair("塗り足し", "Bleed"),
        Pair("角丸", "Corner"),
    )
    labels = [
        _said(lang, pair)
        for pair in (
            Pair("仕上がり線", "Trim"),
            Pair("塗り足し", "Bleed"),
            Pair("安全領域", "Safe zone"),
        )
    ]
    card = Zones(CARD_WIDTH_MM, CARD_HEIGHT_MM, CARD_CORNER_MM, SAFE_ZONE_MM, *labels)
    postcard = Zones(POSTCARD_WIDTH_MM, POSTCARD_HEIGHT_MM, 0, SAFE_ZONE_MM, *labels)
    return [
        *_section(lang, Pair("1. 媒体と大きさ", "1. Media and sizes")),
        _table(lang, heads, rows, (74, 54, 22, WIDTH_MM - 150)),
        space(5),
        side_by_side(
            (
                [words(_said(lang, _CARD_CAPTION), SMALL), CardDrawing(card, 0.85)],
                [words(_said(lang, _POSTCARD_CAPTION), SMALL), CardDrawing(postcard, 0.55)],
            ),
            (98, WIDTH_MM - 98),
        ),
    ]


def _artwork(lang: Lang) -> list[Flowable]:
    megabytes = BYTES_MAX // (1024 * 1024)
    pixels = PIXELS_MAX
    return _section(
        lang,
        Pair("2. 背景と素材", "2. Background and artwork"),
        Pair(
            "PDF（1ページ、ベクターのまま使用）、PNG、JPEG をお送りください。SVG、EPS、動く画像、"
            "パスワードのある PDF、スクリプトやフォームを含む PDF は使用できません。",
            "Send PDF (one page, kept as vectors), PNG or JPEG. SVG, EPS, animated pictures, PDF "
            "with a password, and PDF with scripts or forms are refused.",
        ),
        Pair(
            f"ファイルは {megabytes} MB まで、画像は {pixels:,} 画素まで、PDF の一辺は "
            f"{SIDE_MM[0]:g} ～ {SIDE_MM[1]:g} mm です。",
            f"A file holds at most {megabytes} MB, a picture at most {pixels:,} pixels; a side of "
            f"a PDF page is {SIDE_MM[0]:g} to {SIDE_MM[1]:g} mm.",
        ),
        Pair(
            "PDF のフォントはすべて埋め込むか、アウトライン化してください。",
            "Embed every font of a PDF, or turn its words into outlines.",
        ),
        Pair(
            "色は CMYK です。RGB の画像も使用できますが、印刷会社で変換され、"
            "色味が変わることがあります。",
            "Colours are CMYK. RGB pictures are taken, but a print shop's conversion may shift "
            "them.",
        ),
        Pair(
            "背景は塗り足しまで描いてください。トンボ（裁ち落としの印）は入れないでください。",
            "Let the background run into the bleed. Draw no crop marks.",
        ),
        Pair(
            "見本の番号、バーコード、QRコードを素材に残さないでください。番号とコードは、"
            "カードごとに印刷します。",
            "Leave no sample number, barcode or QR code in the artwork. Numbers and codes are "
            "printed card by card.",
        ),
    )


def _bars(lang: Lang) -> list[Flowable]:
    heads = (
        Pair("種類", "Symbology"),
        Pair("余白（左 / 右）", "Quiet zone (left / right)"),
        Pair(f"全幅（X = {MODULE_MM_MIN} mm）", f"Full width (X = {MODULE_MM_MIN} mm)"),
        Pair(f"全幅（X = {MODULE_MM:.2f} mm）", f"Full width (X = {MODULE_MM:.2f} mm)"),
    )
    rows = []
    for symbology in Symbology:
        least, usual = (
            Barcode(id="b", x=0, y=0, height=20, symbology=symbology, module_mm=module)
            for module in (MODULE_MM_MIN, MODULE_MM)
        )
        left, right = quiet_modules_of(usual)
        quiet = f"{left}X / {right}X ({left * MODULE_MM:.2f} / {right * MODULE_MM:.2f} mm)"
        widths = [f"{width_of_element(element):.2f} mm" for element in (least, usual)]
        rows.append([_said(lang, _SYMBOLOGIES[symbology]), quiet, *widths])
    dots = [
        [f"{dpi} dpi", " / ".join(f"{mm:g} mm" for mm in good_modules_mm(MODULE_MM, dpi))]
        for dpi in PRINTER_DPIS
    ]
    drawing = BarsDrawing(
        MODULE_MM,
        BAR_HEIGHT_MM_ADVISED,
        quiet=_said(lang, Pair("余白（クワイエットゾーン）", "Quiet zones")),
        height_word=_said(lang, Pair("高さ", "height")),
    )
    return [
        *_section(lang, Pair("3. バーコードとQRコード", "3. Barcode and QR code"), *_BAR_SENTENCES),
        _table(lang, heads, rows, (44, 56, 37, WIDTH_MM - 137)),
        space(3),
        KeepTogether([drawing]),
        *_section(lang, Pair("プリンターに合うモジュール幅", "Module widths that suit a printer")),
        _table(
            lang,
            (Pair("解像度", "Resolution"), Pair("モジュール幅（X）", "Module width (X)")),
            dots,
            (40, 60),
        ),
    ]


def _thresholds(lang: Lang) -> list[Flowable]:
    rows = [
        [
            threshold.ja if lang is Lang.JA else threshold.en,
            threshold.value,
            threshold.source_ja if lang is Lang.JA else threshold.source_en,
        ]
        for threshold in THRESHOLDS
    ]
    heads = (Pair("項目", "What"), Pair("値", "Value"), Pair("根拠", "Source"))
    return [
        *_section(lang, Pair("4. 印刷前の検査で見る値", "4. What the print-safety check holds to")),
        _table(lang, heads, rows, (72, 24, WIDTH_MM - 96)),
    ]


def _variables(lang: Lang) -> list[Flowable]:
    rows = [[_said(lang, pair), field.value] for field, pair in _FIELDS.items()]
    return [
        *_section(
            lang,
            Pair("5. カードごとに変わる項目", "5. What differs from card to card"),
            Pair(
                f"番号は 13 桁で、{grouped(_SAMPLE_NUMBER)} のように 4-4-5 で区切って印刷します。",
                f"The number has 13 digits and is set 4-4-5, as {grouped(_SAMPLE_NUMBER)}.",
            ),
            Pair(
                "長い氏名や住所は、枠に入るまで縮小または改行します。切れることはありません。",
                "Long names and addresses are made smaller, or broken, until they fit their box. "
                "They are never cut off.",
            ),
            Pair(
                "書体は Noto Sans JP です。絵文字や異体字セレクターなど書体にない文字は、"
                "印刷の前に会員ごとにお知らせします。",
                "The typeface is Noto Sans JP. Letters it lacks (emoji, variation selectors) are "
                "listed by member before printing.",
            ),
        ),
        _table(lang, (Pair("項目", "Field"), Pair("コード", "Code")), rows, (80, 60)),
    ]


def _profiles(lang: Lang) -> list[Flowable]:
    heads = (
        Pair("設定", "Profile"),
        Pair("用紙", "Paper"),
        Pair("面付け", "Cards a page"),
        Pair("塗り足し", "Bleed"),
        Pair("両面", "Duplex"),
    )
    rows = [
        [
            f"{profile.name} ({profile.code})" if lang is Lang.JA else profile.code,
            f"{profile.paper_width_mm:.2f} × {profile.paper_height_mm:.2f} mm",
            f"{profile.columns} × {profile.rows}",
            f"{profile.bleed_mm:g} mm" if profile.bleed_mm else "―",
            "○" if profile.is_duplex else "―",
        ]
        for profile in PROFILES.values()
    ]
    return [
        *_section(lang, Pair("6. プリンター設定", "6. Printer profiles")),
        _table(lang, heads, rows, (72, 44, 24, 18, WIDTH_MM - 158)),
    ]


def _postcard(lang: Lang) -> list[Flowable]:
    return _section(
        lang,
        Pair("7. はがき", "7. Postcards"),
        Pair(
            "宛名面には「郵便はがき」の表示と 7 桁の郵便番号枠を入れてください。"
            "ない場合、第一種郵便物（封書）の料金になることがあります。",
            "The address side carries the words 郵便はがき and seven postcode boxes. Without them "
            "the post may charge a letter's rate.",
        ),
        Pair(
            "料金別納郵便の表示も配置できます。",
            "The mark 料金別納郵便 (postage paid in bulk) can be placed too.",
        ),
    )


def _check(lang: Lang) -> list[Flowable]:
    return _section(
        lang,
        Pair("8. 印刷後の読取検査", "8. Read-back after printing"),
        Pair(
            "できた PDF を 300 dpi の画像にし、バーコードとQRコードを読み取って、番号と一致するか"
            "検査します。1 枚でも違えば、その依頼は止まり、お渡ししません。",
            "The finished PDF is rendered at 300 dpi, its barcodes and QR codes are read and "
            "compared with the numbers. One misread stops the order.",
        ),
    )


_LEAD: Final[Pair] = Pair(
    "スマートピットのカードをデザインする方のための仕様です。"
    "寸法は仕上がり線の左上を原点とするミリメートルです。",
    "For whoever designs a Smart Pit card. Measures are millimetres from the upper left corner "
    "of the trimmed card.",
)
_CARD_CAPTION: Final[Pair] = Pair(
    "カード（ISO/IEC 7810 ID-1、JIS X 6301）",
    "Card (ISO/IEC 7810 ID-1, JIS X 6301)",
)
_POSTCARD_CAPTION: Final[Pair] = Pair("はがき（縦置き）", "Postcard (upright)")
_BAR_SENTENCES: Final[tuple[Pair, ...]] = (
    Pair(
        "バーと数字は黒 1 色（K100、シアン・マゼンタ・イエローは 0）で印刷します。"
        "色は変えられません。",
        "Bars and digits are black ink only (K 100; cyan, magenta and yellow 0). Their colour is "
        "not a choice.",
    ),
    Pair(
        "余白（クワイエットゾーン）には何も置かないでください。背景に模様や濃い色がある場合は、"
        "白い下地を付けてください。",
        "Keep the quiet zones empty. Where the background is patterned or dark, give the code its "
        "white ground.",
    ),
    Pair(
        f"モジュール幅 X は {MODULE_MM_MIN} mm 以上、標準は {MODULE_MM:.2f} mm です。",
        f"The module width X is {MODULE_MM_MIN} mm at least, {MODULE_MM:.2f} mm as a rule.",
    ),
    Pair(
        f"QRコード（電子カードのページ）は四辺に {QR_QUIET_MODULES} モジュールの余白を含みます。",
        f"The QR code (of the card's phone page) includes {QR_QUIET_MODULES} modules of quiet "
        "zone on each side.",
    ),
)
