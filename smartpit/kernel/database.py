"""What a transaction needs besides rows: named locks, and a real run that leaves no trace."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction


def lock(name: str, key: object) -> None:
    """Wait until nobody else holds ``name``/``key``, then hold it to the end of the transaction."""
    _advise("pg_advisory_xact_lock", name, key)


def lock_each(name: str, keys: Iterable[object]) -> None:
    """As ``lock`` of each key, in the order in which they come, by one statement."""
    assert connection.in_atomic_block
    words = [f"{name}:{key}" for key in keys]
    each = "SELECT pg_advisory_xact_lock(hashtextextended(word, 0)) FROM unnest(%s::text[]) AS word"
    with connection.cursor() as cursor:
        cursor.execute(each, [words])


def lock_shared(name: str, key: object) -> None:
    """As ``lock``, but together with all who also share it."""
    _advise("pg_advisory_xact_lock_shared", name, key)


def _advise(function: str, name: str, key: object) -> None:
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [f"{name}:{key}"])


@contextmanager
def held(name: str, key: object) -> Iterator[bool]:
    """Try to hold ``name``/``key`` over several transactions; yield whether nobody else does.

    The lock is the connection's: the server drops it when its holder is killed.
    """
    words = [f"{name}:{key}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", words)
        is_held = bool(cursor.fetchone()[0])
    try:
        yield is_held
    finally:
        if is_held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", words)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Do the body for real, then undo it: a preview is the thing itself."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
