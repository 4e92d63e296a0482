"""A payer picks the amount of a kept invoice, among the items of its menu and no others."""

from django.db import transaction

from billing.models import Invoice, MenuItem, PublicAct
from billing.refusals import TooManyChoices, UnknownInvoice, UnknownItem
from billing.selectors import card_keyed, items_to_choose, open_invoices
from billing.services.invoices import enter_change
from billing.services.public_acts import seconds_to_wait, source_of
from cards.models import Card
from smartpit.kernel import clock
from tenants.access import Scope

CHOICES_MAX = 30  # Changes of amounts of one card within an hour; each is a version for ever.


def choose_item(number: str, invoice_id: str, place: int) -> Invoice:
    """Let the holder of a card pick an item of the menu that registered a kept invoice.

    The centre's own act: no staff stands behind it. It is the owner's change in all else: the
    next version, and a till that was shown the former one is refused. The same choice again
    changes nothing. The card is locked, so that its choices are counted one by one and none
    falls between a card and its replacement.
    """
    with transaction.atomic(durable=True):
        card = card_keyed(number)
        Card.objects.select_for_update(no_key=True).get(pk=card.pk)
        card = card_keyed(number)
        invoice = _open(card, invoice_id)
        item = _on_the_menu(invoice, place)
        wanted = {"title": item.title, "amount_yen": item.amount_yen, "tax_yen": item.tax_yen}
        if all(getattr(invoice, name) == word for name, word in wanted.items()):
            return invoice
        _count(card)
        return enter_change(Scope(owner_id=invoice.owner_id), str(invoice.pk), wanted)


def _open(card: Card, invoice_id: str) -> Invoice:
    """Return the invoice if it stands open. Its limits play no part: a lower amount may fit."""
    found = next((row for row in open_invoices(card) if str(row.pk) == invoice_id), None)
    if found is None:
        raise UnknownInvoice
    return found


def _on_the_menu(invoice: Invoice, place: int) -> MenuItem:
    items = items_to_choose([invoice])[invoice.pk]
    found = next((item for item in items if item.place == place), None)
    if found is None:
        raise UnknownItem
    return found


def _count(card: Card) -> None:
    kind, source = PublicAct.Kind.CHOICE, source_of(f"card {card.number}")
    wait = seconds_to_wait(kind, CHOICES_MAX, source)
    if wait:
        raise TooManyChoices(wait)
    PublicAct.objects.create(kind=kind, source=source, acted_at=clock.now())
