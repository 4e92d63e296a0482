"""Registering, changing and withdrawing what can be paid (contract section 5)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from billing.models import Invoice, InvoiceVersion, Registration
from billing.refusals import (
    AlreadyPaid,
    InvoiceExpired,
    InvoiceWithdrawn,
)
from billing.services.events import EventTold, record_events
from billing.services.words import INVOICE_WORDS, require
from billing.tills.payable import has_ended
from cards.models import Card
from cards.refusals import UnknownNumber
from cards.selectors import card_refusal, card_registrable
from smartpit.kernel import clock
from smartpit.kernel.database import lock, lock_shared
from smartpit.kernel.errors import DomainError, Malformed
from tenants.access import NotFound, Scope
from tenants.models import Owner, Tenant
from tenants.selectors import terms_on
from tenants.terms import Terms

# The registration day counts, so the last due day is 59 days after it (domain.md 1.5).
DUE_DAYS_MAX = 59
STANDING = (Invoice.Status.OPEN, Invoice.Status.SUSPENDED)


class ReferenceReused(DomainError):
    code = "reference_reused"
    title = "同じ請求番号で別の内容が登録されています"


class RepeatOptionMissing(DomainError):
    code = "repeat_option_missing"
    title = "リピートオプションの契約がありません"


class UnknownTenant(DomainError):
    code = "unknown_tenant"
    title = "テナントが見つかりません"
    status = 404


class TenantNotLive(DomainError):
    code = "tenant_not_live"
    title = "このテナントは稼働していません"


class RegistrationExpired(DomainError):
    code = "registration_expired"
    title = "このシートの登録有効期限を過ぎています"


@dataclass(frozen=True)
class Limits:
    """What a kept invoice allows; None sets no limit (contract section 4, Limits)."""

    count_max: int | None = None
    per_day_yen_max: int | None = None
    per_month_count_max: int | None = None
    gap_seconds_min: int | None = None


@dataclass(frozen=True)
class InvoiceAsked:
    """The words an owner registers an invoice with."""

    reference: str
    number: str
    title: str
    amount_yen: int
    tax_yen: int | None = None
    tenant: str | None = None
    repeats: bool = False
    due_on: date | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Registered:
    """The invoice, the bytes of its first answer, and whether this was the first."""

    invoice: Invoice
    answer: str
    is_new: bool


def register_invoice(scope: Scope, asked: InvoiceAsked) -> Registered:
    """Register an invoice; the same words under the same reference are answered as at first."""
    with transaction.atomic(durable=True):
        return enter_invoice(scope, asked)


def enter_invoice(scope: Scope, asked: InvoiceAsked) -> Registered:
    """Register inside the transaction of a larger event, as handing over a card is."""
    require(INVOICE_WORDS, vars(asked))
    tenant = _tenant(scope, asked.tenant)
    lock_shared("references", tenant.owner_id)
    lock("reference", (tenant.pk, asked.reference))
    as_sent = _as_sent(asked)
    former = Registration.objects.filter(tenant=tenant, invoice__reference=asked.reference).first()
    if former is not None:
        if former.as_sent != as_sent:
            raise ReferenceReused
        return Registered(former.invoice, former.answer, is_new=False)

    card = _card_for(tenant.owner, asked.number)
    _require_payable(_require_selling(tenant), card, asked)
    invoice = _new_invoices(tenant, [(card, asked)])[0]
    (registration,) = _write_registrations([(invoice, as_sent)])
    return Registered(invoice, registration.answer, is_new=True)


def enter_invoices(tenant: Tenant, asked: Sequence[InvoiceAsked]) -> list[Invoice]:
    """Register many of one tenant at once, inside the transaction of a larger event.

    The caller holds the cards' members and has seen that no reference is taken.
    """
    for one in asked:
        require(INVOICE_WORDS, vars(one))
    numbers = {one.number for one in asked}
    rows = Card.objects.filter(number__in=numbers, is_test=tenant.owner.is_test).order_by("pk")
    cards = {card.number: card for card in rows.select_for_update(no_key=True)}
    terms = _require_selling(tenant)
    pairs = []
    for one in asked:
        card = cards.get(one.number)
        if card is None or card.owner_id not in (None, tenant.owner_id):
            raise UnknownNumber
        _require_payable(terms, card, one)
        pairs.append((card, one))
    invoices = _new_invoices(tenant, pairs)
    _write_registrations(zip(invoices, map(_as_sent, asked), strict=True))
    return invoices


def change_invoice(scope: Scope, invoice_id: str, changes: dict[str, Any]) -> Invoice:
    """Change an open invoice; what differs makes the next version, what does not makes none.

    ``changes`` holds any of ``amount_yen, tax_yen, title, due_on, suspended, limits``; a till that
    was shown the former version is refused with the new one.
    """
    with transaction.atomic(durable=True):
        return enter_change(scope, invoice_id, changes)


def enter_change(scope: Scope, invoice_id: str, changes: dict[str, Any]) -> Invoice:
    """Change inside the transaction of a larger event, as a payer's choice of an amount is."""
    invoice = _locked(scope, invoice_id)
    _require_open(invoice)
    before = _changeable(invoice)
    after = before | {name: value for name, value in changes.items() if name != "limits"}
    after |= asdict(changes["limits"]) if "limits" in changes else {}
    if after == before:
        return invoice
    require(INVOICE_WORDS, vars(invoice) | after)
    if after["due_on"] != before["due_on"]:
        registered_on = _registered_on(invoice)
        _require_due_on(after["due_on"], repeats=invoice.repeats, registered_on=registered_on)
    _require_limits_fit(invoice.repeats, Limits(**_limits_of(after)))
    return _next_version(invoice, after)


