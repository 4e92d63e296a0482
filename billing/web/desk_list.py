"""本日の受付: what went over the counter today, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Prefetch

from cards.models import Card, CardMove, HandOver, Member
from cards.selectors import hand_overs_of
from smartpit.kernel import clock
from tenants.access import Scope

ROWS_SHOWN: Final = 30


@dataclass(frozen=True)
class DeskRow:
    """One line; ``undoable`` is the hand-over that a button may take back."""

    at: datetime
    number: str
    member: Member | None
    clerk: str
    menu: str = ""
    replaces: str = ""
    is_undone: bool = False
    is_held: bool = False
    undoable: int | None = None


@dataclass(frozen=True)
class Today:
    rows: list[DeskRow]
    count: int


def rows_of_today(scope: Scope) -> Today:
    """Return today's newest lines, and how many cards were handed over in all."""
    began_at = clock.day_begins(clock.business_date())
    facts = hand_overs_of(scope).filter(handed_at__gte=began_at)
    moves = scope.rows(CardMove.objects.filter(to=Card.Status.REPLACED, at__gte=began_at))
    by_staff = moves.filter(by__isnull=False).select_related("card__replaced_by", "by")
    holders = Prefetch("card__replaced_by__members", scope.rows(Member.objects.all()))
    replaced = by_staff.prefetch_related(holders).order_by("-at")
    rows = [
        *map(_of_hand_over, facts[:ROWS_SHOWN]),
        *map(_of_replacement, replaced[:ROWS_SHOWN]),
    ]
    rows.sort(key=lambda row: row.at, reverse=True)
    standing = facts.filter(undone=None).count() + by_staff.count()
    return Today(rows[:ROWS_SHOWN], standing)


def _of_hand_over(fact: HandOver) -> DeskRow:
    is_undone = getattr(fact, "undone", None) is not None
    is_held = fact.member.card_id == fact.card_id and not is_undone
    return DeskRow(
        at=fact.handed_at,
        number=fact.card.number,
        member=fact.member,
        clerk=fact.handed_by.name,
        menu=fact.menu,
        is_undone=is_undone,
        is_held=is_held,
        undoable=fact.pk if is_held else None,
    )


def _of_replacement(move: CardMove) -> DeskRow:
    new = move.card.replaced_by
    assert new is not None
    assert move.by is not None
    member = next(iter(new.members.all()), None)
    return DeskRow(
        at=move.at,
        number=new.number,
        member=member,
        clerk=move.by.name,
        replaces=move.card.number,
        is_held=member is not None,
    )
