"""The ``scenario`` command from outside, and the databases it throws away."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connections
from psycopg.conninfo import make_conninfo

from smartpit.kernel import schema, scratch
from smartpit.kernel.scratch import scratch_database
from smartpit.platform.connections import connections as addresses
from smartpit.platform.home import CHECKOUT
from smartpit.web.management.commands import scenario
from tenants.models import Owner, Plan

WORKED = CHECKOUT / "docs" / "examples" / "worked.json"


@pytest.fixture
def server(database_template, django_db_blocker):
    with django_db_blocker.unblock():
        yield


def _start(file: Path, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "scenario", str(file)],
        cwd=CHECKOUT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _copies(pid: int | str = "") -> set[str]:
    """Return the scratch databases there are, or those of one process."""
    pattern = f"smartpit_scratch_[0-9]+_{pid or '[0-9]+'}_"
    with psycopg.connect(make_conninfo(**addresses(settings.HOME).owner)) as owner:
        rows = owner.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [pattern])
        return {str(row[0]) for row in rows}


def test_two_scenarios_at_once_print_the_same_json_and_leave_nothing(server):
    both = [_start(WORKED), _start(WORKED)]
    printed = [run.communicate(timeout=120) for run in both]
    assert [run.returncode for run in both] == [0, 0]
    assert [errors for _, errors in printed] == ["", ""]
    told = [json.loads(output) for output, _ in printed]
    assert told[0] == told[1]
    assert told[0]["statements"][0]["payout_yen"] == 117_742
    assert [_copies(run.pid) for run in both] == [set(), set()]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("{", "file: json"),
        (WORKED.read_text().replace('"do": "fax"', '"do": "telex"'), "events[6]: do: unknown"),
        (WORKED.read_text().replace("plan-120", "plan-80"), "owner: unknown_plan"),
        (None, "No such file or directory"),
    ],
)
def test_a_bad_file_ends_with_2_and_one_line(server, tmp_path: Path, words, why):
    file = tmp_path / "story.json"
    if words is not None:
        file.write_text(words)
    run = _start(file)
    output, errors = run.communicate(timeout=120)
    assert (run.returncode, output) == (2, "")
    assert errors == f"{file}: {why}\n"


def test_a_scenario_plays_in_a_database_of_ones_own_too(server, tmp_path: Path):
    address = addresses(settings.HOME).owner
    url = f"postgresql:///{address['dbname']}?host={address['host']}&user={address['user']}"
    run = _start(WORKED, DATABASE_URL=url, SMARTPIT_HOME=str(tmp_path))
    output, errors = run.communicate(timeout=120)
    assert (run.returncode, errors) == (0, "")
    assert json.loads(output)["statements"][0]["payout_yen"] == 117_742


def test_ctrl_c_leaves_no_database_behind(server, tmp_path: Path):
    story = json.loads(WORKED.read_text())
    fax = {"at": "2026-11-05T12:00:00+09:00", "do": "fax"}
    story["events"] += [fax] * 20_000
    file = tmp_path / "long.json"
    file.write_text(json.dumps(story))
    run = _start(file)
    while not _copies(run.pid):
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == 130
    assert _copies(run.pid) == set()


def test_ctrl_c_that_ends_in_an_error_of_what_it_broke_off_is_still_ctrl_c(server, monkeypatch):
    def broken_off(_story: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            raise ProgrammingError("can't change 'autocommit' now")

    monkeypatch.setattr(scenario, "tell_story", broken_off)
    with pytest.raises(SystemExit) as ended:
        call_command("scenario", WORKED)
    assert ended.value.code == scenario.INTERRUPTED


def test_ctrl_c_that_was_lost_in_a_finaliser_is_heeded_before_the_story(server, monkeypatch):
    @contextmanager
    def losing() -> Iterator[None]:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        yield

    told: list[object] = []
    monkeypatch.setattr(scenario, "scratch_database", losing)
    monkeypatch.setattr(scenario, "tell_story", told.append)
    with pytest.raises(SystemExit) as ended:
        call_command("scenario", WORKED)
    assert (ended.value.code, told) == (scenario.INTERRUPTED, [])


def test_a_role_that_may_not_create_databases_is_told_so(server, monkeypatch):
    application = addresses(settings.HOME).app
    monkeypatch.setattr(scratch, "addresses", lambda home: SimpleNamespace(owner=application))
    with pytest.raises(CommandError, match="CREATEDB"):
        call_command("scenario", WORKED)


def test_an_error_of_its_own_is_not_taken_for_ctrl_c(server, monkeypatch):
    def wrong(_story: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(scenario, "tell_story", wrong)
    with pytest.raises(ZeroDivisionError):
        call_command("scenario", WORKED)


def test_ctrl_c_just_after_the_copy_was_made_leaves_none(server, monkeypatch):
    copy = scratch._copy
    made: list[str] = []

    def interrupted(owner: scratch.Session, mark: str, name: str) -> None:
        copy(owner, mark, name)
        made.append(name)
        raise KeyboardInterrupt

    monkeypatch.setattr(scratch, "_copy", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _fail_inside([])
    assert made
    assert not set(made) & _copies()


def test_a_copy_is_migrated_empty_and_the_applications_role_owns_nothing_in_it(server):
    with scratch_database():
        assert Plan.objects.filter(code="plan-120").exists()
        assert not Owner.objects.exists()
        assert not _may_drop("tenants_owner")


def test_a_copy_is_dropped_after_an_error_as_well(server):
    names: list[str] = []
    with pytest.raises(ZeroDivisionError):
        _fail_inside(names)
    assert names
    assert names[0] not in _copies()


def test_a_session_left_in_a_copy_is_ended_for_it_to_go(server):
    with scratch_database() as name:
        address = addresses(settings.HOME).app | {"dbname": name}
        left = psycopg.connect(make_conninfo(**address), autocommit=True)
    assert name not in _copies()
    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")


def _fail_inside(names: list[str]) -> None:
    with scratch_database() as name:
        names.append(name)
        assert name in _copies()
        raise ZeroDivisionError


def test_what_a_killed_run_left_is_swept_and_a_living_one_is_let_be(server):
    with scratch._owner_session() as killed:
        mark = scratch._mark(killed)
        left = f"{scratch._COPY}{mark}0_left"
        scratch._copy(killed, mark, left)
    with scratch_database() as living, scratch_database() as other:
        assert left not in _copies()
        assert {living, other} <= _copies()


def test_a_template_of_another_schema_gives_way(server, monkeypatch):
    migrated: list[str] = []
    monkeypatch.setattr(scratch, "_TEMPLATE", "smartpit_tried_")
    monkeypatch.setattr(scratch, "call_command", lambda name, **_how: migrated.append(name))
    for fingerprint in ("former", "former", "present"):
        monkeypatch.setattr(schema, "fingerprint", lambda word=fingerprint: word)
        with scratch_database():
            pass
    with scratch._owner_session() as owner:
        (left,) = scratch._names(owner, "smartpit_tried_")
        scratch.drop_database(owner, left)
    assert migrated == ["migrate", "migrate"]
    assert left.endswith("present")


def _may_drop(table: str) -> bool:
    with psycopg.connect(
        make_conninfo(**addresses(settings.HOME).app | {"dbname": _current()})
    ) as application:
        try:
            application.execute(f"DROP TABLE {table}")
        except psycopg.errors.InsufficientPrivilege:
            return False
    return True


def _current() -> str:
    return str(connections.settings["default"]["NAME"])
