"""The books: what every account stands at, read from the view over the facts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import starmap

from django.db import connection, transaction

from settlement.plain_journal import Posting
from tenants.models import Owner

# What the centre has or has spent, which grows by a debit. All other accounts grow by a credit.
_DEBITED = {"store_receivable", "bank", "chain_fee"}

_TRIAL_BALANCE = """
SELECT account, sum(yen)::bigint
  FROM (SELECT debit AS account, amount_yen AS yen FROM books WHERE day <= %(upto)s
        UNION ALL
        SELECT credit, -amount_yen FROM books WHERE day <= %(upto)s) AS side
 GROUP BY account
 ORDER BY account
"""
_DAY = """
SELECT account,
       coalesce(sum(yen) FILTER (WHERE day < %(day)s), 0)::bigint,
       coalesce(sum(yen) FILTER (WHERE day = %(day)s AND yen > 0), 0)::bigint,
       coalesce(-sum(yen) FILTER (WHERE day = %(day)s AND yen < 0), 0)::bigint
  FROM (SELECT debit AS account, day, amount_yen AS yen FROM books WHERE day <= %(day)s
        UNION ALL
        SELECT credit, day, -amount_yen FROM books WHERE day <= %(day)s) AS side
 GROUP BY account
 ORDER BY account
"""
_BALANCE = """
SELECT coalesce(sum(CASE WHEN debit = %(account)s THEN amount_yen ELSE -amount_yen END), 0)::bigint
  FROM books
 WHERE %(account)s IN (debit, credit)
"""
_POSTED = """
SELECT fact, fact_id, day, debit, credit, amount_yen FROM books WHERE day <= %(upto)s
 ORDER BY day, fact, fact_id, debit, credit
"""
_OF_OWNERS = {"owner_payable", "refund_clearing"}
_PIECE = 5_000


@contextmanager
def posted(upto: date | None = None) -> Iterator[tuple[Iterator[Posting], dict[str, int]]]:
    """Give all postings in the order of their days, and what every account stands at by them.

    Owners go by their code. Both are read from one snapshot where the caller holds no transaction
    yet; the postings come piece by piece, for a centre of years has millions.
    """
    codes = dict(Owner.objects.filter(is_test=False).values_list("pk", "code"))
    is_alone = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as plain:
        if is_alone:
            plain.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        standing = {_by_code(name, codes): yen for name, yen in trial_balance(upto).items()}
        with connection.chunked_cursor() as cursor:
            cursor.execute(_POSTED, {"upto": upto or date.max})
            pieces = iter(lambda: cursor.fetchmany(_PIECE), [])
            rows = starmap(Posting, (row for piece in pieces for row in piece))
            yield (_with_codes(posting, codes) for posting in rows), standing


def _with_codes(posting: Posting, codes: dict[int, str]) -> Posting:
    debit, credit = _by_code(posting.debit, codes), _by_code(posting.credit, codes)
    return replace(posting, debit=debit, credit=credit)


def _by_code(account: str, codes: dict[int, str]) -> str:
    root, _, owner_id = account.partition(":")
    return f"{root}:{codes[int(owner_id)]}" if root in _OF_OWNERS else account


def trial_balance(upto: date | None = None) -> dict[str, int]:
    """Return every account's debits less its credits up to the end of a day; they sum to zero."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL_BALANCE, {"upto": upto or date.max})
        return {str(account): int(yen) for account, yen in cursor.fetchall()}


@dataclass(frozen=True)
class AccountDay:
    """An account's day: what it stood at (debits less credits), what moved, what it stands at."""

    account: str
    opening_yen: int
    debit_yen: int
    credit_yen: int

    @property
    def closing_yen(self) -> int:
        return self.opening_yen + self.debit_yen - self.credit_yen


def trial_balance_of(day: date) -> list[AccountDay]:
    """Return every account's day; debits are credits, and what they stand at sums to zero."""
    with connection.cursor() as cursor:
        cursor.execute(_DAY, {"day": day})
        return [AccountDay(*row) for row in cursor.fetchall()]


def balance_yen(account: str) -> int:
    """Return what an account stands at, positive on the side on which it grows."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE, {"account": account})
        (debits_less_credits,) = cursor.fetchone() or (0,)
    is_debited = account.partition(":")[0] in _DEBITED
    return int(debits_less_credits if is_debited else -debits_less_credits)


def owner_payable(owner: Owner) -> str:
    """Return the account of what the centre owes an owner."""
    return f"owner_payable:{owner.pk}"
