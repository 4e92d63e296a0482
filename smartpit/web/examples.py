"""The developer's walk over the owner API in curl lines, filled with what the test side holds.

Each line is whole and can be run as it stands; one that needs an earlier answer names it in
angle brackets until it is there. A test reads the lines off the page and runs every one.
"""

import json
from dataclasses import dataclass
from typing import Any

NO_KEY = "<テストキー>"


@dataclass(frozen=True)
class Known:
    """What the walk has come to: the newest rows of an owner's test side, if there are any."""

    reference: str
    number: str | None = None
    invoice: str | None = None
    payment: str | None = None
    acknowledged: int = 0
    last: int = 0


@dataclass(frozen=True)
class Step:
    """One call: what it does, the line that makes it, and what is worth a look in its answer."""

    title: str
    line: str
    look: str

    @property
    def is_whole(self) -> bool:
        return "<" not in self.line


@dataclass(frozen=True)
class Walk:
    """Where the calls go, with which key, and what a line of the owner's asks besides."""

    base: str
    key: str | None
    shows_certificate: bool = False

    def steps(self, known: Known) -> list[Step]:
        """Return the walk from a card to the confirmed payment."""
        number = known.number or "<1の応答の number>"
        invoice = known.invoice or "<2の応答の invoice>"
        payment = known.payment or "<3の応答の payment>"
        bill = {
            "reference": known.reference,
            "number": number,
            "title": "試験の請求",
            "amount_yen": 1100,
            "tax_yen": 100,
        }
        member = {"member_reference": "TEST-1", "member_name": "試験 花子"}
        return [
            Step(
                "会員にカードを発行する",
                self._post("cards", member),
                "number が 99 の入るテスト用の番号です。2回目からは同じカードが返ります。",
            ),
            Step(
                "請求情報を登録する",
                self._post("invoices", bill),
                "status が open。同じ行をもう一度送ると、同じ応答が 200 で返ります。",
            ),
            Step(
                "コンビニで支払う",
                self._post("test/payments", {"invoice": invoice, "chain": "lawson"}),
                "status が reported（速報）。もう一度送ると 409 already_paid です。",
            ),
            Step(
                "イベントを読む",
                self._get(f"events?after={known.acknowledged}"),
                "payment.reported に test: true が付いています。",
            ),
            Step(
                "読んだところまで受領する",
                self._post("events/acknowledge", {"upto": known.last}),
                "acknowledged が last と同じになります。",
            ),
            Step(
                "確報にする",
                self._post("test/confirmations", {"payments": [payment]}),
                "payments の status が confirmed になります。",
            ),
            Step(
                "続きのイベントを読む",
                self._get(f"events?after={known.acknowledged}"),
                "payment.confirmed が届いています。入金が確実になった知らせです。",
            ),
        ]

    def _post(self, path: str, words: dict[str, Any]) -> str:
        body = json.dumps(words, ensure_ascii=False)
        return f"{self._get(path)} -H 'Content-Type: application/json' -d '{body}'"

    def _get(self, path: str) -> str:
        shown = " --cert client.pem --key client-key.pem" if self.shows_certificate else ""
        address = f"{self.base}/api/owner/v1/{path}"
        return f"curl -sS{shown} '{address}' -H 'Authorization: Bearer {self.key or NO_KEY}'"
