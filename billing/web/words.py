"""What codes of cards and their rows say to a person."""

from collections.abc import Mapping
from typing import Final

ROW_WORDS: Final[Mapping[str, str]] = {
    "reference_duplicate": "会員番号が重複しています",
    "reference_missing": "会員番号がありません",
    "name_missing": "氏名がありません",
    "glyph_missing": "氏名に印刷できない文字があります",
    "encoding": "文字を読み取れません",
}

FAILURE_WORDS: Final[Mapping[str, str]] = {
    "misread": "印刷したコードを正しく読み取れませんでした。",
    "site_url_unset": "SITE_URL が未設定のため、QRコードのあるカードは発行できません。",
    "tenant_not_live": "チャージメニューのテナントが営業中ではありません。",
    "repeat_option_missing": "リピートオプションの契約がありません。",
    "unexpected": "予期しない誤りが起きました。センターへお問い合わせください。",
}
