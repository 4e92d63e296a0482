"""シート: a number that a payer makes for itself, without a sign-in, to print and hand in."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from billing.models import PublicAct
from billing.refusals import TooManySheets
from billing.services.public_acts import seconds_to_wait, source_of
from cards.models import Card, Kind
from cards.services import draw_card
from smartpit.kernel import clock
from smartpit.kernel.database import lock

# 登録有効期限: the last day on which an invoice may be registered on a sheet (domain.md 8.22).
REGISTRATION_DAYS = 60
# Enough for a family or a class room behind one address. All counters of barcodes are ten digits:
# at the centre's most, a year spends five of ten thousand million.
SHEETS_OF_AN_ADDRESS_MAX = 10
SHEETS_OF_ALL_MAX = 600


def make_sheet(address: str, press: UUID) -> Card:
    """Draw a number for the sheet somebody asked for; the same press again gives the same one.

    Numbers are limited, so one at a time is counted and drawn.
    """
    source = source_of(address)
    with transaction.atomic(durable=True):
        lock("public_act", PublicAct.Kind.SHEET)
        former = PublicAct.objects.filter(press=press).select_related("card").first()
        if former is not None:
            assert former.card is not None
            return former.card
        _require_room(source)
        card = draw_card(Kind.SHEET)
        expires_on = clock.business_date() + timedelta(days=REGISTRATION_DAYS)
        Card.objects.filter(pk=card.pk).update(registration_expires_on=expires_on)
        card.registration_expires_on = expires_on
        PublicAct.objects.create(
            kind=PublicAct.Kind.SHEET, source=source, acted_at=clock.now(), press=press, card=card
        )
    return card


def _require_room(source: str) -> None:
    wait = max(
        seconds_to_wait(PublicAct.Kind.SHEET, SHEETS_OF_AN_ADDRESS_MAX, source),
        seconds_to_wait(PublicAct.Kind.SHEET, SHEETS_OF_ALL_MAX),
    )
    if wait:
        raise TooManySheets(wait)