def withdraw_invoice(scope: Scope, invoice_id: str) -> Invoice:
    """Take an invoice back, unless a store was faster.

    The lock makes the race fair: whoever comes second, the till or the owner, is told what the
    first one did.
    """
    with transaction.atomic(durable=True):
        invoice = _locked(scope, invoice_id)
        if invoice.status == Invoice.Status.WITHDRAWN:
            return invoice
        _require_open(invoice)
        take_back_invoices([invoice])
    return invoice


def take_back_invoices(invoices: Sequence[Invoice]) -> None:
    """Withdraw locked invoices inside the transaction of a larger event; their owners are told."""
    for invoice in invoices:
        invoice.move(to=Invoice.Status.WITHDRAWN, withdrawn_at=clock.now())
    record_events(invoice_event(invoice, "invoice.withdrawn") for invoice in invoices)


def standing_invoices(*cards: Card) -> list[Invoice]:
    """Lock what is open or suspended on cards, of whichever owner, so that no till pays it now."""
    rows = Invoice.objects.filter(card__in=cards, status__in=STANDING).order_by("pk")
    locked = rows.select_related("card", "tenant", "owner").select_for_update(
        of=("self",), no_key=True
    )
    return list(locked)


def invoice_event(invoice: Invoice, type_: str) -> EventTold:
    return EventTold(
        type=type_,
        owner_id=invoice.owner_id,
        tenant_id=invoice.tenant_id,
        invoice_id=invoice.pk,
        body=invoice_body(invoice),
    )


def invoice_body(invoice: Invoice) -> dict[str, Any]:
    """Return an invoice as the owner's system sees it."""
    return {
        "invoice": str(invoice.pk),
        "version": invoice.version,
        "status": str(invoice.status),
        "reference": invoice.reference,
        "number": invoice.card.number,
        "tenant": invoice.tenant.code,
        "title": invoice.title,
        "amount_yen": invoice.amount_yen,
        "tax_yen": invoice.tax_yen,
        "repeats": invoice.repeats,
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "limits": _limits_of(vars(invoice)),
        "registered_at": invoice.registered_at.astimezone(clock.JST).isoformat(),
    }


def _tenant(scope: Scope, code: str | None) -> Tenant:
    if code is None and scope.tenant_id is None:
        code = Tenant.OWN
    named = {"code": code} if code is not None else {"pk": scope.tenant_id}
    try:
        return scope.get(Tenant.objects.select_related("owner"), **named)
    except NotFound:
        raise UnknownTenant from None


def _card_for(owner: Owner, number: str) -> Card:
    """Lock the card, so that a replacement moves this invoice too or is seen by it."""
    card = card_registrable(owner, number)
    return Card.objects.select_for_update(no_key=True).get(pk=card.pk)


def _require_selling(tenant: Tenant) -> Terms:
    """Return the terms under which a tenant sells today."""
    terms = terms_on(tenant.owner_id, clock.business_date())
    if tenant.status != Tenant.Status.LIVE or terms is None:
        raise TenantNotLive
    return terms


def _require_payable(terms: Terms, card: Card, asked: InvoiceAsked) -> None:
    today = clock.business_date()
    refused = card_refusal(card)
    if refused is not None:
        raise refused
    if card.registration_expires_on is not None and card.registration_expires_on < today:
        raise RegistrationExpired
    if asked.repeats and not terms.repeat_option:
        raise RepeatOptionMissing
    _require_due_on(
        asked.due_on or _default_due_on(asked), repeats=asked.repeats, registered_on=today
    )
    _require_limits_fit(asked.repeats, asked.limits)


