"""Django's PostgreSQL with a pool that is soon whole again after the server was away.

Django's own pool tries one connection after another and waits twice as long after each that is
broken: with ten of them a request gives up before it has met a good one.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

_Connection = psycopg.Connection[Any]


class DatabaseWrapper(base.DatabaseWrapper):
    """The same backend; one broken connection makes the pool replace all that wait in it."""

    _connection_pools: dict[str, ConnectionPool[_Connection]]
    _configure_connection: Callable[[_Connection], None]

    @property
    def pool(self) -> ConnectionPool[_Connection] | None:
        options = self.settings_dict["OPTIONS"].get("pool")
        if not options:
            return None
        if self.alias not in self._connection_pools:
            pool = _Pool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                configure=self._configure_connection,
                open=False,
                **options,
            )
            self._connection_pools.setdefault(self.alias, pool)
        return self._connection_pools[self.alias]


class _Pool(ConnectionPool[_Connection]):
    def __init__(self, **how: Any) -> None:
        super().__init__(check=self._replace_if_broken, **how)

    def _replace_if_broken(self, connection: _Connection) -> None:
        try:
            self.check_connection(connection)
        except psycopg.Error:
            self.drain()
            raise
