"""The words of a story file, read strictly (contract section 6, ``scenario``).

What only breaks the form of JSON (unknown fields, wrong types, days that do not exist, an unknown
``do``) makes a bad file. What a till, an owner or staff could have said in earnest and would be
told no is left in the story, and is refused when it is played: an amount of 0, a receipt in small
letters, a tenant nobody knows.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from billing.services.chains import CHAINS
from smartpit.edge.forms import (
    Choice,
    Day,
    Fault,
    Field,
    Flag,
    Instant,
    Listed,
    Nested,
    Text,
    Whole,
    read,
    read_json,
)
from smartpit.kernel.errors import Malformed
from tenants.models import Contract
from tenants.services import TenantAsked, TermsSigned

EVENTS_MAX = 100_000
_ANY = 10**40  # A story's sums may be absurd; the services say so.
_YEN_MAX = 10**10
_CODE = r"[A-Za-z0-9_-]{1,40}"
_YEARS = (2000, 2099)  # The calendar of national holidays ends there.


class BadStory(Exception):
    """The file is no story; says in one line why."""


@dataclass(frozen=True)
class Happening:
    """Something happens at an instant."""

    at: datetime


@dataclass(frozen=True)
class RegisterInvoice(Happening):
    ref: str
    amount_yen: int
    tenant: str | None = None
    tax_yen: int | None = None
    repeats: bool = False
    due_on: date | None = None


@dataclass(frozen=True)
class ChangeInvoice(Happening):
    ref: str
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WithdrawInvoice(Happening):
    ref: str


@dataclass(frozen=True)
class Pay(Happening):
    """``amount_yen`` and ``version`` left out are those the invoice has then."""

    ref: str
    receipt: str
    chain: str | None = None
    amount_yen: int | None = None
    version: int | None = None
    advice: bool = False


@dataclass(frozen=True)
class Reverse(Happening):
    receipt: str
    chain: str | None = None


@dataclass(frozen=True)
class Confirm(Happening):
    receipts: tuple[str, ...]


@dataclass(frozen=True)
class RefundPayment(Happening):
    receipt: str


@dataclass(frozen=True)
class SendFax(Happening):
    pass


@dataclass(frozen=True)
class ChangeContract(Happening):
    starts_on: date
    cycle: str | None = None
    plan: str | None = None


@dataclass(frozen=True)
class Story:
    """Who signs what, what happens in order of time, and until when it is settled."""

    terms: TermsSigned
    tenants: tuple[TenantAsked, ...]
    happenings: tuple[Happening, ...]
    settle_until: date


@dataclass(frozen=True)
class _Anything(Field):
    def parse(self, word: Any) -> Any:
        return word


@dataclass(frozen=True)
class _NearDay(Day):
    def parse(self, word: Any) -> date:
        day = super().parse(word)
        if not _YEARS[0] <= day.year <= _YEARS[1]:
            raise Fault("range")
        return day


@dataclass(frozen=True)
class _NearInstant(Instant):
    def parse(self, word: Any) -> datetime:
        at = super().parse(word)
        if at.year > _YEARS[1]:
            raise Fault("range")
        return at


_TEXT = Text(length_max=200)
_SUM = Whole(low=-_ANY, high=_ANY)
_MAYBE_SUM = Whole(default=None, nullable=True, low=-_ANY, high=_ANY)
_MAYBE_DAY = Day(default=None, nullable=True)
_CHAIN = Choice(default=None, nullable=True, among=tuple(code for code, _, _ in CHAINS))
_AT_AND_DO: dict[str, Field] = {"at": _NearInstant(), "do": _TEXT}
_REF: dict[str, Field] = _AT_AND_DO | {"ref": _TEXT}
_RECEIPT: dict[str, Field] = _AT_AND_DO | {"receipt": _TEXT}

_TENANT: dict[str, Field] = {
    "code": Text(pattern=_CODE),
    "commission_yen": Whole(default=0, high=_YEN_MAX),
    "commission_basis_points": Whole(default=0, high=10_000),
    "passes_fees": Flag(default=False),
}
_REPEAT_OPTION: dict[str, Field] = {
    "yearly_yen": Whole(high=_YEN_MAX),
    "first_registration_yen": Whole(high=_YEN_MAX),
    "first_registration_basis": Choice(
        default="contract", among=tuple(Contract.RegistrationBasis.values)
    ),
}
_OWNER: dict[str, Field] = {
    "plan": _TEXT,
    "cycle": Choice(among=tuple(Contract.Cycle.values)),
    "connection": Choice(among=tuple(Contract.Connection.values)),
    "certified_product": Choice(
        default=None, nullable=True, among=tuple(Contract.CertifiedProduct.values)
    ),
    "setup_fees": Choice(among=tuple(Contract.SetupFees.values)),
    "contract_from": _NearDay(),
    "stamp": Choice(among=tuple(Contract.Stamp.values)),
    "repeat_option": Nested(default=None, nullable=True, fields=_REPEAT_OPTION),
    "tenants": Listed(default=(), of=Nested(fields=_TENANT)),
}
_STORY: dict[str, Field] = {
    "owner": Nested(fields=_OWNER),
    "events": Listed(of=_Anything(nullable=True), count_max=EVENTS_MAX),
    "settle_until": _NearDay(),
}
_DO: dict[str, tuple[type[Happening], dict[str, Field]]] = {
    "register_invoice": (
        RegisterInvoice,
        _REF
        | {
            "tenant": Text(default=None, nullable=True),
            "amount_yen": _SUM,
            "tax_yen": _MAYBE_SUM,
            "repeats": Flag(default=False),
            "due_on": _MAYBE_DAY,
        },
    ),
    "change_invoice": (
        ChangeInvoice,
        _REF
        | {
            "amount_yen": Whole(default=None, low=-_ANY, high=_ANY),
            "tax_yen": _MAYBE_SUM,
            "due_on": _MAYBE_DAY,
        },
    ),
    "withdraw_invoice": (WithdrawInvoice, _REF),
    "pay": (
        Pay,
        _REF
        | {
            "receipt": _TEXT,
            "chain": _CHAIN,
            "amount_yen": _MAYBE_SUM,
            "version": _MAYBE_SUM,
            "advice": Flag(default=False),
        },
    ),
    "reverse": (Reverse, _RECEIPT | {"chain": _CHAIN}),
    "confirm": (Confirm, _AT_AND_DO | {"receipts": Listed(of=_TEXT, count_max=EVENTS_MAX)}),
    "refund": (RefundPayment, _RECEIPT),
    "fax": (SendFax, _AT_AND_DO),
    "change_contract": (
        ChangeContract,
        _AT_AND_DO
        | {
            "cycle": Choice(default=None, nullable=True, among=tuple(Contract.Cycle.values)),
            "plan": Text(default=None, nullable=True),
            "from": _NearDay(),
        },
    ),
}


def read_story(body: bytes) -> Story:
    """Return the story a file tells, or raise ``BadStory``."""
    words = _read(_STORY, _json(body), "")
    happenings = [_happening(told, place) for place, told in enumerate(words["events"])]
    return Story(
        terms=_terms(words["owner"]),
        tenants=_tenants(words["owner"]["tenants"]),
        happenings=tuple(sorted(happenings, key=lambda happening: happening.at)),
        settle_until=words["settle_until"],
    )


def _json(body: bytes) -> dict[str, Any]:
    try:
        return read_json(body)
    except Malformed as refused:
        raise BadStory(_faults(refused)) from None


def _read(fields: dict[str, Field], words: dict[str, Any], where: str) -> dict[str, Any]:
    try:
        return read(fields, words)
    except Malformed as refused:
        raise BadStory(where + _faults(refused)) from None


def _faults(refused: Malformed) -> str:
    errors = refused.extra["errors"]
    return ", ".join(f"{error['field'] or 'file'}: {error['code']}" for error in errors)


def _happening(told: Any, place: int) -> Happening:
    where = f"events[{place}]: "
    if not isinstance(told, dict):
        raise BadStory(f"{where}not_an_object")
    do = told.get("do")
    if not isinstance(do, str) or do not in _DO:
        raise BadStory(f"{where}do: unknown")
    kind, fields = _DO[do]
    words = _read(fields, told, where)
    del words["do"]
    if kind is ChangeInvoice:
        named = {name: words.pop(name) for name in ("amount_yen", "tax_yen", "due_on")}
        words["changes"] = {name: word for name, word in named.items() if name in told}
    if kind is ChangeContract:
        words["starts_on"] = words.pop("from")
    if kind is Confirm:
        words["receipts"] = tuple(words["receipts"])
    return kind(**words)


def _terms(owner: dict[str, Any]) -> TermsSigned:
    option = owner["repeat_option"] or {}
    return TermsSigned(
        starts_on=owner["contract_from"],
        plan=owner["plan"],
        connection=owner["connection"],
        certified_product=owner["certified_product"],
        cycle=owner["cycle"],
        setup_fees=owner["setup_fees"],
        stamp=owner["stamp"],
        stamp_reason="学校法人" if owner["stamp"] == Contract.Stamp.EXEMPT else "",
        repeat_yearly_yen=option.get("yearly_yen"),
        first_registration_yen=option.get("first_registration_yen"),
        first_registration_basis=option.get("first_registration_basis", "contract"),
    )


def _tenants(told: list[dict[str, Any]]) -> tuple[TenantAsked, ...]:
    codes = [tenant["code"] for tenant in told]
    if len(set(codes)) != len(codes):
        raise BadStory("owner: tenants: code stands twice")
    return tuple(TenantAsked(name=f"テナント {tenant['code']}", **tenant) for tenant in told)
