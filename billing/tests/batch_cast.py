"""Orders of cards, for the tests of orders and of their printing."""

from typing import Any

from billing.services.batches import (
    BatchAsked,
    Paper,
    order_batch,
)
from billing.services.menus import ItemAsked
from billing.services.printing import print_batch
from cards.models import Batch
from tenants.access import Scope

MENU = (ItemAsked("1,000円チャージ", 1_000, 90), ItemAsked("3,000円チャージ", 3_000, 272))


def member_list(size: int, name: str = "髙橋 花子") -> bytes:
    rows = "".join(f"M{place},{name}\n" for place in range(size))
    return f"member_reference,member_name\n{rows}".encode()


def order(scope: Scope, content: bytes, **asked: Any) -> Batch:
    if size := asked.pop("part_cards", None):
        asked["paper"] = Paper(part_cards=size)
    return order_batch(scope, BatchAsked("会員.csv", content, **asked))


def printed(scope: Scope, content: bytes, **asked: Any) -> Batch:
    return print_batch(str(order(scope, content, **asked).pk))


def numbers_of(batch: Batch) -> list[str]:
    return list(batch.cards.order_by("row").values_list("card__number", flat=True))
