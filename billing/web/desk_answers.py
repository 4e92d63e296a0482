"""What the desk's page says: how it went, in words a new clerk understands, and what is next."""

from dataclasses import dataclass
from typing import Final

from billing.services.desk import Handed, HandOverAsked
from cards.models import HandOver
from cards.numbers import grouped
from smartpit.kernel.errors import DomainError, Malformed

# Code of a refusal: the field to look at again, and what to do about it.
_PLAIN: Final[dict[str, tuple[str, str]]] = {
    "unknown_number": (
        "card",
        "このカードは見つかりません。カードのバーコードをもう一度読み取ってください。",
    ),
    "card_ambiguous": ("card", "カードの番号を 4-4-5 のハイフンつきで入力してください。"),
    "card_suspended": ("card", "このカードは停止中です。別のカードを読み取ってください。"),
    "card_replaced": (
        "card",
        "このカードは再発行済みで、もう使えません。別のカードを読み取ってください。",
    ),
    "card_taken": ("card", "このカードは別の会員のものです。別のカードを読み取ってください。"),
    "card_not_blank": ("card", "このカードは使われています。未使用のカードを読み取ってください。"),
    "reference_is_a_card": (
        "reference",
        "会員番号の欄に、カードが読み取られました。会員番号を入力してください。",
    ),
    "member_has_card": ("reference", "この会員は、すでに別のカードを持っています。"),
    "member_has_no_card": (
        "reference",
        "この会員はカードを持っていません。会員番号を確かめてください。",
    ),
    "unknown_menu": ("menu", "このチャージメニューは使えません。選び直してください。"),
    "repeat_option_missing": (
        "menu",
        "リピートの契約がないため、チャージメニューを登録できません。「なし」を選んでください。",
    ),
    "tenant_not_live": (
        "menu",
        "チャージメニューのテナントが稼働していません。別のメニューを選んでください。",
    ),
}
_FIELD_FAULTS: Final = {
    "required": "入力してください。",
    "too_long": "長すぎます。",
    "characters": "使えない文字が含まれています。",
}


@dataclass(frozen=True)
class Answer:
    """One answer: ``outcome`` is done, again, undone or refused; ``focus`` the field to go to."""

    outcome: str
    title: str
    detail: str = ""
    focus: str = "card"
    slip: str = ""
    handed: Handed | None = None
    asked: HandOverAsked | None = None
    held: str = ""


def done(handed: Handed, *, slip: str) -> Answer:
    """Tell what was done; a second Enter finds it done already and prints no second slip."""
    if not handed.is_new:
        return Answer("again", "登録済みです", "そのままお渡しください。", handed=handed)
    if handed.replaces:
        told = (
            f"{grouped(handed.replaces)} は使えなくなり、受付中の請求は新しいカードへ移りました。"
        )
        return Answer("done", "新しいカードに替えました", told, slip=slip, handed=handed)
    is_new_member = handed.fact is not None and handed.fact.was_new_member
    told = "はじめての会員番号です。まちがいがないか確かめてください。" if is_new_member else ""
    return Answer("done", "登録しました", told, slip=slip, handed=handed)


def taken_back(fact: HandOver) -> Answer:
    told = f"会員 {fact.member.reference} の受付を取り消しました。カードはまた使えます。"
    return Answer("undone", "取り消しました", told)


def refused(no: DomainError, asked: HandOverAsked | None = None) -> Answer:
    """Say plainly what is wrong; a member that holds another card may be given this one for it."""
    if isinstance(no, Malformed):
        error = no.extra["errors"][0]
        return Answer("refused", _FIELD_FAULTS.get(error["code"], no.title), focus=error["field"])
    focus, told = _PLAIN.get(no.code, ("card", no.detail or no.title))
    if no.code != "member_has_card":
        return Answer("refused", told, focus=focus)
    return Answer("refused", told, focus=focus, asked=asked, held=no.extra["current"])
