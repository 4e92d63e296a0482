"""The reference connector passes the connection test; systems that do a thing wrong do not.

The centre's API is served on a port, the connector is a server of its own, and both know only
each other's addresses and keys. The clock is moved by hand, so ten minutes take none.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from billing.models import ConnectionTest
from billing.services.connection_tests import advance
from billing.services.sending import deliver_due
from smartpit.kernel import clock
from smartpit_connector import cli
from smartpit_connector.config import Command, Config, Pull, Receive
from smartpit_connector.connector import Connector, Refusal, _event_of
from smartpit_connector.server import Door
from smartpit_connector.signature import PREFIX
from smartpit_connector.store import Standing
from tenants.models import Centre
from tests.cast import Cast, code_of, make_cast, system, told
from tests.served import served

NOT_YET = (PREFIX + "A" * 44,)
BOOK = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + chr(10))"


class TrustsEverybody(Connector):
    """Verifies no signature."""

    def receive(self, headers: Mapping[str, str], body: bytes) -> int:
        event = _event_of(body)
        if event is not None and self.store.last() < event.sequence:
            self.store.take(event, way="push", at=self.now())
        return 204


class BooksTwice(Connector):
    """Books whatever comes, as often as it comes."""

    taken: Standing = Standing(0, 0)

    def receive(self, headers: Mapping[str, str], body: bytes) -> int:
        status = super().receive(headers, body)
        event = _event_of(body)
        signs = {"payment.reported": 1, "payment.reversed": -1}
        sign = signs.get(event.type, 0) if status == 204 and event is not None else 0
        if event is not None and sign:
            yen = self.taken.amount_yen + sign * event.words["amount_yen"]
            self.taken = Standing(self.taken.payments_count + sign, yen)
        return status

    def catch_up(self) -> int:
        """Book what it pulls, too; right but for the duplicates."""
        before = self.store.standing()
        new = super().catch_up()
        after = self.store.standing()
        self.taken = Standing(
            self.taken.payments_count + after.payments_count - before.payments_count,
            self.taken.amount_yen + after.amount_yen - before.amount_yen,
        )
        return new


class KeepsItsGaps(Connector):
    """Never pulls, and acknowledges the highest number it has seen."""

    def catch_up(self) -> int:
        assert self.centre is not None
        self.centre.acknowledge(self.store.last())
        return 0


@dataclass
class Play:
    """Both systems on their ports, and the hand that moves the clock."""

    cast: Cast
    connector: Connector
    test: str
    at: datetime
    refusal: Refusal

    @property
    def api(self) -> Any:
        return system(self.cast.keys["test"])

    def work(self, after: timedelta = timedelta(0)) -> dict[str, str]:
        """Let the worker and the connector do all they can by now; return the items' states."""
        self.at += after
        for _ in range(12):
            before = self.states()
            with clock.frozen(self.at):
                advance(self.test)
                sent = deliver_due()
            if self.connector.has_gap():
                self.connector.catch_up()
            if self.states() == before and not sent:
                break
        return self.states()

    def states(self) -> dict[str, str]:
        items = told(self.api.get(f"connection-tests/{self.test}"))["items"]
        return {item["item"]: item["reason"] or item["status"] for item in items}

    def begin(self, item: str) -> None:
        path = f"connection-tests/{self.test}/items/{item}/begin"
        with clock.frozen(self.at):
            assert self.api.post(path, {}).status_code == 200

    def play_error(self) -> None:
        """As ``receive --refuse-with 500 --refuse-first 1``."""
        self.refusal.status, self.refusal.first = 500, 1
        self.begin("error")
        self.work()
        self.work(timedelta(seconds=6))

    def play_outage(self) -> None:
        """As ``receive --refuse-for 660``, and the centre's own next attempt after it."""
        self.refusal.status, self.refusal.until = 503, self.at.timestamp() + 660
        self.begin("outage")
        for wait in (0, 6, 301, 1801):
            self.work(timedelta(seconds=wait))


