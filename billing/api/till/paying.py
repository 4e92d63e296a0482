"""``POST payments``, for Django's view and for the door that goes round it (``door.py``)."""

import json

from billing import tasks
from billing.api.till import forms
from billing.refusals import KeyReused
from billing.services.cases import keep_raw_body, keep_raw_body_of_reused_key
from billing.services.payments import receive_payment_with_others
from billing.tills.notices import Receipt
from smartpit.edge.forms import read, read_json
from smartpit.kernel.errors import Malformed


def pay(chain: str, raw: bytes) -> Receipt:
    """Book what a chain's till says in a body, and return what it is answered, or raise why not."""
    try:
        notice = forms.payment_notice(chain, read(forms.PAYMENT, read_json(raw)))
    except Malformed:
        if _is_advice(raw):
            keep_raw_body(chain, raw)
        raise
    try:
        receipt = receive_payment_with_others(notice)
    except KeyReused:
        if notice.advice:
            keep_raw_body_of_reused_key(notice, raw)
        raise
    if not receipt.replayed:
        tasks.ring()
    return receipt


def _is_advice(raw: bytes) -> bool:
    """Does a body that cannot be read as a payment at least say that cash was taken?"""
    try:
        words = json.loads(raw)
    except (ValueError, RecursionError):
        return b'"advice"' in raw and b"true" in raw
    return isinstance(words, dict) and words.get("advice") is True
