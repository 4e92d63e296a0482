"""The configuration: one TOML file, read strictly; a word nobody knows is a mistake."""

import os
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartpit_connector.signature import key_of


class ConfigFault(Exception):
    """The file says something that cannot be done; the message is for whoever wrote it."""


@dataclass(frozen=True)
class Receive:
    """Where notifications come in, and the secrets they are signed with: two while rotating."""

    secrets: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 8090
    path: str = "/hook"
    certificate: str = ""
    private_key: str = ""


@dataclass(frozen=True)
class Pull:
    """The centre's owner API, for what no notification told of."""

    url: str
    key: str
    every_seconds: int = 300
    limit: int = 100


@dataclass(frozen=True)
class Command:
    """What is run for each payment event: exit code 0 means done, anything else: later again."""

    argv: tuple[str, ...]
    timeout_seconds: int = 60
    gap_patience_seconds: int = 600


@dataclass(frozen=True)
class Config:
    database: Path
    stream: str = "own"
    start_after: int = 0
    receive: Receive | None = None
    pull: Pull | None = None
    command: Command | None = None


@dataclass(frozen=True)
class _Section:
    """Takes words out of a table by name and type, and knows what is left over."""

    name: str
    words: dict[str, Any] = field(default_factory=dict)

    def take(self, name: str, kind: type, default: Any = None) -> Any:
        if name not in self.words:
            if default is None:
                raise ConfigFault(f"{self.name}: {name} is missing")
            return default
        word = self.words.pop(name)
        if not isinstance(word, kind) or isinstance(word, bool):
            raise ConfigFault(f"{self.name}: {name} must be {kind.__name__}")
        return word

    def texts(self, name: str) -> tuple[str, ...]:
        words = self.take(name, list)
        if not words or not all(isinstance(word, str) for word in words):
            raise ConfigFault(f"{self.name}: {name} must be a list of texts")
        return tuple(words)

    def end(self) -> None:
        if self.words:
            raise ConfigFault(f"{self.name}: unknown {', '.join(sorted(self.words))}")


def load(path: Path) -> Config:
    """Read the file. It holds secrets, so nobody else may read it."""
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigFault(f"{path} holds secrets: chmod 600 {path}")
        words = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as failed:
        raise ConfigFault(f"{path}: {failed.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failed:
        raise ConfigFault(f"{path}: {failed}") from None
    return read(words, path.parent)


def read(words: dict[str, Any], folder: Path) -> Config:
    """Return the configuration that these words say; paths are seen from ``folder``."""
    top = _Section("file", dict(words))
    config = Config(
        database=folder / top.take("database", str, "connector.sqlite3"),
        stream=top.take("stream", str, "own"),
        start_after=top.take("start_after", int, 0),
        receive=_receive(top.words.pop("receive", None)),
        pull=_pull(top.words.pop("pull", None)),
        command=_command(top.words.pop("command", None)),
    )
    top.end()
    if config.receive is None and config.pull is None:
        raise ConfigFault("file: [receive] or [pull] is missing")
    return config


def _receive(words: Any) -> Receive | None:
    if words is None:
        return None
    section = _Section("receive", _table("receive", words))
    receive = Receive(
        secrets=section.texts("secrets"),
        host=section.take("host", str, "127.0.0.1"),
        port=section.take("port", int, 8090),
        path=section.take("path", str, "/hook"),
        certificate=section.take("certificate", str, ""),
        private_key=section.take("private_key", str, ""),
    )
    section.end()
    for secret in receive.secrets:
        try:
            key_of(secret)
        except ValueError as refused:
            raise ConfigFault(f"receive: secrets: {refused}") from None
    return receive


def _pull(words: Any) -> Pull | None:
    if words is None:
        return None
    section = _Section("pull", _table("pull", words))
    pull = Pull(
        url=section.take("url", str).rstrip("/") + "/",
        key=section.take("key", str),
        every_seconds=section.take("every_seconds", int, 300),
        limit=section.take("limit", int, 100),
    )
    section.end()
    if not pull.url.startswith(("https://", "http://")):
        raise ConfigFault("pull: url must begin with https://")
    if not 1 <= pull.limit <= 1000 or pull.every_seconds < 1:
        raise ConfigFault("pull: limit is 1 to 1000, every_seconds 1 or more")
    return pull


def _command(words: Any) -> Command | None:
    if words is None:
        return None
    section = _Section("command", _table("command", words))
    command = Command(
        argv=section.texts("argv"),
        timeout_seconds=section.take("timeout_seconds", int, 60),
        gap_patience_seconds=section.take("gap_patience_seconds", int, 600),
    )
    section.end()
    return command


def _table(name: str, words: Any) -> dict[str, Any]:
    if not isinstance(words, dict):
        raise ConfigFault(f"{name} must be a table")
    return dict(words)
