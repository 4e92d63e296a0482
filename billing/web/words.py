"""What the codes of orders, events and refused rows say to a person."""

from collections.abc import Mapping
from typing import Final

from billing.models.event import EVENT_WORDS
from billing.services.events import EVENT_TYPES
from billing.services.invoices import (
    ReferenceReused,
    RegistrationExpired,
    RepeatOptionMissing,
    TenantNotLive,
    UnknownTenant,
)
from cards.refusals import CardReplaced, CardSuspended, UnknownNumber
from smartpit.edge.pages import FAULTS

FAILURE_WORDS: Final[Mapping[str, str]] = {
    "misread": "印刷したコードを正しく読み取れませんでした。",
    "site_url_unset": "SITE_URL が未設定のため、QRコードのあるカードは発行できません。",
    "tenant_not_live": "チャージメニューのテナントが営業中ではありません。",
    "repeat_option_missing": "リピートオプションの契約がありません。",
    "card_changed_hands": "印刷を待つ間に、カードが別の会員に渡されました。",
    "unexpected": "予期しない誤りが起きました。センターへお問い合わせください。",
}

EVENT_CHOICES: Final = [(type_, f"{EVENT_WORDS[type_]}（{type_}）") for type_ in EVENT_TYPES]

_ROW_REFUSALS: Final[Mapping[str, str]] = {
    refusal.code: f"{refusal.title}。"
    for refusal in (
        CardReplaced,
        CardSuspended,
        ReferenceReused,
        RegistrationExpired,
        RepeatOptionMissing,
        TenantNotLive,
        UnknownNumber,
        UnknownTenant,
    )
}
_ROW_FAULTS: Final[Mapping[str, str]] = {
    "type": "値の種類が正しくありません。",
    "no_such_day": "暦にない日付です。",
    "encoding": "文字を読み取れません。",
    "columns": "見出しより列が多い行です。",
    "quotes": "引用符が正しくありません。",
}


def row_fault(code: str, reason: str) -> str:
    """Say why a row of a file was refused; a code without words is told as it is."""
    if code == "malformed":
        return _ROW_FAULTS.get(reason) or FAULTS.get(reason) or reason
    return _ROW_REFUSALS.get(code, code)
