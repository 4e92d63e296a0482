"""How long the database bears with a process of the application's: limits of each connection.

They are said when a connection is opened (``settings``), so no request pays for them. The migrating
role has none: what it may wait for is its own matter (``migrate``).
"""

from collections.abc import Mapping

from django.db import InterfaceError, InternalError, OperationalError, connection, connections
from psycopg import errors

from smartpit.platform.connections import limited

# What ends a transaction from outside and is no fault of its words. The rest of this kind
# (a lock or a statement that took too long, a server that went away) is an OperationalError.
_CUT_SHORT = (
    errors.IdleInTransactionSessionTimeout,
    errors.ReadOnlySqlTransaction,  # A standby, reached while another is being made the primary.
)


def hold_to(limits: Mapping[str, str]) -> None:
    """Hold what this process opens from now on to ``limits``, besides what the settings say."""
    words = connections.settings["default"]["OPTIONS"]
    words.update(limited({"options": str(words.get("options", ""))}, limits))


def unhurried() -> None:
    """Let this transaction take as long as it takes: one that reads or writes a great many rows."""
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, '0', true) FROM unnest(%s::text[]) AS name",
            [["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]],
        )


def is_unavailable(failure: BaseException) -> bool:
    """Tell whether the database did not do what was asked now, and may when it is asked again."""
    if isinstance(failure, InternalError):
        return isinstance(failure.__cause__, _CUT_SHORT)
    return isinstance(failure, OperationalError | InterfaceError)
