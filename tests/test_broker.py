"""The embedded broker: many ring at once, and the worker lives."""

import subprocess
import sys
from pathlib import Path
from queue import Empty
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

from smartpit.platform import broker
from smartpit.platform.home import CHECKOUT
from smartpit.settings import environment

RINGERS, EACH = 4, 150
LARGE = "x" * 200_000  # It takes a while to write, so that a reader comes between.


Address = tuple[str, dict[str, Any]]


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Address:
    monkeypatch.delenv("BROKER_URL", raising=False)
    broker.register()
    return environment.broker(tmp_path)


def ring(address: Address, ringer: int) -> None:
    url, options = address
    with Connection(url, transport_options=options) as connection:
        channel: Any = connection.channel()
        for place in range(EACH):
            channel._put("celery", {"ringer": ringer, "place": place, "body": LARGE})


def heard(address: Address, count: int) -> list[tuple[int, int]]:
    url, options = address
    until = monotonic() + 60
    got: list[tuple[int, int]] = []
    with Connection(url, transport_options=options) as connection:
        channel: Any = connection.channel()
        while len(got) < count and monotonic() < until:
            try:
                message = channel._get("celery")
            except Empty:
                continue
            assert message["body"] == LARGE
            got.append((message["ringer"], message["place"]))
    return got


def test_each_message_is_read_whole_while_others_are_written(address: Address):
    ringers = [Thread(target=ring, args=(address, ringer)) for ringer in range(RINGERS)]
    for ringer in ringers:
        ringer.start()
    got = heard(address, RINGERS * EACH)
    for ringer in ringers:
        ringer.join()
    assert sorted(got) == [(ringer, place) for ringer in range(RINGERS) for place in range(EACH)]


def test_a_message_that_cannot_be_written_is_told_and_leaves_nothing_to_read(address: Address):
    url, options = address
    folder = Path(options["data_folder_out"])
    folder.rmdir()
    with Connection(url, transport_options=options) as connection:
        channel: Any = connection.channel()
        with pytest.raises(ChannelError):
            channel._put("celery", {})
        folder.mkdir()
        with pytest.raises(Empty):
            channel._get("celery")


def test_beat_rings_the_workers_bells_without_loading_the_centre():
    words = (
        "import sys; from smartpit.beat import app; app.loader.import_default_modules();"
        "print(sorted(app.conf.beat_schedule), app.conf.beat_scheduler,"
        " {'tenants', 'cards', 'billing', 'settlement'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", words], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    scheduler = "django_celery_beat.schedulers:DatabaseScheduler"
    assert told.stdout == f"['tick'] {scheduler} set()\n"
