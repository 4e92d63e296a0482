"""The accounts of the books in the words of the centre's staff."""

from collections.abc import Mapping
from typing import Final

from settlement.line_words import LINE_WORDS

_ROOTS: Final = {
    "store_receivable": "チェーン未収金",
    "owner_payable": "オーナー預り金",
    "suspense": "仮受金",
    "chain_fee": "チェーン手数料",
    "refund_clearing": "訂正未処理",
    "fee_income": "手数料収入",
    "consumption_tax_payable": "預り消費税",
    "stamp_reimbursement": "収入印紙相当額",
    "payout_in_transit": "振込中の精算入金",
    "bank": "普通預金",
    "own_funds": "センター自己資金",
}
_OF_OWNERS: Final = {"owner_payable", "refund_clearing"}


def account_words(account: str, owners: Mapping[int, str], chains: Mapping[str, str]) -> str:
    """Return an account as staff read it; one that is new to this page keeps its own name."""
    root, _, whose = account.partition(":")
    word = _ROOTS.get(root, root)
    if not whose:
        return word
    if root in _OF_OWNERS and whose.isdecimal():
        return f"{word}／{owners.get(int(whose), whose)}"
    kinds = {"bank": "銀行明細"} | {str(kind): told for kind, told in LINE_WORDS.items()}
    return f"{word}／{chains.get(whose) or kinds.get(whose, whose)}"
