"""The centre's books as plain text that hledger reads: every posting, then what must stand.

Each fact is one transaction of two postings. The last transaction moves nothing and asserts every
account's balance as the centre's own trial balance has it, so a program that knows nothing of the
centre adds up all postings once more and says whether it comes to the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

# hledger's own kinds: assets, liabilities, equity, income, expenses. What is new is left open.
_KINDS: Final = {
    "store_receivable": "A",
    "bank": "A",
    "owner_payable": "L",
    "suspense": "L",
    "refund_clearing": "L",
    "consumption_tax_payable": "L",
    "payout_in_transit": "L",
    "stamp_reimbursement": "L",
    "own_funds": "E",
    "fee_income": "R",
    "chain_fee": "X",
}


@dataclass(frozen=True)
class Posting:
    """A row of the books."""

    fact: str
    fact_id: str
    day: date
    debit: str
    credit: str
    amount_yen: int


def journal_lines(postings: Iterable[Posting], standing: Mapping[str, int]) -> Iterator[str]:
    """Yield the journal line by line; ``standing`` is each account's debits less its credits."""
    yield "; The centre's books: a view over its facts, one transaction a fact.\n"
    yield "commodity 1,000. JPY\n"  # The dot ends it: yen have no part.
    for account in sorted(standing):
        yield _declared(account)
    last = None
    for posting in postings:
        last = posting.day
        yield _transaction(posting)
    if last is not None:
        yield _assertions(last, standing)


def _declared(account: str) -> str:
    kind = _KINDS.get(account.partition(":")[0])
    return f"account {account}" + (f"  ; type: {kind}\n" if kind else "\n")


def _transaction(posting: Posting) -> str:
    return (
        f"\n{posting.day.isoformat()} * {posting.fact}  ; fact: {posting.fact_id}\n"
        f"    {posting.debit}  {posting.amount_yen} JPY\n"
        f"    {posting.credit}  {-posting.amount_yen} JPY\n"
    )


def _assertions(day: date, standing: Mapping[str, int]) -> str:
    lines = [f"    {account}  0 JPY = {yen} JPY\n" for account, yen in sorted(standing.items())]
    return f"\n{day.isoformat()} * trial_balance\n" + "".join(lines)
