"""The words of the owner API (contract section 5)."""

from typing import Any

from billing.services.chains import CHAINS
from billing.services.events import EVENT_TYPES
from billing.services.invoices import InvoiceAsked, Limits
from billing.services.menus import ItemAsked, MenuAsked
from billing.services.notifications import EndpointAsked
from billing.services.twins import DEFAULT_CHAIN
from billing.services.words import AMOUNT_YEN_MAX
from smartpit.edge.forms import Choice, Day, Field, Flag, Listed, Nested, Text, Whole
from smartpit.kernel.errors import Malformed
from tenants.services import Contact, TenantAsked

CODE = r"[a-z0-9][a-z0-9_-]{0,39}"
COUNT = Whole(default=None, nullable=True, low=1)

LIMITS: dict[str, Field] = {
    "count_max": COUNT,
    "per_day_yen_max": COUNT,
    "per_month_count_max": COUNT,
    "gap_seconds_min": COUNT,
}
_AMOUNT = Whole(low=1, high=AMOUNT_YEN_MAX)
_TAX = Whole(default=None, nullable=True, low=0, high=AMOUNT_YEN_MAX)
_LIMITS = Nested(default=None, nullable=True, fields=LIMITS)

INVOICE: dict[str, Field] = {
    "reference": Text(length_max=60),
    "number": Text(pattern=r"[0-9]{13}"),
    "tenant": Text(default=None, nullable=True),
    "title": Text(length_max=60),
    "amount_yen": _AMOUNT,
    "tax_yen": _TAX,
    "repeats": Flag(default=False),
    "due_on": Day(default=None, nullable=True),
    "limits": _LIMITS,
}
CHANGE: dict[str, Field] = {
    "amount_yen": Whole(default=None, low=1, high=AMOUNT_YEN_MAX),
    "tax_yen": _TAX,
    "title": Text(default=None, length_max=60),
    "due_on": Day(default=None, nullable=True),
    "suspended": Flag(default=None),
    "limits": _LIMITS,
}
TENANT: dict[str, Field] = {
    "code": Text(pattern=CODE),
    "name": Text(length_max=100),
    "display_name": Text(default=None, nullable=True, length_max=60),
    "contact": Nested(
        default=None,
        nullable=True,
        fields={
            "name": Text(default="", length_max=100),
            "phone": Text(default="", length_max=20),
            "hours": Text(default="", length_max=60),
        },
    ),
    "commission_yen": Whole(default=0, low=0, high=AMOUNT_YEN_MAX),
    "commission_basis_points": Whole(default=0, low=0, high=10_000),
    "passes_fees": Flag(default=False),
}
TENANT_CHANGE: dict[str, Field] = {
    name: type(field)(**{**vars(field), "default": None})
    for name, field in TENANT.items()
    if name != "code"
}
_ITEM: dict[str, Field] = {"title": Text(length_max=60), "amount_yen": _AMOUNT, "tax_yen": _TAX}
MENU: dict[str, Field] = {
    "code": Text(pattern=CODE),
    "kind": Choice(among=("all", "one")),
    "items": Listed(of=Nested(fields=_ITEM), count_min=1, count_max=50),
    "limits": _LIMITS,
    "pause_after_idle_days": COUNT,
    "tenant": Text(default=None, nullable=True),
}
CARD: dict[str, Field] = {
    "member_reference": Text(length_max=64),
    "member_name": Text(default=None, nullable=True, length_max=100),
    "number": Text(default=None, nullable=True, pattern=r"[0-9]{13}"),
    "design": Text(default="default", length_max=60),
    "menu": Text(default=None, nullable=True, pattern=CODE),
}
CARD_CHANGE: dict[str, Field] = {"suspended": Flag()}
TEST_PAYMENT: dict[str, Field] = {
    "invoice": Text(length_max=64),
    "chain": Choice(default=DEFAULT_CHAIN, among=tuple(code for code, *_ in CHAINS)),
}
EVENTS_QUERY: dict[str, Field] = {
    "after": Whole(default=0, low=0, high=2**62),
    "limit": Whole(default=100, low=1, high=1000),
}
ACKNOWLEDGE: dict[str, Field] = {"upto": Whole(low=0, high=2**62)}
RESEND: dict[str, Field] = {"from": Whole(low=1, high=2**62), "to": Whole(low=1, high=2**62)}
ENDPOINT: dict[str, Field] = {
    "url": Text(length_max=500),
    "types": Listed(default=None, nullable=True, of=Choice(among=EVENT_TYPES), count_max=20),
    "tenant": Text(default=None, nullable=True),
}

CONNECTION_TEST: dict[str, Field] = {"endpoint": Text(default=None, nullable=True)}
REPORT: dict[str, Field] = {
    "payments_count": Whole(low=0, high=10**6),
    "amount_yen": Whole(low=0, high=10**12),
}


def invoice_asked(words: dict[str, Any]) -> InvoiceAsked:
    return InvoiceAsked(**words | {"limits": _limits(words)})


def invoice_changes(words: dict[str, Any], sent: set[str]) -> dict[str, Any]:
    """Return only what was sent, limits as a whole: one that is left out is no limit."""
    changes = {name: word for name, word in words.items() if name in sent}
    if "limits" in changes:
        changes["limits"] = _limits(words)
    if not changes:
        raise Malformed([{"field": "", "code": "nothing_to_change"}])
    return changes


def tenant_asked(words: dict[str, Any]) -> TenantAsked:
    contact = Contact(**(words["contact"] or {}))
    return TenantAsked(**words | {"contact": contact, "display_name": words["display_name"] or ""})


def menu_asked(words: dict[str, Any]) -> MenuAsked:
    items = tuple(ItemAsked(**item) for item in words["items"])
    return MenuAsked(**words | {"items": items, "limits": _limits(words)})


def endpoint_asked(words: dict[str, Any]) -> EndpointAsked:
    return EndpointAsked(**words | {"types": tuple(words["types"] or ())})


def _limits(words: dict[str, Any]) -> Limits:
    return Limits(**(words["limits"] or {}))
