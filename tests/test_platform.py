"""The ground: a database that comes back, commands that end, children that die with us."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from django.http import HttpResponse
from psycopg.conninfo import make_conninfo

from smartpit.platform import connections, embedded
from smartpit.platform.home import CHECKOUT, home, secret
from smartpit.platform.processes import Child, end_group
from smartpit.web.middleware import ClientAddress


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SMARTPIT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield home()
    embedded.stop(tmp_path / "home")


def _roles(folder: Path) -> list[str]:
    found = []
    for address in (embedded.urls(folder).app, embedded.urls(folder).owner):
        with psycopg.connect(make_conninfo(**address)) as connection:
            row = connection.execute("SELECT current_user").fetchone()
            assert row
            found.append(str(row[0]))
    return found


def _postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "cluster" / "postmaster.pid").read_text().split("\n")[0])


@pytest.mark.fault("D05")
def test_a_database_killed_with_9_answers_again_with_its_rows(data_folder: Path):
    embedded.ensure_running(data_folder)
    with psycopg.connect(make_conninfo(**embedded.urls(data_folder).owner)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 50000 AS amount_yen")

    os.kill(_postmaster(data_folder), signal.SIGKILL)
    embedded.ensure_running(data_folder)

    assert _roles(data_folder) == ["smartpit_app", "smartpit_owner"]
    with psycopg.connect(make_conninfo(**embedded.urls(data_folder).owner)) as connection:
        assert connection.execute("SELECT amount_yen FROM kept").fetchall() == [(50000,)]


def test_a_pid_file_that_names_a_stranger_confuses_nobody(data_folder: Path):
    embedded.ensure_running(data_folder)
    embedded.stop(data_folder)
    stale = data_folder / "postgres" / "cluster" / "postmaster.pid"
    whose = stale.parent.stat().st_uid if os.geteuid() == 0 else None
    stranger = subprocess.Popen(["/bin/sleep", "600"], cwd="/", user=whose)
    stale.write_text(f"{stranger.pid}\n{stale.parent}\n0\n5432\n\n\n")
    try:
        embedded.ensure_running(data_folder)
        assert _postmaster(data_folder) != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_deep_data_folder_gets_its_socket_elsewhere(tmp_path: Path):
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    address = Path(embedded.urls(deep).app["host"])
    assert not address.is_relative_to(tmp_path)
    assert len(str(address / ".s.PGSQL.5432")) <= 107
    assert embedded.urls(deep.with_name("c" * 60)).app["host"] != str(address)


def test_the_database_says_to_which_checkout_it_belongs(data_folder: Path):
    embedded.ensure_running(data_folder)
    words = Path(f"/proc/{_postmaster(data_folder)}/cmdline").read_bytes()
    assert os.fsencode(CHECKOUT) in words
    assert b"postgres" in words


def test_the_output_of_a_command_ends_with_it_though_the_database_stays(data_folder: Path):
    start = "from smartpit.platform import embedded, home; embedded.ensure_running(home.home())"
    done = subprocess.run(
        [sys.executable, "-c", f"{start}; print('done')"],
        cwd=CHECKOUT,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == b"done\n"
    assert embedded.answers(data_folder)


def test_with_a_database_of_ones_own_the_application_still_owns_nothing(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABASE_URL", "postgresql://web:secret@db.example:6432/centre")
    assert not connections.is_embedded()
    told = connections.connections(data_folder)
    assert told.app["options"] == "-c role=smartpit_app"
    assert told.app["user"] == told.owner["user"] == "web"
    assert "options" not in told.owner


def test_a_secret_is_drawn_once_and_is_the_owners_alone(data_folder: Path):
    assert secret(data_folder, "django") == secret(data_folder, "django")
    assert (data_folder / "secrets" / "django").stat().st_mode & 0o777 == 0o600
    assert data_folder.stat().st_mode & 0o777 == 0o700


def test_a_dead_child_is_noticed_and_its_orphans_end(tmp_path: Path):
    note = tmp_path / "orphan"
    child = Child(
        "shell", tmp_path, command=lambda: ["/bin/sh", "-c", f"sleep 600 & echo $! > {note}; wait"]
    )
    child.start()
    _until(lambda: note.exists() and note.read_text().strip())
    orphan = int(note.read_text())
    assert child.running
    os.kill(child.running.pid, signal.SIGKILL)
    _until(child.died)
    _until(lambda: not _runs(orphan))
    assert child.deaths == 1
    _until(child.is_due)


def test_a_child_that_dies_at_once_is_tried_again_ever_more_slowly(tmp_path: Path):
    child = Child("false", tmp_path, command=lambda: ["/bin/false"])
    waits = []
    for _ in range(8):
        child.start()
        _until(child.died)
        waits.append(round(child.start_again_at - time.monotonic(), 1))
    assert waits == sorted(waits)
    assert max(waits) <= 3


def test_children_die_with_a_killed_supervisor(tmp_path: Path):
    script = (
        "from pathlib import Path; from smartpit.platform.processes import Child; import time;"
        f"c = Child('s', Path({str(tmp_path)!r}), command=lambda: ['/bin/sleep', '600']);"
        "c.start(); print(c.running.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=CHECKOUT, stdout=subprocess.PIPE)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _until(lambda: not _runs(child))


def test_a_leftover_is_ended_but_never_a_stranger_with_its_number(tmp_path: Path):
    stranger = subprocess.Popen(["/bin/sleep", "600"], cwd="/", start_new_session=True)
    ours = subprocess.Popen(["/bin/sleep", "600"], cwd=CHECKOUT, start_new_session=True)
    for sleeper in (stranger, ours):
        child = Child("web", tmp_path, command=list)
        child.pid_file.write_text(str(sleeper.pid))
        child.end_leftover()
    assert ours.wait(10) == -signal.SIGKILL
    assert stranger.poll() is None
    end_group(stranger.pid)
    stranger.wait()


@pytest.mark.django_db
def test_the_centre_says_that_it_is_up(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert json.loads(answer.content) == {"status": "ok"}
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("nonsense", "10.0.0.1"),
    ],
)
def test_only_what_a_trusted_proxy_wrote_counts_as_the_clients_address(settings, rf, told, seen):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    layer = ClientAddress(lambda request: HttpResponse(request.META["REMOTE_ADDR"]))
    proxied = layer(rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=told))
    direct = layer(rf.get("/", REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR=told))
    assert (proxied.content.decode(), direct.content.decode()) == (seen, "198.51.100.7")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def _until(holds, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_server_whose_folder_was_deleted_does_not_harm_the_next(tmp_path: Path):
    home = tmp_path / "home"
    embedded.ensure_running(home, durable=False)
    former = embedded._pid_in_file(embedded._root(home) / "cluster")
    shutil.rmtree(home)
    try:
        embedded.ensure_running(home, durable=False)
        assert former is not None
        assert not embedded._is_alive(former)
        assert embedded.answers(home)
    finally:
        embedded.stop(home)
