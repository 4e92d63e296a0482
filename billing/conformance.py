"""接続確認: what a chain's system shows on its test side before its stores go live.

A pure list. Each step is recognised from one call and its answer, so that a chain ticks the list
off by running its own tests, at its own hour, with nobody of the centre watching.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class Call:
    """One call of the till API and what it was answered."""

    name: str  # The name of the address: till-payments.
    method: str
    status: int
    asked: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    is_replayed: bool = False

    @property
    def booked(self) -> str:
        """Return the status of what a payment call booked anew."""
        is_new = (self.name, self.method, self.status) == ("till-payments", "POST", 201)
        return str(self.told.get("status", "")) if is_new else ""

    def was_refused(self, name: str, code: str) -> bool:
        return self.name == name and self.told.get("code") == code

    def made(self, name: str, status: int) -> bool:
        return (self.name, self.method, self.status) == (name, "POST", status)


@dataclass(frozen=True)
class Step:
    """One thing to show: its code, its sentence, what to do, and how it is recognised."""

    code: str
    title: str
    hint: str
    is_shown: Callable[[Call], bool]


def _replayed(call: Call, name: str) -> bool:
    return call.is_replayed and call.made(name, 200)


STEPS: Final = (
    Step(
        "inquiry", "照会", "テスト番号（99で始まる）を照会し、請求を表示する。",
        lambda call: call.made("till-inquiries", 200) and bool(call.told.get("invoices")),
    ),
    Step(
        "miss", "番号違い", "存在しない番号を照会し、unknown_number を扱う。",
        lambda call: call.was_refused("till-inquiries", "unknown_number"),
    ),
    Step(
        "pay", "収納", "照会した請求を収納する。",
        lambda call: call.booked == "reported" and not call.asked.get("advice"),
    ),
    Step(
        "replay", "収納の再送", "応答を失ったとして、同じ内容を同じキーで再送する。",
        lambda call: _replayed(call, "till-payments"),
    ),
    Step(
        "key_reused", "キーの使い回し", "使ったキーで別の内容を送り、key_reused を扱う。",
        lambda call: call.was_refused("till-payments", "key_reused"),
    ),
    Step(
        "status", "状態の照会", "収納したキーの状態を照会する。",
        lambda call: call.name == "till-payment-status" and call.status == 200
        and call.told.get("status") != "never_seen",
    ),
    Step(
        "reverse", "取消", "収納を取り消す。",
        lambda call: call.made("till-reversals", 201) and call.told.get("status") == "reversed",
    ),
    Step(
        "reversal_repeated", "取消の再送", "取消を同じキーで再送する。",
        lambda call: _replayed(call, "till-reversals"),
    ),
    Step(
        "reverse_first", "先行取消", "収納より先に、そのキーの取消を送る。",
        lambda call: call.made("till-reversals", 201) and call.told.get("status") == "tombstone",
    ),
    Step(
        "reversed_before", "取消後の収納", "取消済のキーで収納を送り、reversed_before を扱う。",
        lambda call: call.was_refused("till-payments", "reversed_before"),
    ),
    Step(
        "advice", "事後通知", "回線断のあいだに受け取った現金を advice で伝える。",
        lambda call: call.booked == "reported" and call.asked.get("advice") is True,
    ),
    Step(
        "suspense", "請求不明の事後通知", "請求の分からない現金を advice で伝え、仮受金になる。",
        lambda call: call.booked == "suspense",
    ),
    Step(
        "slip", "申込券", "申込券を発行する。",
        lambda call: call.made("till-slips", 201),
    ),
    Step(
        "slip_paid", "申込券の収納", "申込券の請求を、slip を付けて収納する。",
        lambda call: call.booked == "reported" and bool(call.asked.get("slip")),
    ),
    Step(
        "clock", "時計", "24時間より前の taken_at で収納を送り、clock を扱う。",
        lambda call: call.was_refused("till-payments", "clock"),
    ),
    Step(
        "list", "当日の一覧", "営業日の収納一覧を取得し、自社の記録と突き合わせる。",
        lambda call: (call.name, call.method, call.status) == ("till-payments", "GET", 200),
    ),
    Step(
        "file", "確報ファイル", "収納を含む確報ファイルを送る。",
        lambda call: call.made("till-confirmations", 201) and bool(call.told.get("confirmed")),
    ),
    Step(
        "file_repeated", "確報ファイルの再送", "同じファイルをもう一度送る。",
        lambda call: _replayed(call, "till-confirmations"),
    ),
)  # fmt: skip


def steps_shown(call: Call) -> list[str]:
    """Return the codes of the steps that this call shows."""
    return [step.code for step in STEPS if step.is_shown(call)]
