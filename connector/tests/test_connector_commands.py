"""A command a payment event: at least once, in order, again after a failure, never lost."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from connector_cast import NOON, World, event

from smartpit_connector.commands import wait_after
from smartpit_connector.connector import Connector

# Appends what it is told to a file, unless a file named "broken" stands beside it.
PROGRAM = """
import json, os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
if (folder / "broken").exists():
    print("no paper"); sys.exit(3)
words = json.load(sys.stdin)
words["env"] = os.environ["SMARTPIT_IDEMPOTENCY_KEY"], os.environ["SMARTPIT_EVENT_TYPE"]
with open(folder / "told", "a") as file:
    print(json.dumps(words), file=file)
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, (sys.executable, "-c", PROGRAM, str(tmp_path)))


@pytest.fixture
def connector(world: World) -> Iterator[Connector]:
    made = world.connector()
    yield made
    made.close()


def told(world: World) -> list[dict[str, Any]]:
    file = world.folder / "told"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def sequences(world: World) -> list[int]:
    return [words["sequence"] for words in told(world)]


def test_the_command_is_told_the_event_and_its_key(world: World, connector: Connector) -> None:
    connector.store.take(event(1, late=True), way="push", at=NOON)
    assert connector.run_commands() == 1
    (words,) = told(world)
    assert words["type"] == "payment.reported"
    assert words["data"]["amount_yen"] == 1_000
    assert words["data"]["late"] is True
    assert words["idempotency_key"] == "own-1"
    assert words["env"] == ["own-1", "payment.reported"]
    assert connector.run_commands() == 0


def test_what_is_no_payment_runs_no_command(world: World, connector: Connector) -> None:
    connector.store.take(event(1, "statement.closed"), way="push", at=NOON)
    assert connector.run_commands() == 0
    assert connector.store.contiguous() == 1


def test_a_failed_command_runs_again_later_and_says_why(world: World, connector: Connector) -> None:
    (world.folder / "broken").touch()
    connector.store.take(event(1), way="push", at=NOON)
    connector.store.take(event(2, invoice="i2"), way="push", at=NOON)
    assert connector.run_commands() == 0
    assert connector.store.tasks_waiting()[0] == (1, 1, "exit code 3: no paper")
    (world.folder / "broken").unlink()
    assert connector.run_commands() == 0
    world.clock.at += wait_after(0)
    assert connector.run_commands() == 2
    assert sequences(world) == [1, 2]


def test_the_later_of_one_invoice_waits_for_the_earlier(world: World, connector: Connector) -> None:
    (world.folder / "broken").touch()
    connector.store.take(event(1), way="push", at=NOON)
    connector.run_commands()
    (world.folder / "broken").unlink()
    connector.store.take(event(2, "payment.reversed", payment="p1"), way="push", at=NOON)
    connector.store.take(event(3, invoice="i2"), way="push", at=NOON)
    assert connector.run_commands() == 1
    assert sequences(world) == [3]
    world.clock.at += wait_after(0)
    assert connector.run_commands() == 2
    assert sequences(world) == [3, 1, 2]


def test_what_came_beyond_a_hole_waits_until_it_is_closed(
    world: World, connector: Connector
) -> None:
    connector.store.take(event(2, "payment.reversed", payment="p1"), way="push", at=NOON)
    assert connector.has_gap()
    assert connector.run_commands() == 0
    connector.store.take(event(1), way="pull", at=NOON)
    assert not connector.has_gap()
    assert connector.run_commands() == 2
    assert sequences(world) == [1, 2]


def test_a_hole_that_nobody_closes_does_not_stop_everything(
    world: World, connector: Connector
) -> None:
    connector.store.take(event(2), way="push", at=NOON)
    world.clock.at += 600
    assert connector.run_commands() == 1


def test_a_killed_run_is_done_over_under_the_same_key(world: World, connector: Connector) -> None:
    connector.store.take(event(1), way="push", at=NOON)
    claimed = connector.store.claim_task(NOON, for_seconds=60, patience=600)
    assert claimed is not None
    assert connector.run_commands() == 0
    world.clock.at += 60
    assert connector.run_commands() == 1
    assert told(world)[0]["idempotency_key"] == "own-1"


@pytest.mark.parametrize(
    ("argv", "failure"),
    [
        (("/nowhere/to/be/found",), "could not be run"),
        ((sys.executable, "-c", "import time; time.sleep(60)"), "no end within 1 s"),
    ],
)
def test_a_command_that_cannot_be_run_or_does_not_end(
    tmp_path: Path, argv: tuple[str, ...], failure: str
) -> None:
    world = World(tmp_path, argv)
    connector = world.connector()
    command = connector.config.command
    assert command is not None
    connector.config = replace(connector.config, command=replace(command, timeout_seconds=1))
    connector.store.take(event(1), way="push", at=NOON)
    assert connector.run_commands() == 0
    assert failure in (connector.store.tasks_waiting()[0][2] or "")
    connector.close()


def test_waits_grow_to_an_hour_and_never_end() -> None:
    assert [wait_after(tries) for tries in (0, 1, 5, 500)] == [5, 30, 3600, 3600]


def test_what_stands_is_reported_and_not_taken_back(connector: Connector) -> None:
    for one in (
        event(1, amount_yen=100, reference="CT-1"),
        event(2, amount_yen=200, reference="CT-2"),
        event(3, "payment.reversed", payment="p1", amount_yen=100, reference="CT-1"),
        event(4, amount_yen=400, reference="R-9"),
        event(5, "payment.confirmed", payment="p2", amount_yen=200, reference="CT-2"),
    ):
        connector.store.take(one, way="push", at=NOON)
    assert vars(connector.store.standing("CT-")) == {"payments_count": 1, "amount_yen": 200}
    assert vars(connector.store.standing()) == {"payments_count": 2, "amount_yen": 600}
