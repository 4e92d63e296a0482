"""Names as the banks' files write them: half-width kana, and nothing that is not certain.

What can be written by a known rule is converted. Anything else is refused when the name is
registered, not dropped or guessed when money is already on its way: a wrong name sends a transfer
back.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import ClassVar

import jaconv

from smartpit.kernel.errors import DomainError

PAYEE_WIDTH = 30
CONSIGNOR_WIDTH = 40
INSTITUTION_WIDTH = 15

_PAYEE_CHARACTERS = re.compile(r"[0-9A-Zｱ-ﾟ ().-]+")
_INSTITUTION_CHARACTERS = re.compile(r"[0-9A-Zｱ-ﾟ-]+")

# The forms of a company that banks abbreviate, and how.
_COMPANY_FORMS = {
    "株式会社": "カ",
    "有限会社": "ユ",
    "合同会社": "ド",
    "合資会社": "シ",
    "合名会社": "メ",
    "相互会社": "ソ",
    "一般財団法人": "ザイ",
    "公益財団法人": "ザイ",
    "財団法人": "ザイ",
    "一般社団法人": "シヤ",
    "公益社団法人": "シヤ",
    "社団法人": "シヤ",
    "学校法人": "ガク",
    "医療法人": "イ",
    "宗教法人": "シユウ",
    "社会福祉法人": "フク",
    "特定非営利活動法人": "トクヒ",
    "国立大学法人": "ダイ",
    "公立大学法人": "ダイ",
    "独立行政法人": "ドク",
    "営業所": "エイ",
    "出張所": "シユツ",
    "(株)": "カ",
    "(有)": "ユ",
    "(同)": "ド",
    "(資)": "シ",
    "(名)": "メ",
    "(学)": "ガク",
}
_LONGEST_FIRST = sorted(_COMPANY_FORMS, key=len, reverse=True)
_COMPANY_FORM = re.compile(" *(" + "|".join(map(re.escape, _LONGEST_FIRST)) + ") *")

# A sound mark that stands alone: Unicode would put a space before it, a bank does not.
_LONE_MARKS = str.maketrans("゛゜", "\u3099\u309a")
_BANK_FORMS = str.maketrans(
    {
        **dict(zip("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ", strict=True)),
        **{chr(code): chr(code - 32) for code in range(ord("a"), ord("z") + 1)},
        **dict.fromkeys("ー‐‑‒–—―−─", "-"),
        "・": ".",
        "ヷ": "ﾜﾞ",
        "\u3099": "ﾞ",
        "\u309a": "ﾟ",
    }
)

# What people write where a bank wants something else, and letters that cannot be seen.
_HINTS = {"ヲ": "オ", "&": "アンド", "＆": "アンド", ",": ".", "、": ".", "ヱ": "エ", "ヰ": "イ"}
_SHOWN = {"\n": "改行", "\r": "改行", "\t": "タブ", "\x00": "制御文字"}


class BankNameRefused(DomainError):
    """A name holds something the banks' files cannot carry, kanji above all."""

    code: ClassVar[str] = "bank_name_refused"
    title: ClassVar[str] = "銀行振込に使えない文字が含まれています。カナで入力してください"
    status: ClassVar[int] = 422


def bank_kana(text: str, *, width: int = PAYEE_WIDTH) -> str:
    """Return a payee's or consignor's name as the bank's file carries it.

    A name longer than the field is cut as the banks cut it; a sound mark counts as a character,
    so the cut may fall before one.
    """
    kana = _half_width(_abbreviated(_composed(text)))
    require_payee_characters(kana)
    return kana[:width].rstrip(" ")


def institution_kana(text: str) -> str:
    """Return a bank's or branch's name as the bank's file carries it: no space, no bracket."""
    kana = _half_width(_composed(text))
    require_institution_characters(kana)
    return kana[:INSTITUTION_WIDTH]


def require_payee_characters(kana: str) -> None:
    """Refuse a name that is not yet, or cannot be, in the bank's characters."""
    _require(_PAYEE_CHARACTERS.fullmatch, kana)


def require_institution_characters(kana: str) -> None:
    """Refuse a bank's or branch's name that is not in the bank's characters."""
    _require(_INSTITUTION_CHARACTERS.fullmatch, kana)


def _require(fits: Callable[[str], object], kana: str) -> None:
    if kana.strip(" ") != kana or not fits(kana):
        raise BankNameRefused(_why_not([letter for letter in kana if not fits(letter)]))


def _why_not(strange: list[str]) -> str:
    """Name the letters that no bank takes, as a person typed them, and what to write instead."""
    if not strange:
        return "カナで入力してください。"
    shown = list(dict.fromkeys(unicodedata.normalize("NFKC", letter) for letter in strange))
    named = "".join(f"「{_SHOWN.get(letter, letter)}」" for letter in shown)
    hints = [f"「{letter}」は「{_HINTS[letter]}」" for letter in shown if letter in _HINTS]
    if any(unicodedata.name(letter, "").startswith("CJK") for letter in shown):
        hints.append("漢字は読みのカナ")
    told = f"（{'、'.join(hints)}で入力してください）" if hints else ""
    return f"{named}は銀行振込に使えない文字です。カナで入力してください。{told}"


def _composed(text: str) -> str:
    """Return one form for each character, whatever width or parts it was typed in."""
    return unicodedata.normalize("NFKC", text.translate(_LONE_MARKS)).strip(" ")


def _abbreviated(text: str) -> str:
    """Abbreviate company forms: ``カ)`` leads, ``(カ`` ends, ``(カ)`` stands between."""

    def short(found: re.Match[str]) -> str:
        opening = "(" if found.start() > 0 else ""
        closing = ")" if found.end() < len(text) else ""
        return opening + _COMPANY_FORMS[found[1]] + closing

    return _COMPANY_FORM.sub(short, text)


def _half_width(text: str) -> str:
    bank_forms = str(jaconv.hira2kata(text)).translate(_BANK_FORMS)
    return str(jaconv.z2h(bank_forms, kana=True, ascii=False, digit=False))
