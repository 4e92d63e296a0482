"""What the reason of a failed order says to a person."""

from collections.abc import Mapping
from typing import Final

FAILURE_WORDS: Final[Mapping[str, str]] = {
    "misread": "印刷したコードを正しく読み取れませんでした。",
    "site_url_unset": "SITE_URL が未設定のため、QRコードのあるカードは発行できません。",
    "tenant_not_live": "チャージメニューのテナントが営業中ではありません。",
    "repeat_option_missing": "リピートオプションの契約がありません。",
    "card_changed_hands": "印刷を待つ間に、カードが別の会員に渡されました。",
    "unexpected": "予期しない誤りが起きました。センターへお問い合わせください。",
}
