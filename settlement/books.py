"""The books: what every account stands at, read from the view over the facts."""

from datetime import date

from django.db import connection

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
_BALANCE = """
SELECT coalesce(sum(CASE WHEN debit = %(account)s THEN amount_yen ELSE -amount_yen END), 0)::bigint
  FROM books
 WHERE %(account)s IN (debit, credit)
"""


def trial_balance(upto: date | None = None) -> dict[str, int]:
    """Return every account's debits less its credits up to the end of a day; they sum to zero."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL_BALANCE, {"upto": upto or date.max})
        return {str(account): int(yen) for account, yen in cursor.fetchall()}


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
