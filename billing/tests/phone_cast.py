"""A card whose kept invoice is one of three amounts, and the page of any card."""

from typing import Any
from uuid import uuid4

from django.test import Client

from billing.models import Invoice, Menu
from billing.services.cards import hand_over_card
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from cards.models import Card
from cards.page_links import page_path
from cards.services import MemberAsked
from tenants.access import Scope
from tenants.models import Owner

AMOUNTS = (1_000, 3_000, 5_000)


def page(card: Card, **query: str) -> Any:
    return Client().get(page_path(card.page_key), query)


def text(card: Card, **query: str) -> str:
    answer = page(card, **query)
    assert answer.status_code == 200
    body: str = answer.content.decode()
    return body


def chargeable(owner: Owner, kind: str = Menu.Kind.ONE) -> Invoice:
    """Hand over a card whose kept invoice is one of three amounts."""
    scope = Scope(owner_id=owner.pk)
    items = tuple(ItemAsked(f"チャージ {yen:,}円", yen, yen // 11) for yen in AMOUNTS)
    menu = make_menu(scope, MenuAsked(f"charge-{uuid4().hex[:8]}", items, kind=kind))
    asked = MemberAsked(f"M-{uuid4().hex[:8]}", "海野 渚")
    member = hand_over_card(scope, asked, menu=menu.code).member
    assert member.card is not None
    return Invoice.objects.get(card=member.card, reference__contains=":1:")
