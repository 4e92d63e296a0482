"""The fee lines of a statement in the words an owner reads. Pure."""

from settlement.fees import LineKind

LINE_WORDS: dict[LineKind, str] = {
    "payment": "収納手数料",
    "transfer": "精算入金手数料",
    "fax": "FAX通信費",
    "contract_administration": "契約事務手数料",
    "connection_test": "接続試験費",
    "leased_line_work": "専用線工事費",
    "repeat_yearly": "リピートオプション年額",
    "first_registration": "初回登録料",
    "monthly_base": "月額基本料",
    "uncollected": "未収納手数料",
}


def line_words(kind: str) -> str:
    """Return a line's word; a kind that is none is our mistake."""
    words = {str(name): word for name, word in LINE_WORDS.items()}
    return words[kind]
