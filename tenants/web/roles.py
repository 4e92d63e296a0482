"""Who may do what on the owner's dashboard and the tenant's portal: one table, no more."""

from enum import StrEnum

from tenants.models import Staff

Role = Staff.Role


class Section(StrEnum):
    HOME = "home"
    PAYMENTS = "payments"
    INVOICES = "invoices"
    MENUS = "menus"
    DESK = "desk"
    CARDS = "cards"
    BATCHES = "batches"
    DESIGNS = "designs"
    TENANTS = "tenants"
    STATEMENTS = "statements"
    OUTLOOK = "outlook"
    PAYOUTS = "payouts"
    RECORDS = "records"
    CONNECTION = "connection"
    DEVELOPER = "developer"


_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
_MONEY = frozenset({Role.ADMINISTRATOR, Role.ACCOUNTANT})
_CARDS = frozenset({Role.ADMINISTRATOR, Role.DESK})
_SYSTEMS = frozenset({Role.ADMINISTRATOR, Role.DEVELOPER})
_NOBODY: frozenset[Role] = frozenset()
_VIEWER = frozenset({Role.VIEWER})
_DESK = frozenset({Role.DESK})

# Section: who sees it, who changes something there. The desk sees invoices and payments, because
# a member asks at the counter whether the money has arrived.
OWNER_ROLES: dict[Section, tuple[frozenset[Role], frozenset[Role]]] = {
    Section.HOME: (frozenset(Staff.OWNER_ROLES), _NOBODY),
    Section.PAYMENTS: (_MONEY | _DESK | _VIEWER, _MONEY),
    Section.INVOICES: (_MONEY | _DESK | _VIEWER, _MONEY),
    Section.MENUS: (_MONEY | _DESK | _VIEWER, _ADMINISTRATOR),
    Section.DESK: (_CARDS, _CARDS),
    Section.CARDS: (_CARDS | _VIEWER, _CARDS),
    Section.BATCHES: (_CARDS | _VIEWER, _CARDS),
    Section.DESIGNS: (_CARDS | _VIEWER, _ADMINISTRATOR),
    Section.TENANTS: (_MONEY | _VIEWER, _ADMINISTRATOR),
    Section.STATEMENTS: (_MONEY | _VIEWER, _NOBODY),
    Section.OUTLOOK: (_MONEY | _VIEWER, _NOBODY),
    Section.PAYOUTS: (_MONEY | _VIEWER, _NOBODY),
    Section.RECORDS: (_MONEY | _VIEWER, _MONEY),
    Section.CONNECTION: (_SYSTEMS | _VIEWER, _SYSTEMS),
    Section.DEVELOPER: (_SYSTEMS | _VIEWER, _SYSTEMS),
}

_TENANT = frozenset(Staff.TENANT_ROLES)
TENANT_ROLES: dict[Section, tuple[frozenset[Role], frozenset[Role]]] = {
    Section.HOME: (_TENANT, _NOBODY),
    Section.PAYMENTS: (_TENANT, _NOBODY),
    Section.INVOICES: (_TENANT, _TENANT),
    Section.STATEMENTS: (_ADMINISTRATOR, _NOBODY),
}


def may_see(staff: Staff, section: Section) -> bool:
    return staff.role in _rights(staff, section)[0]


def may_change(staff: Staff, section: Section) -> bool:
    return staff.role in _rights(staff, section)[1]


def _rights(staff: Staff, section: Section) -> tuple[frozenset[Role], frozenset[Role]]:
    table = OWNER_ROLES if staff.tenant_id is None else TENANT_ROLES
    return table.get(section, (_NOBODY, _NOBODY))
