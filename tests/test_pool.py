"""The pool of a web process whose database was away for a while."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections
from psycopg_pool import ConnectionPool

from smartpit.kernel.postgresql.base import DatabaseWrapper
from smartpit.settings import base

if TYPE_CHECKING:
    import psycopg

WAITING = 8


@pytest.fixture
def pooled(
    committed_db: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[DatabaseWrapper, ConnectionPool[Any]]]:
    options = connection.settings_dict["OPTIONS"] | {"pool": base._POOL}
    words = connection.settings_dict | {"NAME": committed_db, "OPTIONS": options}
    monkeypatch.setitem(connections.settings, "pooled", words)
    wrapper = connections["pooled"]
    assert isinstance(wrapper, DatabaseWrapper)
    assert wrapper.pool is not None
    wrapper.pool.open()
    yield wrapper, wrapper.pool
    wrapper.close()
    wrapper.close_pool()
    del connections["pooled"]


def test_a_pool_of_broken_connections_serves_the_first_who_asks(
    pooled: tuple[DatabaseWrapper, ConnectionPool[Any]],
    owner_connection: "psycopg.Connection[tuple[object, ...]]",
):
    wrapper, pool = pooled
    with ExitStack() as held:
        lent = [held.enter_context(pool.connection()) for _ in range(WAITING)]
        broken = {one.info.backend_pid for one in lent}
    assert len(broken) == WAITING
    for pid in broken:
        owner_connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] not in broken
