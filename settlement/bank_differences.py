"""What the bank's statement may disagree about, until when, and what may be done about it. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from settlement.calendar import add_bank_days
from settlement.differences import Guidance

DIFFERS: Final = "remittance_differs"
OVERDUE: Final = "remittance_overdue"
UNKNOWN: Final = "bank_entry_unknown"
# A case of the kind UNKNOWN by its key: the debit of a transfer that a person noted as impossible.
DEBITED: Final = "bank_entry_debited"
_DEBITED_KEY: Final = "debited/"

_BANK_DAYS: Final[Mapping[str, int]] = {DIFFERS: 3, OVERDUE: 1, UNKNOWN: 2}

_ASKED: Final = {"asked_chain": "チェーン本部に照会し、回答を記録した"}
BANK_GUIDANCE: Final[Mapping[str, Guidance]] = {
    DIFFERS: Guidance(
        "チェーンの入金が、確報から計算した入金予定と違います。差額は店舗未収金に残ります。"
        "不足分がちょうど届けば、この案件は自動で処理済になります。",
        {**_ASKED, "next": "次の入金で調整されることを確かめた"},
    ),
    OVERDUE: Guidance(
        "入金予定日を1銀行営業日過ぎても、チェーンから入金がありません。"
        "届けば、この案件は自動で処理済になります。",
        {**_ASKED, "stopped": "精算入金の承認を控えることにした"},
    ),
    UNKNOWN: Guidance(
        "銀行の明細に、何のものか決まらない入出金があります。金額は仮受金（銀行）に置いてあります。"
        "「銀行の入出金明細」の画面で、何であったかを決めると、この案件は処理済になります。",
        {"asked_bank": "銀行に照会し、回答を記録した"},
    ),
    DEBITED: Guidance(
        "振込不能とした振込が、銀行の明細では引き落とされています。振り込まれていれば、再発行した入金は"
        "二重払いになります。銀行に振込の結果を照会し、届いていなければ組戻しを依頼してください。"
        "戻りの入金が明細に届くと、この案件は自動で処理済になります。"
        "戻りの入金が明細に届くまで、再発行した入金は承認も振込依頼もできません。"
        "振り込まれていたときは、再発行した入金を保留にし、銀行の回答を記録して処理済にしてください。",
        {"asked_bank_paid": "銀行に照会し、振り込まれていたことを確かめた"},
    ),
}


def debited_key(payout: object) -> str:
    """Return the key of the case of a payout's debit."""
    return f"{_DEBITED_KEY}{payout}"


def guided_as(kind: str, key: str) -> str:
    """Return whose guidance a case takes: its kind's, but for a debit that has its own."""
    return DEBITED if kind == UNKNOWN and key.startswith(_DEBITED_KEY) else kind


def due_on(kind: str, opened_on: date) -> date:
    """Return the last day on which a case that was opened on ``opened_on`` is in time."""
    return add_bank_days(opened_on, _BANK_DAYS[kind])
