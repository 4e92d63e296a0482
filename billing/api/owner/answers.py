"""What the owner API answers, and what owners are told, in the fields of its forms."""

from typing import Final

from billing.models import (
    ConnectionTest,
    ConnectionTestItem,
    Endpoint,
    ImportJob,
    Invoice,
    Menu,
    Payment,
)
from billing.services.events import EVENT_TYPES
from cards.models import Card, Kind
from smartpit.edge.described import UUID, Anything, Form, Many, Raw, Shape, listed
from smartpit.edge.forms import Choice, Day, Flag, Instant, Nested, Text, Whole
from tenants.models import Tenant

_TEXT: Final = Text()
_MAYBE: Final = Text(nullable=True)
_LONG: Final = Text(length_max=2_000)
_COUNT: Final = Whole(nullable=True, low=1, high=2**31 - 1)
YEN: Final = Whole(low=0, high=10**15)
SIGNED_YEN: Final = Whole(low=-(10**15), high=10**15)
_TAX: Final = Whole(nullable=True, low=0, high=300_000)
NUMBER: Final = Text(pattern="[0-9]{13}")
_SEQUENCE: Final = Whole(low=0, high=2**62)
LIMITS: Final[Form] = {
    "count_max": _COUNT,
    "per_day_yen_max": _COUNT,
    "per_month_count_max": _COUNT,
    "gap_seconds_min": _COUNT,
}

INVOICE: Final = Shape(
    name="Invoice",
    fields={
        "invoice": UUID,
        "version": Whole(low=1),
        "status": Choice(among=tuple(Invoice.Status.values)),
        "reference": _TEXT,
        "number": NUMBER,
        "tenant": _TEXT,
        "title": _TEXT,
        "amount_yen": YEN,
        "tax_yen": _TAX,
        "repeats": Flag(),
        "due_on": Day(nullable=True),
        "limits": Nested(fields=LIMITS),
        "registered_at": Instant(),
    },
)
INVOICES: Final = listed("Invoices", INVOICE)
JOB_TAKEN: Final = Shape(name="JobTaken", fields={"job": UUID})
JOB: Final = Shape(
    name="Job",
    fields={
        "job": UUID,
        "state": Choice(among=tuple(ImportJob.Status.values)),
        "done": Whole(),
        "total": Whole(),
        "registered": Whole(),
        "unchanged": Whole(),
        "refused": Whole(),
        "errors_url": _LONG,
    },
)
CARD: Final = Shape(
    name="Card",
    fields={
        "number": NUMBER,
        "barcode_number": NUMBER,
        "kind": Choice(among=tuple(Kind.values)),
        "status": Choice(among=tuple(Card.Status.values)),
        "member_reference": _MAYBE,
        "member_name": _MAYBE,
        "replaced_by": Text(pattern="[0-9]{13}", nullable=True),
        "page_url": Text(length_max=2_000, nullable=True),
        "registration_expires_on": Day(nullable=True),
    },
)
PAYMENT: Final = Shape(
    name="Payment",
    fields={
        "payment": UUID,
        "status": Choice(among=tuple(Payment.Status.values)),
        "invoice": UUID,
        "reference": _TEXT,
        "number": NUMBER,
        "tenant": _TEXT,
        "amount_yen": YEN,
        "tax_yen": _TAX,
        "chain": _TEXT,
        "store": _TEXT,
        "business_date": Day(),
        "taken_at": Instant(),
        "repeats": Flag(),
        "late": Flag(),
        "possible_duplicate": Flag(),
    },
)
PAYMENTS: Final = listed("Payments", PAYMENT)
EVENT: Final = Shape(
    name="Event",
    fields={
        "sequence": _SEQUENCE,
        "type": Choice(among=EVENT_TYPES),
        "occurred_at": Instant(),
        "data": Anything(),
    },
)
EVENTS: Final = Shape(name="Events", fields={"events": Many(of=EVENT), "last": _SEQUENCE})
ACKNOWLEDGED: Final = Shape(
    name="Acknowledged", fields={"acknowledged": _SEQUENCE, "last": _SEQUENCE}
)
QUEUED: Final = Shape(name="Queued", fields={"queued": Whole()})
ENDPOINT: Final = Shape(
    name="Endpoint",
    fields={
        "endpoint": UUID,
        "url": _LONG,
        "types": Many(of=Choice(among=EVENT_TYPES)),
        "tenant": _MAYBE,
        "status": Choice(among=tuple(Endpoint.Status.values)),
        "made_at": Instant(),
    },
)
ENDPOINTS: Final = listed("Endpoints", ENDPOINT)
SECRET: Final = Shape(
    name="EndpointSecret", fields={"endpoint": UUID, "secret": Text(pattern="whsec_.+")}
)
TENANT: Final = Shape(
    name="Tenant",
    fields={
        "code": _TEXT,
        "name": _TEXT,
        "display_name": _TEXT,
        "status": Choice(among=tuple(Tenant.Status.values)),
        "contact": Nested(fields={"name": _TEXT, "phone": _TEXT, "hours": _TEXT}),
        "commission_yen": YEN,
        "commission_basis_points": Whole(low=0, high=10_000),
        "passes_fees": Flag(),
    },
)
TENANTS: Final = listed("Tenants", TENANT)
_ITEM: Final[Form] = {"title": _TEXT, "amount_yen": YEN, "tax_yen": _TAX}
MENU: Final = Shape(
    name="Menu",
    fields={
        "code": _TEXT,
        "kind": Choice(among=tuple(Menu.Kind.values)),
        "tenant": _TEXT,
        "items": Many(of=Nested(fields=_ITEM)),
        "limits": Nested(fields=LIMITS),
        "pause_after_idle_days": _COUNT,
    },
)
MENUS: Final = listed("Menus", MENU)


