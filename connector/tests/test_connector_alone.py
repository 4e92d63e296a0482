"""The connector stands alone: the standard library is enough, and no network installs it."""

import ast
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from connector_cast import SECRET, body_of, event, signed

from smartpit_connector.config import ConfigFault, load, read

ROOT = Path(__file__).resolve().parents[1]


def test_it_imports_nothing_but_the_standard_library_and_itself() -> None:
    allowed = sys.stdlib_module_names | {"smartpit_connector"}
    for source in (ROOT / "smartpit_connector").glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= allowed, source.name


def test_it_installs_alone_and_its_command_answers(tmp_path: Path) -> None:
    source = tmp_path / "source"
    subprocess.run(["cp", "-r", str(ROOT), str(source)], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    alone = ["--no-index", "--no-build-isolation", "--no-deps", "--target", str(tmp_path / "lib")]
    subprocess.run([*pip, *alone, str(source)], check=True, timeout=120)
    ran = subprocess.run(
        [sys.executable, "-I", "-c", _RUN, str(tmp_path / "lib")],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert "receive|pull|status|report" in ran.stdout


_RUN = """
import sys
sys.path.insert(0, sys.argv[1])
from smartpit_connector import cli
try:
    cli.main(["--help"])
except SystemExit as ended:
    sys.exit(ended.code)
"""


def written(folder: Path, *lines: str) -> Path:
    file = folder / "connector.toml"
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    return file


@contextmanager
def running(config: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``receive`` as an operator does, and yield it with its address."""
    program = subprocess.Popen(
        [sys.executable, "-m", "smartpit_connector", "receive", "--config", str(config), *words],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert program.stdout is not None
        yield program, program.stdout.readline().split()[-1]
    finally:
        program.kill()
        program.wait()
        assert program.stdout is not None
        program.stdout.close()


def told(url: str, sequence: int) -> int:
    body = body_of(event(sequence))
    now = time.time()  # noqa: TID251 - the process has the machine's clock.
    headers = signed(body, at=now, mark=f"msg_{sequence}")
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_what_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    config = written(tmp_path, "[receive]", f'secrets = ["{SECRET}"]', "port = 0")
    with running(config) as (program, url):
        assert told(url, 1) == 204
        program.send_signal(signal.SIGKILL)
        program.wait()
    with running(config, "--refuse-first", "1", "--refuse-with", "500") as (_, url):
        assert [told(url, 2), told(url, 2), told(url, 1)] == [500, 204, 204]
    ran = subprocess.run(
        [sys.executable, "-m", "smartpit_connector", "status", "--config", str(config)],
        capture_output=True, text=True, check=True, timeout=30,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    said = json.loads(ran.stdout)
    assert (said["contiguous"], said["payments_count"], said["amount_yen"]) == (2, 2, 2_000)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({}, r"\[receive\] or \[pull\]"),
        ({"receive": {}}, "secrets is missing"),
        ({"receive": {"secrets": ["sk_live"]}}, "begins with whsec_"),
        ({"receive": {"secrets": [SECRET], "prot": 1}}, "unknown prot"),
        ({"receive": {"secrets": [SECRET], "port": "1"}}, "port must be int"),
        ({"pull": {"url": "ftp://x", "key": "k"}}, "https"),
        ({"pull": {"url": "https://x", "key": "k", "limit": 1001}}, "1 to 1000"),
        ({"receive": {"secrets": [SECRET]}, "command": {"argv": []}}, "list of texts"),
    ],
)
def test_a_wrong_word_in_the_file_is_said(words: dict[str, object], fault: str) -> None:
    with pytest.raises(ConfigFault, match=fault):
        read(words, Path())


def test_a_file_with_secrets_is_nobody_elses_to_read(tmp_path: Path) -> None:
    config = written(tmp_path, "[receive]", f'secrets = ["{SECRET}"]')
    assert load(config).receive is not None
    config.chmod(0o644)
    with pytest.raises(ConfigFault, match="chmod 600"):
        load(config)
