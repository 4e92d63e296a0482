"""The walk of one payment, by a program that knows only the contract and the standard library.

Start the demo (`make run`), then: .venv/bin/python docs/examples/walk.py
It plays three parts: an owner's system, a store's till, and the receiver of notifications.
"""

import base64
import hashlib
import hmac
import json
import queue
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
JST = timezone(timedelta(hours=9))
told: "queue.Queue[tuple[dict[str, str], bytes]]" = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    """The owner's system, listening: it keeps what comes and answers 204."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told.put(({name.lower(): word for name, word in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        """Say nothing of each request."""


def call(method: str, url: str, key: str, body: Any = None) -> tuple[int, dict[str, Any], bytes]:
    request = urllib.request.Request(  # noqa: S310  The address is the demo's own.
        url,
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            raw = answer.read()
            return answer.status, json.loads(raw), raw
    except urllib.error.HTTPError as refused:
        raw = refused.read()
        return refused.code, json.loads(raw), raw


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Check a notification as Standard Webhooks says: HMAC-SHA256 of id.timestamp.body."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(
        hmac.compare_digest(word, f"v1,{wanted}") for word in headers["webhook-signature"].split()
    )


def next_told(secret: str, type_: str) -> dict[str, Any]:
    """Return the next notification of ``type_``, its signature checked."""
    while True:
        headers, body = told.get(timeout=30)
        assert is_signed(secret, headers, body), "a notification with a wrong signature"
        words: dict[str, Any] = json.loads(body)
        if words["type"] == type_:
            return words


def listen(owner: str, key: str) -> dict[str, Any]:
    """Start the receiver, register it, and return the endpoint with its secret."""
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/smartpit"
    status, endpoint, _ = call("POST", owner + "endpoints", key, {"url": url})
    print(f"通知先を登録        {status} whsec_…（{len(endpoint['secret'])}文字）")
    return endpoint


def main() -> None:
    demo = json.loads(
        subprocess.run(
            [sys.executable, "manage.py", "demo", "--json"],
            cwd=ROOT, check=True, capture_output=True,
        ).stdout
    )  # fmt: skip
    owner, till = demo["base_url"] + "/api/owner/v1/", demo["base_url"] + "/api/till/v1/"
    pixel, lawson = demo["owners"]["pixel"], demo["chains"]["lawson"]["key"]
    number = pixel["cards"][0]
    now = datetime.now(JST)
    run = now.strftime("%H%M%S")

    try:
        endpoint = listen(owner, pixel["key"])
    except urllib.error.URLError:
        sys.exit(f"Nothing answers at {demo['base_url']}: start `make run`, with the same PORT.")
    secret = endpoint["secret"]

    asked = {"reference": f"WALK-{run}", "number": number, "title": "チャージ 3,000円",
             "amount_yen": 3000, "tax_yen": 272, "repeats": True}  # fmt: skip
    status, invoice, _ = call("POST", owner + "invoices", pixel["key"], asked)
    print(f"請求情報を登録      {status} {invoice['status']} 版{invoice['version']} {number}")

    place = {"store": "000001", "terminal": "01"}
    status, shown, _ = call("POST", till + "inquiries", lawson, place | {"number": number})
    (line,) = [row for row in shown["invoices"] if row["invoice"] == invoice["invoice"]]
    print(f"店頭で照会          {status} {line['payee']} {line['title']} {line['amount_yen']}円")

    key = place | {"business_date": now.date().isoformat(), "receipt": f"W{run}"}
    cash = key | {"invoice": line["invoice"], "version": line["version"],
                  "amount_yen": line["amount_yen"], "taken_at": now.isoformat()}  # fmt: skip
    status, paid, first = call("POST", till + "payments", lawson, cash)
    print(f"店頭で収納          {status} {paid['status']} {paid['amount_yen']}円")
    notice = next_told(secret, "payment.reported")
    assert notice["data"]["payment"] == paid["payment"]
    print(f"オーナーへ通知      署名OK {notice['type']} 第{notice['sequence']}号")

    status, _, again = call("POST", till + "payments", lawson, cash)
    print(f"同じ内容を再送      {status} 最初の応答と{'同じ' if again == first else '違う'}")
    status, refused, _ = call("POST", till + "payments", lawson, cash | {"amount_yen": 1})
    print(f"同じキーで別の金額  {status} {refused['code']}")
    status, undone, _ = call("POST", till + "reversals", lawson, key | {"reason": "客都合"})
    print(f"店頭で取消          {status} {undone['status']}")
    notice = next_told(secret, "payment.reversed")
    print(f"オーナーへ通知      署名OK {notice['type']} 第{notice['sequence']}号")
    status, refused, _ = call("POST", till + "payments", lawson, cash)
    print(f"取消後の再送        {status} {refused['code']}")
    call("DELETE", f"{owner}endpoints/{endpoint['endpoint']}", pixel["key"])
    call("DELETE", f"{owner}invoices/{invoice['invoice']}", pixel["key"])


if __name__ == "__main__":
    main()
