"""The back office's first page says how the last audit and the last seal stand."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from settlement.services.seals import seal_days
from settlement.tests.payout_cast import person
from settlement.tests.scene import at, cast_of, take
from smartpit.web.audit import running
from smartpit.web.audit.checks import CHECKS, Verdict
from smartpit.web.audit.finding import Finding
from tests.cast import Cast, register


@pytest.fixture
def cast(db: None, settings: LazySettings, tmp_path: Path) -> Cast:
    settings.SEAL_ANCHOR = tmp_path / "anchor.txt"
    return cast_of()


def _page() -> str:
    client = Client()
    client.force_login(person("administrator"), backend="django.contrib.auth.backends.ModelBackend")
    return client.get("/admin/").content.decode()


def _audited(monkeypatch: pytest.MonkeyPatch, *faults: str) -> None:
    verdicts = [Verdict(check, Finding(1, ())) for check in CHECKS[1:]]
    verdicts.append(Verdict(CHECKS[0], Finding(1, faults)))
    monkeypatch.setattr(running, "audit", lambda: verdicts)
    running.run_audit()


def test_a_centre_where_nothing_has_happened_has_no_trouble(cast: Cast):
    with at("11-03"):
        page = _page()
    assert page.count("まだありません") == 2
    assert "要確認:" not in page


def test_a_red_audit_shows_and_a_green_one_after_it(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    with at("11-03", "10:00"):
        _audited(monkeypatch, "収納 1")
        assert f"要確認: {CHECKS[0].name}: {CHECKS[0].title}" in _page()
    with at("11-03", "11:00"):
        _audited(monkeypatch)
        page = _page()
    assert "2026/11/03 11:00" in page
    assert "要確認:" not in page


def test_an_audit_that_stands_still_shows(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    with at("11-03", "10:00"):
        _audited(monkeypatch)
    with at("11-03", "21:59"):
        assert "監査が止まっています" not in _page()
    with at("11-03", "22:00"):
        assert "監査が止まっています" in _page()


def test_a_seal_that_stands_still_shows_an_hour_after_midnight(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    with at("11-03"):
        take(register(cast.sakura))
    with at("11-04", "00:59"):
        assert "封印が止まっています" not in _page()
    with at("11-04", "01:00"):
        assert "封印が止まっています（2026/11/03 までのはずです）" in _page()
    monkeypatch.setattr("settlement.services.seals._writers_are_through", lambda: True)
    with at("11-04", "01:00"):
        seal_days()
        assert "2026/11/03 まで" in _page()
        assert "封印が止まっています" not in _page()
    with at("11-05", "01:00"):
        assert "封印が止まっています（2026/11/04 までのはずです）" in _page()