def _default_due_on(asked: InvoiceAsked) -> date | None:
    return None if asked.repeats else clock.business_date() + timedelta(days=DUE_DAYS_MAX)


def _require_due_on(due_on: date | None, *, repeats: bool, registered_on: date) -> None:
    today = clock.business_date()
    if due_on is None:
        if not repeats:
            raise Malformed([{"field": "due_on", "code": "required"}])
        return
    if due_on < today:
        raise Malformed([{"field": "due_on", "code": "before_today"}])
    if not repeats and due_on > registered_on + timedelta(days=DUE_DAYS_MAX):
        raise Malformed([{"field": "due_on", "code": "after_60_days"}])


def _require_limits_fit(repeats: bool, limits: Limits) -> None:  # noqa: FBT001  It is the fact.
    if not repeats and limits != Limits():
        raise Malformed([{"field": "limits", "code": "of_a_kept_invoice_only"}])


def _new_invoices(tenant: Tenant, pairs: Sequence[tuple[Card, InvoiceAsked]]) -> list[Invoice]:
    invoices = Invoice.objects.bulk_create(
        Invoice(
            owner=tenant.owner,
            tenant=tenant,
            card=card,
            reference=asked.reference,
            title=asked.title,
            amount_yen=asked.amount_yen,
            tax_yen=asked.tax_yen,
            repeats=asked.repeats,
            due_on=asked.due_on or _default_due_on(asked),
            registered_at=clock.now(),
            **asdict(asked.limits),
        )
        for card, asked in pairs
    )
    InvoiceVersion.objects.bulk_create(map(_version, invoices))
    return invoices


def _write_registrations(
    told: Iterable[tuple[Invoice, dict[str, Any]]],
) -> list[Registration]:
    """Keep the words of each and its first answer, which the same words again will get."""
    return Registration.objects.bulk_create(
        Registration(
            owner=invoice.owner,
            tenant=invoice.tenant,
            invoice=invoice,
            as_sent=as_sent,
            answer=json.dumps(invoice_body(invoice), ensure_ascii=False),
        )
        for invoice, as_sent in told
    )


def _version(invoice: Invoice) -> InvoiceVersion:
    return InvoiceVersion(
        owner_id=invoice.owner_id,
        tenant_id=invoice.tenant_id,
        invoice=invoice,
        version=invoice.version,
        title=invoice.title,
        amount_yen=invoice.amount_yen,
        tax_yen=invoice.tax_yen,
        due_on=invoice.due_on,
        changed_at=clock.now(),
    )


def _next_version(invoice: Invoice, after: dict[str, Any]) -> Invoice:
    wanted = Invoice.Status.SUSPENDED if after.pop("suspended") else Invoice.Status.OPEN
    after["version"] = invoice.version + 1
    if invoice.status != wanted:
        invoice.move(to=wanted, **after)
    else:
        Invoice.objects.filter(pk=invoice.pk).update(**after)
    invoice.refresh_from_db()
    _version(invoice).save(force_insert=True)
    return invoice


def _locked(scope: Scope, invoice_id: str) -> Invoice:
    rows = Invoice.objects.select_related("card", "tenant", "owner")
    return scope.get(rows.select_for_update(of=("self",), no_key=True), pk=invoice_id)


def _require_open(invoice: Invoice) -> None:
    """Refuse what was paid, taken back or has ended, whether or not a sweep has moved it."""
    if invoice.status == Invoice.Status.PAID:
        raise AlreadyPaid
    if invoice.status == Invoice.Status.WITHDRAWN:
        raise InvoiceWithdrawn
    if invoice.status == Invoice.Status.EXPIRED or has_ended(invoice, clock.now()):
        raise InvoiceExpired


def _registered_on(invoice: Invoice) -> date:
    return clock.business_date(invoice.registered_at)


def _changeable(invoice: Invoice) -> dict[str, Any]:
    return {
        "amount_yen": invoice.amount_yen,
        "tax_yen": invoice.tax_yen,
        "title": invoice.title,
        "due_on": invoice.due_on,
        "suspended": invoice.status == Invoice.Status.SUSPENDED,
        **_limits_of(vars(invoice)),
    }


def _limits_of(words: dict[str, Any]) -> dict[str, int | None]:
    return {limit.name: words[limit.name] for limit in fields(Limits)}


def _as_sent(asked: InvoiceAsked) -> dict[str, Any]:
    words = asdict(asked)
    words["due_on"] = asked.due_on.isoformat() if asked.due_on else None
    del words["tenant"]  # The reference is the tenant's; a key may name it or not.
    return words
