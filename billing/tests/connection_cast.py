"""An owner's developer, with an endpoint on the test side, who takes the connection test."""

from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks.webhooks import Webhook

from billing.models import ConnectionTest
from billing.services.connection_tests import (
    Report,
    advance,
    begin_item,
    report_result,
    start_test,
)
from billing.services.events import acknowledge
from billing.services.notifications import EndpointAsked, add_endpoint, resend_events
from billing.services.sending import deliver_due
from billing.tests.receiver import Got, Receiver
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Centre
from tests.cast import Cast, jst, system, told

START = jst("2026-11-24 10:00")


class Developer:
    """An owner's developer with an endpoint on the test side, and a clock that all share."""

    def __init__(self, cast: Cast, receiver: Receiver) -> None:
        Centre.objects.update(is_demo=True)
        self.at: datetime = START
        self.scope = Scope(owner_id=cast.sakura.twin.pk)
        self.receiver = receiver
        endpoint, secret = add_endpoint(self.scope, EndpointAsked(receiver.url))
        self.endpoint = endpoint
        self.verifier = Webhook(secret)
        self.checks = True
        self.status: int | None = None
        receiver.script = [self.answer]
        self.api = system(cast.keys["test"])

    def answer(self, request: Any) -> None:
        status = self.status or self._verdict(self.receiver.got[-1])
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _verdict(self, got: Got) -> int:
        if not self.checks:
            return 204
        stamp = got.headers.get("webhook-timestamp", "0")
        if abs(int(stamp) - self.at.timestamp()) > 300:
            return 401
        # The library looks at the real clock; what it would say of the signature is asked afresh.
        expected = self.verifier.sign(
            got.headers["webhook-id"], datetime.fromtimestamp(int(stamp), tz=UTC),
            got.raw.decode(),
        )  # fmt: skip
        return 204 if expected in got.headers["webhook-signature"].split() else 401

    def start(self) -> ConnectionTest:
        with clock.frozen(self.at):
            return start_test(self.scope, str(self.endpoint.pk))

    def work(self, test: ConnectionTest, after: timedelta = timedelta(0)) -> dict[str, str]:
        """Let the worker do all it can by now; return the items' states."""
        self.at += after
        with clock.frozen(self.at):
            for _ in range(10):
                before = states(test)
                advance(test.pk)
                sent = deliver_due()
                if states(test) == before and not sent:
                    break
        return states(test)

    def read(self, after: int, limit: int = 100) -> int:
        with clock.frozen(self.at):
            return int(told(self.api.get("events", after=after, limit=limit))["last"])

    def begin(self, test: ConnectionTest, kind: str) -> None:
        with clock.frozen(self.at):
            begin_item(self.scope, str(test.pk), kind)

    def report(self, test: ConnectionTest, report: Report) -> ConnectionTest:
        with clock.frozen(self.at):
            return report_result(self.scope, str(test.pk), report)

    def catch_up(self, test: ConnectionTest) -> None:
        """Read everything and acknowledge it, as the cursor's item asks."""
        last = self.read(after=0)
        acknowledge(self.scope, last)
        self.work(test)

    def come_to(self, kind: str) -> ConnectionTest:
        """Pass all items before ``kind`` and begin it."""
        test = self.start()
        self.work(test)
        if kind == "cursor":
            return test
        self.catch_up(test)
        if kind == "error":
            return test
        self.err(test)
        if kind == "report":
            self.be_away(test)
        return test

    def err(self, test: ConnectionTest) -> None:
        self.status = 500
        self.begin(test, "error")
        self.work(test)
        self.status = None
        self.work(test, timedelta(seconds=6))

    def be_away(self, test: ConnectionTest) -> None:
        self.status = 503
        self.begin(test, "outage")
        self.work(test)
        for _ in range(11):
            self.work(test, timedelta(minutes=1))
        self.status = None
        with clock.frozen(self.at):
            resend_events(self.scope, 1, 100)
        self.work(test)


def states(test: ConnectionTest) -> dict[str, str]:
    return {item.kind: str(item.status) for item in test.items.all()}


def reason(test: ConnectionTest, kind: str) -> tuple[str, str]:
    item = test.items.get(kind=kind)
    return str(item.status), item.reason