@contextmanager
def playing(cast: Cast, folder: Path, kind: type[Connector] = Connector) -> Iterator[Play]:
    refusal = Refusal()
    with served() as site:
        at = datetime.now(UTC)  # noqa: TID251 - the site on its port has no other clock.
        command = Command((sys.executable, "-c", BOOK, str(folder / "booked")))
        pull = Pull(f"{site.address}/api/owner/v1/", cast.keys["test"])
        config = Config(
            folder / "connector.sqlite3", receive=Receive(NOT_YET, port=0), pull=pull,
            command=command,
        )  # fmt: skip
        play = Play(cast, kind(config, lambda: play.at.timestamp(), refusal), "", at, refusal)
        door = Door(play.connector)
        door.open()
        made = told(play.api.post("endpoints", {"url": door.url}))
        receive = replace(door.receive, secrets=(made["secret"],))
        play.connector.config = replace(config, receive=receive)
        started = play.api.post("connection-tests", {"endpoint": made["endpoint"]})
        play.test = told(started)["connection_test"]
        try:
            yield play
        finally:
            door.close()
            play.connector.close()


@pytest.fixture
def cast(committed_db: str) -> Cast:
    made = make_cast()
    Centre.objects.update(is_demo=True)  # So that loopback may be told.
    return made


def test_the_reference_connector_passes(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with playing(cast, tmp_path) as play:
        assert play.work()["cursor"] == "passed"
        play.play_error()
        play.play_outage()
        assert set(list(play.states().values())[:-1]) == {"passed"}

        config = ["--config", str(written(play))]
        assert cli.main(["pull", "--once", *config]) == 0
        assert cli.main(["report", "--test", play.test, *config]) == 0
        answer = json.loads(capsys.readouterr().out.partition("{")[2].join(["{", ""]))
        assert (answer["status"], answer["payments_count"]) == ("passed", 10)

        assert play.connector.run_commands() == len(booked(play)) == 12  # One was undone.
        assert len(set(booked(play))) == 12
        paper = play.api.get(f"connection-tests/{play.test}/certificate")
        words = pypdfium2.PdfDocument(paper.content)[0].get_textpage().get_text_range()
        assert answer["certificate"] in words
        assert "さくら学園" in words


def written(play: Play) -> Path:
    """Write the file an operator would have, of the same database and the same key."""
    config = play.connector.config
    assert config.pull is not None
    file = config.database.parent / "connector.toml"
    lines = ("[pull]", f'url = "{config.pull.url}"', f'key = "{config.pull.key}"')
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    return file


def booked(play: Play) -> list[str]:
    file = play.connector.config.database.parent / "booked"
    return file.read_text().splitlines() if file.exists() else []


def test_a_system_that_verifies_no_signature_does_not_pass(cast: Cast, tmp_path: Path) -> None:
    with playing(cast, tmp_path, TrustsEverybody) as play:
        assert play.work()["signature"] == "forgery_accepted"
        assert ConnectionTest.objects.get(pk=play.test).status == "failed"


def test_a_system_that_keeps_its_gaps_does_not_pass(cast: Cast, tmp_path: Path) -> None:
    with playing(cast, tmp_path, KeepsItsGaps) as play:
        assert play.work()["cursor"] == "gap"


def test_a_system_that_books_duplicates_does_not_pass(cast: Cast, tmp_path: Path) -> None:
    with playing(cast, tmp_path, BooksTwice) as play:
        play.work()
        play.play_error()
        play.play_outage()
        assert set(list(play.states().values())[:-1]) == {"passed"}
        connector = play.connector
        assert isinstance(connector, BooksTwice)
        answer = play.api.post(f"connection-tests/{play.test}/report", vars(connector.taken))
        assert code_of(answer) == (409, "report_differs")
        right = connector.store.standing()
        assert connector.taken.payments_count == right.payments_count + 1  # The duplicate.
        assert ConnectionTest.objects.get(pk=play.test).status == "running"
