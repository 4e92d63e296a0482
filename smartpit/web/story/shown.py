"""A story as people read it: each event with what came of it, each statement as a fall of sums."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from settlement.line_words import line_words
from settlement.waterfall import WORDS

_DO: Final = {
    "register_invoice": "請求を登録", "change_invoice": "請求を変更",
    "withdraw_invoice": "請求を削除", "pay": "収納", "reverse": "速報取消", "confirm": "確報",
    "refund": "訂正", "fax": "FAX送信", "change_contract": "契約変更",
}  # fmt: skip
_FIELDS: Final = {
    "ref": "請求", "tenant": "テナント", "amount_yen": "金額", "tax_yen": "うち消費税",
    "repeats": "リピート", "due_on": "期限", "receipt": "レシート", "receipts": "レシート",
    "chain": "チェーン", "version": "版", "advice": "事後通知", "cycle": "サイクル",
    "plan": "プラン", "from": "適用開始日",
}  # fmt: skip
_STATES: Final = {
    "open": "受付中", "paid": "収納済", "withdrawn": "削除", "expired": "期限切れ",
    "suspended": "停止", "reported": "速報", "confirmed": "確報", "reversed": "速報取消",
    "refunded": "訂正", "tombstone": "先行取消", "suspense": "仮受金",
}  # fmt: skip
_FAULTS: Final = {
    "json": "JSONとして読めません", "encoding": "UTF-8ではありません", "required": "ありません",
    "unknown": "知らない項目または言葉です", "type": "型が違います", "range": "範囲の外です",
    "choice": "選べる言葉ではありません", "form": "形式が違います", "too_long": "長すぎます",
    "not_an_object": "オブジェクトではありません",
    "characters": "使えない文字があります", "no_such_day": "存在しない日です",
    "no_such_instant": "存在しない日時です", "count": "数が多すぎます",
    "unknown_plan": "知らないプランです", "code stands twice": "同じコードが2つあります",
}  # fmt: skip
_EVENT: Final = re.compile(r"^events\[(\d+)\]: ?")


@dataclass(frozen=True)
class EventShown:
    """One event in its order of time, and what came of it."""

    at: datetime
    word: str
    words: str
    is_ok: bool
    outcome: str


@dataclass(frozen=True)
class StatementShown:
    """One statement: its days, its fall from gross to payout, its tenants."""

    days: dict[str, date]
    payments_count: int
    falls: list[tuple[str, int, bool]]
    payout_yen: int
    owner_margin_yen: int
    tenants: list[dict[str, Any]]


def events_shown(body: bytes, outcomes: list[dict[str, Any]]) -> list[EventShown]:
    """Return the events in the order they were played, each with its outcome."""
    told = json.loads(body)["events"]
    played = sorted(told, key=lambda event: datetime.fromisoformat(event["at"]))
    return [
        EventShown(
            datetime.fromisoformat(event["at"]),
            _DO[event["do"]],
            _words(event),
            bool(outcome["ok"]),
            _outcome(outcome),
        )
        for event, outcome in zip(played, outcomes, strict=True)
    ]


def statement_shown(told: Mapping[str, Any]) -> StatementShown:
    """Return a statement's sums in the order they fall; they must end at the payout."""
    falls = [(WORDS["gross"], int(told["gross_yen"]), False)]
    for line in told["lines"]:
        word = f"{line_words(line['kind'])} {line['count']:,}件"
        falls.append((word, -line["amount_yen"], False))
    falls += [(WORDS["tax"], -told["tax_yen"], False), (WORDS["stamp"], -told["stamp_yen"], False)]
    falls += [
        (WORDS["carried_in"], told["carried_in_yen"], False),
        (WORDS["carried_out"], -told["carried_out_yen"], False),
    ]
    assert sum(amount_yen for _, amount_yen, _ in falls) == told["payout_yen"]
    falls.append((WORDS["payout"], told["payout_yen"], True))
    days = {name: date.fromisoformat(told[name]) for name in ("closes_on", "stated_on", "pays_on")}
    return StatementShown(
        days,
        told["payments_count"],
        falls,
        told["payout_yen"],
        told["owner_margin_yen"],
        told["tenants"],
    )


def fault_in_words(line: str) -> str:
    """Return the command's line about a bad file in words: where, what, why."""
    found = _EVENT.match(line)
    where = f"{int(found[1]) + 1}番目の出来事" if found else ""
    faults = (line[found.end() :] if found else line).split(", ")
    return "。".join(_fault(where, fault) for fault in faults)


def _fault(where: str, fault: str) -> str:
    *places, why = fault.split(": ")
    place = "の".join([where] * bool(where) + [word for word in places if word != "file"])
    words = _FAULTS.get(why, why)
    return f"{place}: {words}" if place else words


def _words(event: Mapping[str, Any]) -> str:
    parts = [
        f"{_FIELDS[name]} {_value(name, event[name])}"
        for name in _FIELDS
        if event.get(name) not in (None, False)
    ]
    return "、".join(parts)


def _value(name: str, value: Any) -> str:
    if name.endswith("_yen"):
        return f"{value:,}円"
    if value is True:
        return "あり"
    return "・".join(map(str, value)) if isinstance(value, list) else str(value)


def _outcome(outcome: Mapping[str, Any]) -> str:
    if not outcome["ok"]:
        return str(outcome["code"])
    parts = []
    if "status" in outcome:
        parts.append(_STATES.get(outcome["status"], outcome["status"]))
    if "version" in outcome:
        parts.append(f"第{outcome['version']}版")
    if outcome.get("replayed"):
        parts.append("再送（記録済）")
    if "confirmed" in outcome:
        parts.append(f"{outcome['confirmed']:,}件")
    return "、".join(parts) or "済"
