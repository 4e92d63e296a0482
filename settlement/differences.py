"""What a chain's file may disagree about, and what a person may do about it until when.

A table: kind of record and reason -> the case it opens, how many bank days it may take, and the
ways it may end. Pure: the words of the models are named as strings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from settlement.calendar import add_bank_days

MISSING_AFTER_BANK_DAYS: Final = 7  # Chains take from two days to over a week to confirm.


@dataclass(frozen=True)
class Difference:
    """One way in which file and books disagree."""

    record_kind: str
    reason: str
    case_kind: str
    bank_days: int


@dataclass(frozen=True)
class Guidance:
    """Why a case stands, in a sentence, and what may be done: code of an action -> its words."""

    why: str
    actions: Mapping[str, str]


DIFFERENCES: Final = (
    Difference("01", "unknown", "file_report_unknown", 3),
    Difference("02", "unknown", "file_unknown", 3),
    Difference("02", "suspense", "file_unknown", 3),
    Difference("02", "tombstone", "file_after_reversal", 3),
    Difference("02", "reversed", "file_after_reversal", 3),
    Difference("02", "amount_differs", "file_amount", 2),
    Difference("02", "repeated", "file_repeated", 5),
    Difference("03", "unknown", "file_reversal_unknown", 5),
    Difference("03", "reported", "file_reversal_unseen", 1),
    Difference("03", "confirmed", "file_reversal_late", 1),
)
MISSING: Final = Difference("", "missing", "file_missing", 3)

_ASK_CHAIN: Final = {"asked_chain": "チェーン本部に照会し、回答を記録した"}
_CORRECTED: Final = {"corrected": "チェーンが訂正した（次のファイルまたは入金で調整）"}
_CONFIRM: Final = {"confirm": "センターの収納どおりに確報する"}

GUIDANCE: Final[Mapping[str, Guidance]] = {
    "file_report_unknown": Guidance(
        "速報の記録がファイルにありますが、センターに収納がありません。店舗に現金があるかもしれません。",
        {**_ASK_CHAIN, "advised": "店舗から事後通知を受けた", **_CORRECTED},
    ),
    "file_unknown": Guidance(
        "確報がありますが、請求の決まった収納がありません。入金予定日に現金が届きます。"
        "事後通知や仮受金の割当で収納が決まれば、この確報が自動で適用されます。",
        {**_ASK_CHAIN, "advised": "店舗から事後通知を受けた", **_CORRECTED},
    ),
    "file_after_reversal": Guidance(
        "店舗が取り消した収納の確報です。お客さまに現金を返していれば、入金は余分です。",
        {**_ASK_CHAIN, "sent_back": "チェーンへ返金した", **_CORRECTED},
    ),
    "file_amount": Guidance(
        "確報の金額が収納の金額と違います。収納は速報のままです。",
        {**_ASK_CHAIN, **_CONFIRM, **_CORRECTED},
    ),
    "file_repeated": Guidance(
        "すでに確報済の収納の確報です。締日も金額も変わりません。",
        {**_ASK_CHAIN, "no_money": "入金が1回分であることを確かめた", **_CORRECTED},
    ),
    "file_reversal_unknown": Guidance(
        "取消の記録がありますが、センターに収納も取消もありません。",
        {**_ASK_CHAIN, **_CORRECTED, "no_money": "現金の動きがないことを確かめた"},
    ),
    "file_reversal_unseen": Guidance(
        "店舗では取消済ですが、センターに取消が届いていません。収納は速報のままで、確報は来ません。",
        {**_ASK_CHAIN, "reversed": "店舗から取消を受けた", **_CORRECTED},
    ),
    "file_reversal_late": Guidance(
        "確報済の収納の取消です。確報後は取消できません。必要なら訂正（2名）で返します。",
        {**_ASK_CHAIN, "refunded": "訂正で返した", **_CORRECTED},
    ),
    "file_missing": Guidance(
        "速報から7銀行営業日を過ぎても、確報がありません。オーナーへは精算されていません。",
        {**_ASK_CHAIN, **_CONFIRM, "no_money": "現金を受け取っていないことを確かめた"},
    ),
}


def due_on(difference: Difference, opened_on: date) -> date:
    """Return the last day on which a case that was opened on ``opened_on`` is in time."""
    return add_bank_days(opened_on, difference.bank_days)


def missing_from(business_date: date) -> date:
    """Return the first day on which a payment of ``business_date`` counts as left out."""
    return add_bank_days(business_date, MISSING_AFTER_BANK_DAYS + 1)