def told(name: str, type_: str, *shapes: Shape) -> Shape:
    """Return the body of a notification of one type; ``shapes`` are what its data may be."""
    marked = tuple(_marked(shape) for shape in shapes)
    body = marked[0] if len(marked) == 1 else Shape(name=f"{name}Data", of=marked)
    fields: Form = {"type": Choice(among=(type_,)), "timestamp": Instant(), "sequence": _SEQUENCE}
    return Shape(name=name, fields={**fields, "data": body})


def _marked(shape: Shape) -> Shape:
    """What happens on the test side says so."""
    mark = {"test": Flag(default=False)}
    return Shape(name=f"{shape.name}Told", fields={**shape.fields, **mark})


_PAYMENT: Final = Shape(
    name="Payment",
    fields={name: one for name, one in PAYMENT.fields.items() if name != "status"}
    | {"member_reference": _MAYBE},
)
_CARD_REPLACED: Final = Shape(
    name="CardReplaced",
    fields={
        "number": NUMBER,
        "replaced_by": NUMBER,
        "barcode_number": NUMBER,
        "member_reference": _MAYBE,
    },
)
WEBHOOKS: Final = {
    "payment.reported": told("PaymentReportedHook", "payment.reported", _PAYMENT),
    "payment.confirmed": told("PaymentConfirmedHook", "payment.confirmed", _PAYMENT),
    "payment.reversed": told("PaymentReversedHook", "payment.reversed", _PAYMENT),
    "payment.refunded": told("PaymentRefundedHook", "payment.refunded", _PAYMENT),
    "invoice.expired": told("InvoiceExpiredHook", "invoice.expired", INVOICE),
    "invoice.withdrawn": told("InvoiceWithdrawnHook", "invoice.withdrawn", INVOICE),
    "card.replaced": told("CardReplacedHook", "card.replaced", _CARD_REPLACED),
    "tenant.live": told("TenantLiveHook", "tenant.live", TENANT),
}
CONNECTION_TEST: Final = Shape(
    name="ConnectionTest",
    fields={
        "connection_test": UUID,
        "status": Choice(among=tuple(ConnectionTest.Status.values)),
        "endpoint": _MAYBE,
        "reference_prefix": _TEXT,
        "started_at": Instant(),
        "ends_at": Instant(),
        "ended_at": Instant(nullable=True),
        "certificate": _MAYBE,
        "items": Many(
            of=Shape(
                name="ConnectionTestItem",
                fields={
                    "item": Choice(among=tuple(ConnectionTestItem.Kind.values)),
                    "status": Choice(among=tuple(ConnectionTestItem.Status.values)),
                    "begins": Choice(among=("by_itself", "when_ready")),
                    "run": Whole(),
                    "began_at": Instant(nullable=True),
                    "ended_at": Instant(nullable=True),
                    "reason": _MAYBE,
                    "evidence": Anything(),
                },
            )
        ),
    },
)
CONNECTION_TESTS: Final = listed("ConnectionTests", CONNECTION_TEST)
CERTIFICATE: Final = Raw("application/pdf")
