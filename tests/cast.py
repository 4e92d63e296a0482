"""The cast of the tests: sakura (engineering, dormitory), aoba, two chains, and what they say."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import Client

from billing.models import Chain, Invoice
from billing.services.chains import open_chains, rotate_chain_key
from billing.services.invoices import InvoiceAsked, register_invoice
from billing.tills.notices import PaymentNotice, ReversalNotice, TillKey
from cards.models import Card
from cards.services import issue_card
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Centre, Owner, Tenant
from tenants.services import (
    Contact,
    TenantAsked,
    TermsSigned,
    found_centre,
    move_tenant,
    open_owner,
    open_tenant,
    rotate_api_key,
    waive_connection_test,
)

LONG_AGO = date(2026, 1, 1)
_counter = count(1)
_receipts = count(1)


def jst(text: str) -> datetime:
    """Return an instant of Japan: ``jst("2026-11-24 10:00")``."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.JST)


@dataclass(frozen=True)
class Cast:
    """Two owners, one with two tenants; a chain's key, and each holder's API key."""

    sakura: Owner
    engineering: Tenant
    dormitory: Tenant
    aoba: Owner
    lawson: str
    familymart: str
    keys: dict[str, str]

    @property
    def scope(self) -> Scope:
        return Scope(owner_id=self.sakura.pk)


def make_cast(*, starts_on: date = LONG_AGO, **terms: Any) -> Cast:
    """Found a centre with the cast in it; ``terms`` are sakura's."""
    found_centre(centre())
    open_chains()
    signed: dict[str, Any] = {
        "repeat_yearly_yen": 0,
        "first_registration_yen": 0,
        "setup_fees": "apart",
    } | terms
    sakura = open_owner(
        "sakura",
        "学校法人さくら学園",
        Contact("会計課", "03-0000-0001", "9:00-17:00"),
        TermsSigned(starts_on=starts_on, **signed),
    )
    aoba = open_owner("aoba", "あおばモール", Contact(), TermsSigned(starts_on, setup_fees="apart"))
    engineering, dormitory = (
        live_tenant(sakura, code, name)
        for code, name in (("engineering", "工学部"), ("dormitory", "学生寮"))
    )
    for owner in (sakura, aoba):
        waive_connection_test(owner, None, "試験の配役")
    keys = {
        "sakura": rotate_api_key(Scope(owner_id=sakura.pk))[1],
        "aoba": rotate_api_key(Scope(owner_id=aoba.pk))[1],
        "test": rotate_api_key(Scope(owner_id=sakura.twin.pk))[1],
        "engineering": rotate_api_key(Scope(owner_id=sakura.pk), tenant=engineering)[1],
        "dormitory": rotate_api_key(Scope(owner_id=sakura.pk), tenant=dormitory)[1],
    }
    return Cast(
        sakura, engineering, dormitory, aoba, chain_key("lawson"), chain_key("familymart"), keys
    )


def centre() -> Centre:
    return Centre(
        name="試験センター",
        registration_number="T8000000000001",
        contact_email="centre@example.com",
        consignor_code="0000000001",
        consignor_kana="ｼｹﾝｾﾝﾀｰ",
        bank_code="0001",
        bank_kana="ﾐｽﾞﾎ",
        branch_code="001",
        branch_kana="ﾄｳｷﾖｳ",
        account_number="1234567",
    )


def chain_key(code: str) -> str:
    return rotate_chain_key(Chain.objects.get(pk=code))[1]


def live_tenant(owner: Owner, code: str, name: str, **asked: Any) -> Tenant:
    tenant = open_tenant(Scope(owner_id=owner.pk), TenantAsked(code, name, **asked))
    move_tenant(tenant, Tenant.Status.SCREENED)
    return move_tenant(tenant, Tenant.Status.LIVE)


def make_card(owner: Owner | None = None, **changes: Any) -> Card:
    """Issue one card, an owner's joint one or nobody's standard one, then let it be so."""
    card = issue_card("joint" if owner else "standard", owner=owner)
    Card.objects.filter(pk=card.pk).update(**changes)
    card.refresh_from_db()
    return card


def register(owner: Owner, **words: Any) -> Invoice:
    """Register an invoice of 10,000 yen, or as ``words`` say, on a card of its own."""
    number = words.pop("number", None) or make_card(owner).number
    asked: dict[str, Any] = {
        "reference": f"R{next(_counter)}",
        "title": "受講料",
        "amount_yen": 10_000,
    } | words
    return register_invoice(Scope(owner_id=owner.pk), InvoiceAsked(number=number, **asked)).invoice


def notice(invoice: Invoice | UUID | str, **words: Any) -> PaymentNotice:
    """Tell of a payment of ``invoice`` at a lawson, just now, on a receipt of its own."""
    taken_at = words.pop("taken_at", None) or clock.now()
    key = TillKey(
        chain=words.pop("chain", "lawson"),
        store=words.pop("store", "000001"),
        terminal=words.pop("terminal", "01"),
        business_date=words.pop("business_date", clock.business_date(taken_at)),
        receipt=words.pop("receipt", None) or f"{next(_receipts):012d}",
        line=words.pop("line", 1),
    )
    known = invoice if isinstance(invoice, Invoice) else None
    return PaymentNotice(
        key=key,
        invoice=str(known.pk) if known else str(invoice),
        version=words.pop("version", known.version if known else 1),
        amount_yen=words.pop("amount_yen", known.amount_yen if known else 10_000),
        taken_at=taken_at,
        **words,
    )


def reversal(told: PaymentNotice) -> ReversalNotice:
    return ReversalNotice(told.key, "客都合")


class Caller:
    """A system outside that knows a key and the contract, and nothing of the code."""

    def __init__(self, base: str, key: str | None) -> None:
        self.base = base
        self.client = Client(
            headers={"Authorization": f"Bearer {key}"} if key else {}, raise_request_exception=True
        )

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.client.get(self.base + path, query)  # type: ignore[return-value]

    def post(self, path: str, body: Any) -> HttpResponse:
        return self.send("post", path, body)

    def send(self, method: str, path: str, body: Any = None) -> HttpResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.generic(  # type: ignore[return-value]
            method.upper(), self.base + path, raw, content_type="application/json"
        )


def till(key: str | None) -> Caller:
    return Caller("/api/till/v1/", key)


def system(key: str | None) -> Caller:
    return Caller("/api/owner/v1/", key)


def told(answer: HttpResponse) -> Any:
    return json.loads(answer.content)


def code_of(answer: HttpResponse) -> tuple[int, str]:
    """Return the status and the code of a refusal, having seen that it is a problem+json."""
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Request-Id"]
    problem = told(answer)
    assert {"type", "title", "status", "code", "detail"} <= set(problem)
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["code"]


def payment_body(invoice: Invoice, **words: Any) -> dict[str, Any]:
    """Return the body of ``POST payments`` for ``invoice``, taken just now."""
    taken_at = words.pop("taken_at", clock.now())
    return {
        "store": "000001",
        "terminal": "01",
        "business_date": clock.business_date(taken_at).isoformat(),
        "receipt": f"{next(_receipts):012d}",
        "invoice": str(invoice.pk),
        "version": invoice.version,
        "amount_yen": invoice.amount_yen,
        "taken_at": taken_at.isoformat(),
    } | words


def tomorrow() -> date:
    return clock.business_date() + timedelta(days=1)
