"""A store's system and an owner's, written from the contract alone: raw bytes, no code of ours."""

import http.client
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

JST = timezone(timedelta(hours=9))
NOWHERE = "00000000-0000-4000-8000-000000000000"
_receipts = itertools.count(int(time.time()))


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def refusal(self) -> tuple[int, str]:
        """Return status and code of a refusal, its form (RFC 9457) checked."""
        assert self.headers["content-type"].startswith("application/problem+json"), self
        problem = self.body
        assert {"type", "title", "status", "code", "detail"} <= set(problem)
        assert problem["status"] == self.status
        return self.status, problem["code"]

    @property
    def first(self) -> dict[str, Any]:
        """Return the body of what was made just now."""
        assert self.status == 201, self
        assert "idempotent-replayed" not in self.headers
        return dict(self.body)


@dataclass(frozen=True)
class Caller:
    """A system with a key; every answer must carry a Request-Id."""

    url: str
    key: str | None

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        # An iterator goes out in pieces, without a length.
        is_raw = isinstance(body, bytes | Iterator | None)
        raw = body if is_raw else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | (headers or {})
        if self.key is not None:
            sent["Authorization"] = f"Bearer {self.key}"
        line = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            with suppress(BrokenPipeError):  # It may say no before it has read all.
                line.request(method, urlsplit(self.url).path + path, raw, sent)
            got = line.getresponse()
            told = {name.lower(): word for name, word in got.getheaders()}
            answer = Answer(got.status, told, got.read())
        finally:
            line.close()
        assert answer.status < 500, (method, path, answer)
        assert answer.headers["request-id"]
        return answer

    def post(self, path: str, body: Any) -> Answer:
        return self.call("POST", path, body)

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)


@dataclass(frozen=True)
class Till(Caller):
    """One terminal of a store chain."""

    store: str = "000777"
    terminal: str = "T1"

    @classmethod
    def of(cls, url: str, demo: dict[str, Any], chain: str, **place: str) -> Self:
        return cls(f"{url}/api/till/v1/", demo["chains"][chain]["key"], **place)

    @property
    def place(self) -> dict[str, str]:
        return {"store": self.store, "terminal": self.terminal}

    def notice(self, shown: dict[str, Any], **words: Any) -> dict[str, Any]:
        """Return the body of a payment of what an inquiry or a registration has shown."""
        taken_at = words.pop("taken_at", datetime.now(JST))
        return self.place | {
            "business_date": taken_at.astimezone(JST).date().isoformat(),
            "receipt": f"{next(_receipts)}",
            "invoice": shown["invoice"],
            "version": shown["version"],
            "amount_yen": shown["amount_yen"],
            "taken_at": taken_at.isoformat(),
        } | words  # fmt: skip

    def pay(self, shown: dict[str, Any], **words: Any) -> Answer:
        return self.post("payments", self.notice(shown, **words))

    def inquire(self, **words: str) -> Answer:
        return self.post("inquiries", self.place | words)

    def print_slip(self, number: str, *invoices: str) -> Answer:
        return self.post("slips", self.place | {"number": number, "invoices": list(invoices)})

    def send_file(self, name: str, raw: bytes) -> Answer:
        headers = {"File-Name": name, "Content-Type": "application/octet-stream"}
        return self.call("POST", "confirmations", raw, headers)

    def reverse(self, notice: dict[str, Any], **words: Any) -> Answer:
        key = ("store", "terminal", "business_date", "receipt", "line")
        body = {name: notice[name] for name in key if name in notice} | {"reason": "客都合"}
        return self.post("reversals", body | words)

    def status(self, notice: dict[str, Any]) -> dict[str, Any]:
        words = [str(notice[name]) for name in ("store", "terminal", "business_date", "receipt")]
        answer = self.get("/".join(["payments", *words, str(notice.get("line", 1))]))
        assert answer.status == 200
        return dict(answer.body)


@dataclass(frozen=True)
class System(Caller):
    """An owner's system."""

    made: Any = field(default_factory=lambda: itertools.count(time.time_ns()))

    def card(self) -> str:
        answer = self.post("cards", {"member_reference": f"T-{next(self.made)}"})
        return str(answer.first["number"])

    def register(self, number: str | None = None, **words: Any) -> dict[str, Any]:
        """Register an invoice of 5,000 yen, or as ``words`` say, on a card of its own."""
        asked = {"reference": f"T-{next(self.made)}", "title": "通信料", "amount_yen": 5_000}
        return self.post("invoices", asked | {"number": number or self.card()} | words).first

    def change(self, invoice: dict[str, Any], **words: Any) -> dict[str, Any]:
        answer = self.call("PATCH", f"invoices/{invoice['invoice']}", words)
        assert answer.status == 200, answer
        return dict(answer.body)

    def withdraw(self, invoice: dict[str, Any]) -> None:
        assert self.call("DELETE", f"invoices/{invoice['invoice']}").status == 200

    def events(self) -> Iterator[dict[str, Any]]:
        """Read the whole stream, page by page."""
        after = 0
        while page := self.get("events", after=after, limit=1000).body["events"]:
            yield from page
            after = page[-1]["sequence"]

    def suspend(self, number: str, *, suspended: bool) -> None:
        answer = self.call("PATCH", f"cards/{number}", {"suspended": suspended})
        assert answer.status == 200, answer

    def replace(self, number: str) -> str:
        return str(self.post(f"cards/{number}/replace", {}).first["number"])
