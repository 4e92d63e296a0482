"""Finding the payment somebody asks about: by number, slip, receipt, reference or day.

Each way leads over an index; what would read all payments is not offered.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q, QuerySet

from billing.models import Invoice, Payment, SlipLine
from cards.models import Card
from tenants.models import Owner, Tenant

FOUND_MAX: Final = 50
_REPLACEMENTS_MAX: Final = 20


@dataclass(frozen=True)
class Sought:
    """What is known of a payment; all that is said must hold."""

    number: str = ""
    slip: str = ""
    receipt: str = ""
    owner: Owner | None = None
    reference: str = ""
    day: date | None = None

    @property
    def fault(self) -> str:
        """Return why too little is said to look for it, or nothing."""
        if self.receipt and not self.day:
            return "レシート番号で探すときは、営業日も入力してください。"
        if self.reference and not self.owner:
            return "請求番号で探すときは、オーナーも選んでください。"
        if not (self.number or self.slip or self.reference or self.day):
            return "番号、申込券、請求番号、営業日のどれかを入力してください。"
        return ""


def payments_sought(sought: Sought) -> list[Payment]:
    """Return up to one more than ``FOUND_MAX`` live payments, newest first."""
    assert not sought.fault
    rows = Payment.objects.filter(owner__is_test=False)
    if sought.number:
        rows = rows.filter(invoice__card__in=_cards(sought.number))
    if sought.slip:
        of_slip = Q(slip__code=sought.slip) | Q(slip__barcode=sought.slip)
        rows = rows.filter(invoice__in=SlipLine.objects.filter(of_slip).values("invoice"))
    if sought.owner:
        rows = rows.filter(owner=sought.owner)
    if sought.reference:
        rows = rows.filter(invoice__in=_invoices(sought.owner, sought.reference))
    if sought.day:
        rows = rows.filter(business_date=sought.day)
    if sought.receipt:
        rows = rows.filter(receipt=sought.receipt)
    return list(_with_words(rows).order_by("-booked_at")[: FOUND_MAX + 1])


def _with_words(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    return rows.select_related("owner", "tenant", "chain", "invoice").prefetch_related(
        "refund_requests"
    )


def _invoices(owner: Owner | None, reference: str) -> QuerySet[Invoice]:
    tenants = list(Tenant.objects.filter(owner=owner).values_list("pk", flat=True))
    return Invoice.objects.filter(tenant__in=tenants, reference=reference)


def _cards(number: str) -> list[Card]:
    """Return the card of a number and those that replaced it, to which its invoices moved."""
    card = Card.objects.filter(Q(number=number) | Q(barcode_number=number)).first()
    cards: list[Card] = []
    while card is not None and len(cards) < _REPLACEMENTS_MAX:
        cards.append(card)
        card = card.replaced_by
    return cards
