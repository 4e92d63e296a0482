"""The demo world is made once, however many ask for it."""

from pathlib import Path
from threading import Thread
from time import sleep
from types import SimpleNamespace

import pytest
from django.conf import LazySettings

from smartpit.web.demo import world


def test_run_and_demo_at_once_make_one_world(
    settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    settings.HOME = tmp_path
    makings: list[int] = []
    centres: list[SimpleNamespace] = []

    def make() -> dict[str, str]:
        makings.append(1)
        sleep(0.2)
        centres.append(SimpleNamespace(is_demo=True))
        return {}

    monkeypatch.setattr(world, "centre", lambda: centres[0] if centres else None)
    monkeypatch.setattr(world, "_make_world", make)
    monkeypatch.setattr(world, "_new_credentials", lambda _passwords: {"owners": {}})
    found: list[object] = []
    askers = [Thread(target=lambda: found.append(world.credentials())) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(timeout=10)
    assert len(makings) == 1
    assert len(found) == 2
    assert found[0] == found[1]
