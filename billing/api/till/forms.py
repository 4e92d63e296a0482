"""The words of the till API (contract section 4, Forms)."""

import re
from datetime import timedelta
from typing import Any

from billing.models import Chain
from billing.services.slips import SlipAsked
from billing.services.words import AMOUNT_YEN_MAX
from billing.tills.inquiry import InquiryAsked, Place
from billing.tills.notices import PaymentNotice, ReversalNotice, TillKey
from smartpit.edge.forms import Day, Field, Flag, Instant, Listed, Text, Whole
from smartpit.edge.pagination import PAGE
from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed

STORE = Text(pattern=r"[0-9A-Z]{1,7}")
TERMINAL = Text(pattern=r"[0-9A-Z]{1,4}")
RECEIPT = Text(pattern=r"[0-9A-Z-]{1,12}")
SLIP_LINES_MAX = 10
LINE = Whole(default=1, low=1, high=10)
INVOICE = Text(pattern=r"[\x21-\x7e]{1,64}")
_LINE_IN_ADDRESS = re.compile(r"[0-9]{1,2}")

_KEY: dict[str, Field] = {
    "store": STORE,
    "terminal": TERMINAL,
    "business_date": Day(),
    "receipt": RECEIPT,
    "line": LINE,
}
PAYMENT: dict[str, Field] = _KEY | {
    "invoice": INVOICE,
    "version": Whole(low=1),
    "amount_yen": Whole(low=1, high=AMOUNT_YEN_MAX),
    "taken_at": Instant(),
    "slip": Text(default=None, nullable=True, pattern=r"[\x21-\x7e]{1,64}"),
    "advice": Flag(default=False),
}
REVERSAL: dict[str, Field] = _KEY | {"reason": Text(length_max=200)}
INQUIRY: dict[str, Field] = {
    "store": STORE,
    "terminal": TERMINAL,
    "number": Text(default=None, pattern=r"[0-9]{13}"),
    "barcode": Text(default=None, pattern=r"[0-9]{13}|[0-9]{44}"),
}
DAY_QUERY: dict[str, Field] = {"business_date": Day(), **PAGE}
SLIP: dict[str, Field] = {
    "store": STORE,
    "terminal": TERMINAL,
    "number": Text(pattern=r"[0-9]{13}"),
    "invoices": Listed(of=INVOICE, count_min=1, count_max=SLIP_LINES_MAX),
}


def line_in_address(text: str) -> int | str:
    """Return the line that an address names; what is no short plain number stays text."""
    return int(text) if _LINE_IN_ADDRESS.fullmatch(text) else text


def place(chain: str, words: dict[str, Any]) -> Place:
    """Return which terminal asks; the chain is the credential's, never the body's."""
    return Place(chain, words["store"], words["terminal"])


def inquiry_asked(chain: Chain, words: dict[str, Any]) -> InquiryAsked:
    """Return what is asked: a number that was keyed or bars that were scanned, never both."""
    number, barcode = words["number"], words["barcode"]
    if (number is None) == (barcode is None):
        raise Malformed([{"field": "number", "code": "number_or_barcode"}])
    return InquiryAsked(chain, place(chain.pk, words), number, barcode)


def slip_asked(chain: Chain, words: dict[str, Any]) -> SlipAsked:
    """Return the slip that is asked for; an invoice stands on it once."""
    if len(set(words["invoices"])) < len(words["invoices"]):
        raise Malformed([{"field": "invoices", "code": "repeated"}])
    return SlipAsked(chain=chain, **words | {"invoices": tuple(words["invoices"])})


def till_key(chain: str, words: dict[str, Any]) -> TillKey:
    """Return the key a request speaks of; the chain is the credential's, never the body's."""
    return TillKey(chain=chain, **{name: words[name] for name in _KEY})


def payment_notice(chain: str, words: dict[str, Any]) -> PaymentNotice:
    """Return the notice, its business date checked against the hour the cash was taken."""
    taken_on = clock.business_date(words["taken_at"])
    if words["business_date"] not in (taken_on, taken_on - timedelta(days=1)):
        raise Malformed([{"field": "business_date", "code": "not_the_day_of_taken_at"}])
    return PaymentNotice(
        key=till_key(chain, words),
        invoice=words["invoice"],
        version=words["version"],
        amount_yen=words["amount_yen"],
        taken_at=words["taken_at"],
        slip=words["slip"],
        advice=words["advice"],
    )


def reversal_notice(chain: str, words: dict[str, Any]) -> ReversalNotice:
    return ReversalNotice(key=till_key(chain, words), reason=words["reason"])
