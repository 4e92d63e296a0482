"""``POST payments``, for Django's view and for the door that goes round it (``door.py``)."""

import json

from billing import tasks
from billing.api.till import forms
from billing.refusals import KeyReused
from billing.services.cases import keep_raw_body, keep_raw_body_of_reused_key
from billing.services.payments import receive_payment_soon, receive_payment_with_others
from billing.tills.notices import PaymentNotice, Receipt
from smartpit.edge.forms import read, read_json
from smartpit.kernel.errors import Malformed
from smartpit.kernel.threads import in_thread


def pay(chain: str, raw: bytes) -> Receipt:
    """Book what a chain's till says in a body, and return what it is answered, or raise why not."""
    try:
        notice = _notice(chain, raw)
    except Malformed:
        _keep_malformed(chain, raw)
        raise
    try:
        return _told(receive_payment_with_others(notice))
    except KeyReused:
        _keep_reused(notice, raw)
        raise


async def pay_soon(chain: str, raw: bytes) -> Receipt:
    """Do the same in an event loop, where nothing may wait but what is awaited."""
    try:
        notice = _notice(chain, raw)
    except Malformed:
        await in_thread(_keep_malformed, chain, raw)
        raise
    try:
        return _told(await receive_payment_soon(notice))
    except KeyReused:
        await in_thread(_keep_reused, notice, raw)
        raise


def _notice(chain: str, raw: bytes) -> PaymentNotice:
    return forms.payment_notice(chain, read(forms.PAYMENT, read_json(raw)))


def _told(receipt: Receipt) -> Receipt:
    if not receipt.replayed:
        tasks.ring()
    return receipt


def _keep_malformed(chain: str, raw: bytes) -> None:
    if _is_advice(raw):
        keep_raw_body(chain, raw)


def _keep_reused(notice: PaymentNotice, raw: bytes) -> None:
    if notice.advice:
        keep_raw_body_of_reused_key(notice, raw)


def _is_advice(raw: bytes) -> bool:
    """Does a body that cannot be read as a payment at least say that cash was taken?"""
    try:
        words = json.loads(raw)
    except (ValueError, RecursionError):
        return b'"advice"' in raw and b"true" in raw
    return isinstance(words, dict) and words.get("advice") is True
