"""The events as they came in, kept in SQLite: each once, for ever, with its command.

A stream is numbered from 1 without gaps, so two numbers say all: ``contiguous`` is the last
before the first hole, and what lies beyond it came early. Every change is one transaction, and
SQLite is told to wait for the disk: what was answered or acknowledged is there after a power cut.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    stream TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    webhook_id TEXT UNIQUE,
    type TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    words TEXT NOT NULL,
    invoice TEXT,
    way TEXT NOT NULL,
    received_at REAL NOT NULL,
    PRIMARY KEY (stream, sequence)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS task (
    stream TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    invoice TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    held_until REAL NOT NULL DEFAULT 0,
    done_at REAL,
    failure TEXT,
    PRIMARY KEY (stream, sequence)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS task_waiting ON task (stream, sequence) WHERE done_at IS NULL;
CREATE TABLE IF NOT EXISTS mark (
    stream TEXT PRIMARY KEY,
    contiguous INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0
);
"""


class Conflict(Exception):
    """Something came under a number or an id that already stands for something else."""


@dataclass(frozen=True)
class Event:
    """One numbered fact, however it came."""

    sequence: int
    type: str
    occurred_at: str
    words: dict[str, Any]

    @property
    def invoice(self) -> str | None:
        named = self.words.get("invoice")
        return named if isinstance(named, str) else None


@dataclass(frozen=True)
class Task:
    """An event whose command has not succeeded yet."""

    event: Event
    tries: int
    received_at: float


@dataclass(frozen=True)
class Standing:
    """How many payments stand, and their sum: reported and not taken back."""

    payments_count: int
    amount_yen: int


