"""A case's record in words: what was told, line by line, as a person reads it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from billing import refusals
from cards.refusals import CardReplaced, CardSuspended
from smartpit.edge.templatetags.shown import instant
from smartpit.kernel.errors import DomainError

# In the order in which they are shown.
_LABELS: Final[Mapping[str, str]] = {
    "why": "理由",
    "reason": "違い",
    "key": "端末キー",
    "file": "確報ファイル",
    "record": "行",
    "kind": "種別",
    "store": "店舗",
    "terminal": "端末",
    "business_date": "営業日",
    "taken_at": "受取日時",
    "receipt": "レシート番号",
    "line": "明細行",
    "invoice": "請求",
    "version": "版",
    "amount_yen": "金額",
    "booked_yen": "センターの金額",
    "expected_yen": "予定の金額",
    "difference_yen": "差額",
    "cut_off": "締め日",
    "cut_offs": "締め日",
    "remits_on": "入金予定日",
    "day": "取引日",
    "sender": "振込依頼人",
    "summary": "摘要",
    "count": "件数",
    "slip": "申込券",
    "advice": "事後通知",
    "answer": "端末への回答",
    "transfer_on": "入金予定日",
    "barcode": "バーコード",
    "misses": "該当なしの回数",
    "inquiries_from": "照会の再開",
    "endpoint": "通知先",
    "url": "URL",
    "notice": "お知らせ",
    "to": "宛先",
    "failure": "失敗の理由",
    "body": "届いた本文",
}
_REASONS: Final[Mapping[str, str]] = {
    "unknown": "センターに収納がない",
    "suspense": "仮受金のまま",
    "tombstone": "先行取消のあと",
    "reversed": "取消済み",
    "amount_differs": "金額が違う",
    "repeated": "同じ収納が二度ある",
    "reported": "速報のまま",
    "confirmed": "確報済み",
    "missing": "ファイルにない",
    "exhausted": "30日間届かず、送信を打ち切った",
    "disabled": "通知先の申し出（410）により停止した",
}


def lines_of(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield label and text of each word that a case holds; what is empty is left out."""
    known = [name for name in _LABELS if name in told]
    for name in [*known, *sorted(told.keys() - _LABELS.keys())]:
        text = _text(name, told[name])
        if text:
            yield _LABELS.get(name, name), text


def _text(name: str, word: Any) -> str:
    if word is None:
        return ""
    if isinstance(word, bool):
        return "はい" if word else "いいえ"
    if isinstance(word, int):
        return f"{word:,}円" if name.endswith("_yen") else f"{word:,}"
    if isinstance(word, list):
        return "、".join(map(str, word))
    if name.endswith(("_at", "_from")):
        return _instant(str(word))
    if name in {"why", "reason"}:
        return _reason(str(word))
    return str(word)


def _instant(word: str) -> str:
    """Return an instant as clocks in Japan showed it; what a till wrote otherwise stays."""
    try:
        return instant(datetime.fromisoformat(word))
    except ValueError:
        return word


def _reason(code: str) -> str:
    words = _REASONS.get(code) or _TITLES.get(code)
    return f"{words}（{code}）" if words else code


_TITLES: Final[Mapping[str, str]] = {
    refused.code: refused.title
    for refused in (*vars(refusals).values(), CardReplaced, CardSuspended)
    if isinstance(refused, type) and issubclass(refused, DomainError) and "code" in vars(refused)
}
