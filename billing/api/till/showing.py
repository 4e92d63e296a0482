"""``POST inquiries``, for Django's view and for the door that goes round it (``door.py``).

What is shown of an invoice stands here too, for a kiosk's slip shows the same lines.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.api.till import forms
from billing.models import Chain
from billing.selectors import stamped
from billing.services.inquiries import inquire
from billing.tills.inquiry import PayableLine
from smartpit.edge.forms import read, read_json
from smartpit.kernel import clock


def show(chain: Chain, raw: bytes) -> dict[str, Any]:
    """Return what a chain's till is shown of what it asks in a body, or raise why not."""
    inquired = inquire(forms.inquiry_asked(chain, read(forms.INQUIRY, read_json(raw))))
    lines = line_bodies(inquired.lines, stamped(inquired.lines))
    shown = {"number": inquired.number, "invoices": lines}
    if inquired.slip is None or inquired.expires_at is None:
        return shown
    return shown | slip_words(inquired.slip, inquired.expires_at)


def line_bodies(lines: Sequence[PayableLine], with_stamp: set[UUID]) -> list[dict[str, Any]]:
    return [_line_body(line, stamp=line.pk in with_stamp) for line in lines]


def slip_words(code: str, expires_at: datetime) -> dict[str, str]:
    return {"slip": code, "expires_at": expires_at.astimezone(clock.JST).isoformat()}


def _line_body(line: PayableLine, *, stamp: bool) -> dict[str, Any]:
    """Return one payable invoice as a till shows it (LINE of contract section 4)."""
    return {
        "invoice": str(line.pk),
        "version": line.version,
        "payee": line.payee,
        "tenant": line.tenant,
        "display_name": line.display_name,
        "contact_name": line.contact_name,
        "contact_phone": line.contact_phone,
        "contact_hours": line.contact_hours,
        "title": line.title,
        "amount_yen": line.amount_yen,
        "tax_yen": line.tax_yen,
        "due_on": line.due_on.isoformat() if line.due_on else None,
        "repeats": line.repeats,
        "stamp": stamp,
    }
