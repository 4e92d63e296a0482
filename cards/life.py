"""The life of a card, told from facts: issued, printed, handed over, stopped, replaced, retired."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cards.models import BatchCard, Card, CardMove, HandOver
from tenants.access import Scope

_WORDS = {
    Card.Status.ACTIVE: "利用を再開",
    Card.Status.SUSPENDED: "停止",
    Card.Status.REPLACED: "再発行（この番号は使えなくなりました）",
    Card.Status.RETIRED: "廃止",
}
_BY_SYSTEM = "システム連携"
_BY_CENTRE = "センター"


@dataclass(frozen=True)
class LifeFact:
    """One line of a card's history, as its owner's staff read it."""

    at: datetime
    word: str
    by: str = ""
    note: str = ""


def life_of(scope: Scope, card: Card) -> list[LifeFact]:
    """Return what happened to a card, oldest first, as far as this scope's owner is concerned.

    A standard card is in the hands of several owners' members: each sees only its own hand-overs.
    """
    facts = [_issue(card), *_prints(scope, card), *_hand_overs(scope, card), *_moves(card)]
    return sorted(facts, key=lambda fact: fact.at)


def _issue(card: Card) -> LifeFact:
    former = Card.objects.filter(replaced_by=card).first()
    note = f"{former.number} に替わる番号" if former else ""
    return LifeFact(card.issued_at, "発行", note=note)


def _prints(scope: Scope, card: Card) -> Iterator[LifeFact]:
    rows = scope.rows(BatchCard.objects.filter(card=card).select_related("batch__ordered_by"))
    for row in rows:
        at = row.batch.printed_at or row.batch.ordered_at
        by = row.batch.ordered_by
        yield LifeFact(at, "印刷", by.name if by else "", f"{row.file} {row.page}ページ")


def _hand_overs(scope: Scope, card: Card) -> Iterator[LifeFact]:
    rows = HandOver.objects.filter(card=card)
    for row in scope.rows(rows.select_related("member", "handed_by", "undone__undone_by")):
        yield LifeFact(row.handed_at, "受け渡し", row.handed_by.name, row.member.reference)
        undone = getattr(row, "undone", None)
        if undone is not None:
            yield LifeFact(
                undone.undone_at, "受け渡しを取消", undone.undone_by.name, row.member.reference
            )


def _moves(card: Card) -> Iterator[LifeFact]:
    for row in CardMove.objects.filter(card=card).select_related("by"):
        yield LifeFact(row.at, _WORDS[Card.Status(row.to)], _mover(row), row.reason)


def _mover(move: CardMove) -> str:
    if move.by is None:
        return _BY_SYSTEM if move.owner_id else _BY_CENTRE
    return _BY_CENTRE if move.by.is_centre else move.by.name
