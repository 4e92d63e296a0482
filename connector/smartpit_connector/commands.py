"""One command a payment event: at least once, in the order of its invoice, until it succeeds.

The command reads the event as JSON on its standard input. Whoever is killed between the
command's end and the note of it runs the command once more, so a command must do the same thing
twice without harm: ``idempotency_key`` is the same each time.
"""

import json
import os
import subprocess
from collections.abc import Callable

from smartpit_connector.config import Command
from smartpit_connector.store import Store, Task

_WAITS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)


def wait_after(tries: int) -> float:
    """Return the seconds to wait after so many failures."""
    return _WAITS[min(tries, len(_WAITS) - 1)]


def run_due(store: Store, command: Command, now: Callable[[], float]) -> int:
    """Run what is due, one after the other; return how many succeeded."""
    done = 0
    while True:
        held_for = command.timeout_seconds + 60.0
        patience = float(command.gap_patience_seconds)
        task = store.claim_task(now(), for_seconds=held_for, patience=patience)
        if task is None:
            return done
        failure = _run(store, command, task)
        if failure is None:
            store.finish_task(task.event.sequence, now())
            done += 1
        else:
            until = now() + wait_after(task.tries)
            store.put_off_task(task.event.sequence, until=until, failure=failure)


def key_of(store: Store, task: Task) -> str:
    """Return what is the same whenever this event's command runs, and different for any other."""
    return f"{store.stream}-{task.event.sequence}"


def _run(store: Store, command: Command, task: Task) -> str | None:
    """Run the command; return why it failed, or None."""
    event, key = task.event, key_of(store, task)
    words = {
        "idempotency_key": key,
        "sequence": event.sequence,
        "type": event.type,
        "occurred_at": event.occurred_at,
        "data": event.words,
    }
    try:
        ended = subprocess.run(  # noqa: S603 - the operator's own command, and no shell
            command.argv,
            input=json.dumps(words, ensure_ascii=False).encode(),
            timeout=command.timeout_seconds,
            env=os.environ | {"SMARTPIT_EVENT_TYPE": event.type, "SMARTPIT_IDEMPOTENCY_KEY": key},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {command.timeout_seconds} s"
    except OSError as failed:
        return f"could not be run: {failed.strerror}"
    if ended.returncode == 0:
        return None
    said = ended.stdout[-300:].decode(errors="replace").strip()
    return f"exit code {ended.returncode}: {said}"
