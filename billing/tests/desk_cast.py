"""A clerk, blank cards and hand-overs, for the tests of the desk and of a card's life."""

from typing import Any

from billing.selectors import payable_invoices
from billing.services.desk import Handed, HandOverAsked, hand_over
from cards.models import Card
from cards.services import issue_card
from tenants.models import Staff
from tests.cast import Cast


def blank(cast: Cast) -> Card:
    return issue_card("joint", owner=cast.sakura)


def handed(cast: Cast, clerk: Staff, card: Card, reference: str = "M-1", **words: Any) -> Handed:
    asked = HandOverAsked(card.barcode_number, reference, **words)
    return hand_over(cast.scope, asked, clerk)


def amounts_payable(card: Card) -> list[int]:
    return [invoice.amount_yen for invoice in payable_invoices(card)]
