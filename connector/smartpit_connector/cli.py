"""``smartpit-connector receive | pull | status | report``."""

import argparse
import json
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event as Bell
from types import FrameType

from smartpit_connector.centre import CentreFailed
from smartpit_connector.config import Config, ConfigFault, load
from smartpit_connector.connector import Connector, Refusal
from smartpit_connector.server import Door

_TICK_SECONDS = 1.0
_GAP_SECONDS = 5.0  # A centre out of reach is not asked each second.


def main(argv: Sequence[str] | None = None) -> int:
    words = _parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    try:
        config = load(words.config)
        return int(words.act(config, words))
    except (ConfigFault, CentreFailed) as refused:
        print(f"smartpit-connector: {refused}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smartpit-connector", description=__doc__)
    acts = parser.add_subparsers(required=True, metavar="receive|pull|status|report")
    receive = acts.add_parser("receive", help="take in notifications, and pull what is missing")
    receive.add_argument("--refuse-for", type=float, default=0, metavar="SECONDS")
    receive.add_argument("--refuse-first", type=int, default=0, metavar="COUNT")
    receive.add_argument("--refuse-with", type=int, default=503, metavar="STATUS")
    receive.set_defaults(act=_receive)
    pull = acts.add_parser("pull", help="pull events by cursor")
    pull.add_argument("--once", action="store_true")
    pull.set_defaults(act=_pull)
    status = acts.add_parser("status", help="say how far it has come")
    status.add_argument("--reference-prefix", default="")
    status.set_defaults(act=_status)
    report = acts.add_parser("report", help="report a connection test's result to the centre")
    report.add_argument("--test", required=True)
    report.set_defaults(act=_report)
    for one in (receive, pull, status, report):
        one.add_argument("--config", type=Path, required=True)
    return parser


def _receive(config: Config, words: argparse.Namespace) -> int:
    if config.receive is None:
        raise ConfigFault("file: [receive] is missing")
    connector = Connector(config, refusal=Refusal(words.refuse_with, first=words.refuse_first))
    connector.refusal.until = connector.now() + words.refuse_for if words.refuse_for else 0
    door = Door(connector)
    door.open()
    print(f"receiving at {door.url}", flush=True)
    _keep_working(connector)
    door.close()
    connector.close()
    return 0


def _pull(config: Config, words: argparse.Namespace) -> int:
    if config.pull is None:
        raise ConfigFault("file: [pull] is missing")
    connector = Connector(config)
    if words.once:
        new = connector.catch_up()
        done = connector.run_commands()
        print(f"{new} new, {done} commands, now at {connector.store.contiguous()}")
    else:
        _keep_working(connector)
    connector.close()
    return 0


def _keep_working(connector: Connector) -> None:
    """Catch up at once, at each gap and each few minutes, and run commands, until told to end."""
    ended = _ended()
    pull = connector.config.pull
    pulled_at = 0.0
    while not ended.is_set():
        if pull is not None:
            wait = _GAP_SECONDS if connector.has_gap() else float(pull.every_seconds)
            if connector.now() >= pulled_at + wait:
                connector.catch_up_if_possible()
                pulled_at = connector.now()
        connector.run_commands()
        ended.wait(_TICK_SECONDS)


def _ended() -> Bell:
    bell = Bell()

    def ring(_number: int, _frame: FrameType | None) -> None:
        bell.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ring)
    return bell


def _status(config: Config, words: argparse.Namespace) -> int:
    connector = Connector(config)
    store = connector.store
    told = {
        "contiguous": store.contiguous(),
        "last": store.last(),
        "acknowledged": store.acknowledged(),
        "commands_waiting": [
            {"sequence": sequence, "tries": tries, "failure": failure}
            for sequence, tries, failure in store.tasks_waiting()
        ],
        **vars(store.standing(words.reference_prefix)),
    }
    print(json.dumps(told, ensure_ascii=False, indent=1))
    connector.close()
    return 0


def _report(config: Config, words: argparse.Namespace) -> int:
    if config.pull is None:
        raise ConfigFault("file: [pull] is missing")
    connector = Connector(config)
    try:
        standing, answer = connector.report(words.test)
    except CentreFailed as refused:
        print(json.dumps(refused.words or {"detail": str(refused)}, ensure_ascii=False, indent=1))
        return 1
    finally:
        connector.close()
    told = vars(standing) | {"status": answer["status"], "certificate": answer["certificate"]}
    print(json.dumps(told, ensure_ascii=False, indent=1))
    return 0