class Store:
    """One stream of one database file."""

    def __init__(self, path: Path | str, stream: str = "own", start_after: int = 0) -> None:
        self.stream = stream
        self.lock = RLock()  # One connection serves all threads, one at a time.
        self.file = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self.file.execute("PRAGMA journal_mode = WAL")
        self.file.execute("PRAGMA synchronous = FULL")
        self.file.executescript(_SCHEMA)
        self.file.execute(
            "INSERT OR IGNORE INTO mark (stream, contiguous, acknowledged) VALUES (?, ?, ?)",
            (stream, start_after, start_after),
        )

    def close(self) -> None:
        with self.lock:
            self.file.close()

    def take(self, event: Event, *, way: str, at: float, webhook_id: str | None = None) -> bool:
        """Keep an event; return whether it is new. It is on disk when this returns."""
        with self._transaction() as file:
            if webhook_id is not None:
                self._require_same_number(webhook_id, event.sequence)
            if self._stands(event):
                if webhook_id is not None:
                    self._note_id(event.sequence, webhook_id)
                return False
            key = (self.stream, event.sequence)
            words = json.dumps(event.words, ensure_ascii=False, sort_keys=True)
            told = (event.type, event.occurred_at, words, event.invoice, way, at)
            file.execute(
                "INSERT INTO event (stream, sequence, webhook_id, type, occurred_at, words, "
                "invoice, way, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, webhook_id, *told),
            )
            if event.type.startswith("payment."):
                file.execute(
                    "INSERT INTO task (stream, sequence, invoice, due_at) VALUES (?, ?, ?, ?)",
                    (*key, event.invoice, at),
                )
            self._close_up()
        return True

    def contiguous(self) -> int:
        """Return the last number before the first hole."""
        return self._mark("contiguous")

    def acknowledged(self) -> int:
        return self._mark("acknowledged")

    def last(self) -> int:
        """Return the highest number that has come, beyond any hole."""
        (found,) = self._row("SELECT max(sequence) FROM event WHERE stream = ?", self.stream)
        return max(found or 0, self.contiguous())

    def note_acknowledged(self, upto: int) -> None:
        with self._transaction() as file:
            file.execute(
                "UPDATE mark SET acknowledged = max(acknowledged, ?) WHERE stream = ?",
                (upto, self.stream),
            )

    def claim_task(self, at: float, *, for_seconds: float, patience: float) -> Task | None:
        """Take the next due task for a while; an earlier one of its invoice comes first.

        What came beyond a hole waits until the hole is closed, for what is missing may be about
        the same invoice; after ``patience`` seconds it waits no longer.
        """
        with self._transaction() as file:
            row = file.execute(
                "SELECT t.sequence, e.type, e.occurred_at, e.words, t.tries, e.received_at "
                "FROM task t JOIN event e USING (stream, sequence) "
                "WHERE t.stream = ? AND t.done_at IS NULL AND t.due_at <= ? AND t.held_until <= ? "
                "AND (t.sequence <= ? OR e.received_at <= ?) "
                "AND NOT EXISTS (SELECT 1 FROM task b WHERE b.stream = t.stream "
                "AND b.done_at IS NULL AND b.invoice = t.invoice AND b.sequence < t.sequence) "
                "ORDER BY t.sequence LIMIT 1",
                (self.stream, at, at, self.contiguous(), at - patience),
            ).fetchone()
            if row is None:
                return None
            file.execute(
                "UPDATE task SET held_until = ? WHERE stream = ? AND sequence = ?",
                (at + for_seconds, self.stream, row[0]),
            )
        event = Event(row[0], row[1], row[2], json.loads(row[3]))
        return Task(event, row[4], row[5])

    def finish_task(self, sequence: int, at: float) -> None:
        with self._transaction() as file:
            file.execute(
                "UPDATE task SET done_at = ?, held_until = 0, tries = tries + 1, failure = NULL "
                "WHERE stream = ? AND sequence = ? AND done_at IS NULL",
                (at, self.stream, sequence),
            )

    def put_off_task(self, sequence: int, *, until: float, failure: str) -> None:
        with self._transaction() as file:
            file.execute(
                "UPDATE task SET due_at = ?, held_until = 0, tries = tries + 1, failure = ? "
                "WHERE stream = ? AND sequence = ? AND done_at IS NULL",
                (until, failure[:500], self.stream, sequence),
            )

    def tasks_waiting(self) -> list[tuple[int, int, str | None]]:
        """Return number, tries and last failure of each command that has not succeeded."""
        with self.lock:
            rows = self.file.execute(
                "SELECT sequence, tries, failure FROM task WHERE stream = ? AND done_at IS NULL "
                "ORDER BY sequence",
                (self.stream,),
            )
            return [(row[0], row[1], row[2]) for row in rows]

    def standing(self, reference_prefix: str = "") -> Standing:
        """Return what was paid and stands, of references that begin so: what a report tells."""
        amounts: dict[str, int] = {}
        gone: set[str] = set()
        with self.lock:
            rows = self.file.execute(
                "SELECT type, words FROM event WHERE stream = ? AND type LIKE 'payment.%'",
                (self.stream,),
            ).fetchall()
        for kind, text in rows:
            words = json.loads(text)
            if not str(words.get("reference", "")).startswith(reference_prefix):
                continue
            if kind == "payment.reported":
                amounts[words["payment"]] = words["amount_yen"]
            if kind in ("payment.reversed", "payment.refunded"):
                gone.add(words["payment"])
        stands = [yen for payment, yen in amounts.items() if payment not in gone]
        return Standing(len(stands), sum(stands))

    def _stands(self, event: Event) -> bool:
        row = self.file.execute(
            "SELECT type, words FROM event WHERE stream = ? AND sequence = ?",
            (self.stream, event.sequence),
        ).fetchone()
        if row is None:
            return event.sequence <= self._start()
        if (row[0], json.loads(row[1])) != (event.type, event.words):
            raise Conflict(f"number {event.sequence} stands for another event")
        return True

    def _start(self) -> int:
        """Return the number after which this database begins: what lies before was never kept."""
        (first,) = self._row("SELECT min(sequence) FROM event WHERE stream = ?", self.stream)
        contiguous = self.contiguous()
        return contiguous if first is None or first > contiguous + 1 else first - 1

    def _require_same_number(self, webhook_id: str, sequence: int) -> None:
        row = self.file.execute(
            "SELECT stream, sequence FROM event WHERE webhook_id = ?", (webhook_id,)
        ).fetchone()
        if row is not None and row != (self.stream, sequence):
            raise Conflict(f"{webhook_id} stands for number {row[1]}")

    def _note_id(self, sequence: int, webhook_id: str) -> None:
        """Remember the id of what had been pulled before it was pushed."""
        self.file.execute(
            "UPDATE event SET webhook_id = ? "
            "WHERE stream = ? AND sequence = ? AND webhook_id IS NULL",
            (webhook_id, self.stream, sequence),
        )

    def _close_up(self) -> None:
        """Move ``contiguous`` over what is there now."""
        reached = self.contiguous()
        rows = self.file.execute(
            "SELECT sequence FROM event WHERE stream = ? AND sequence > ? ORDER BY sequence",
            (self.stream, reached),
        )
        for (sequence,) in rows:
            if sequence != reached + 1:
                break
            reached = sequence
        self.file.execute("UPDATE mark SET contiguous = ? WHERE stream = ?", (reached, self.stream))

    def _mark(self, name: str) -> int:
        query = "SELECT contiguous, acknowledged FROM mark WHERE stream = ?"
        contiguous, acknowledged = self._row(query, self.stream)
        return int(contiguous if name == "contiguous" else acknowledged)

    def _row(self, query: str, *words: object) -> tuple[Any, ...]:
        with self.lock:
            row: tuple[Any, ...] = self.file.execute(query, words).fetchone()
        return row

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self.lock:
            self.file.execute("BEGIN IMMEDIATE")
            try:
                yield self.file
            except BaseException:
                self.file.execute("ROLLBACK")
                raise
            self.file.execute("COMMIT")
