"""What the till API answers (contract section 4), in the fields of its forms."""

from typing import Final

from billing.models import Payment
from smartpit.edge.described import UUID, Form, Many, Shape, listed
from smartpit.edge.forms import Choice, Day, Flag, Instant, Text, Whole

_TEXT: Final = Text()
_YEN: Final = Whole(low=0, high=300_000)
_PAYMENT: Final = Text(pattern=UUID.pattern, nullable=True)

LINE: Final = Shape(
    name="Line",
    fields={
        "invoice": UUID,
        "version": Whole(low=1),
        "payee": _TEXT,
        "tenant": _TEXT,
        "display_name": _TEXT,
        "contact_name": _TEXT,
        "contact_phone": _TEXT,
        "contact_hours": _TEXT,
        "title": _TEXT,
        "amount_yen": _YEN,
        "tax_yen": Whole(low=0, high=300_000, nullable=True),
        "due_on": Day(nullable=True),
        "repeats": Flag(),
        "stamp": Flag(),
    },
)
INQUIRED: Final = Shape(
    name="Inquired",
    fields={
        "number": Text(pattern="[0-9]{13}"),
        "invoices": Many(of=LINE),
        "slip": Text(default="", pattern="[0-9]{16}"),
        "expires_at": Instant(default=None),
    },
)
SLIP: Final = Shape(
    name="Slip",
    fields={
        "slip": Text(pattern="[0-9]{16}"),
        "expires_at": Instant(),
        "amount_yen": _YEN,
        "barcode": Text(pattern="[0-9]{44}"),
        "lines": Many(of=LINE),
    },
)
_RECEIPT: Final[Form] = {
    "payment": _PAYMENT,
    "invoice": Text(length_max=64),
    "amount_yen": _YEN,
    "status": Choice(among=tuple(Payment.Status.values)),
    "business_date": Day(),
    "taken_at": Instant(),
    "late": Flag(default=False),
}
RECEIPT: Final = Shape(name="Receipt", fields=_RECEIPT)
REVERSED: Final = Shape(
    name="Reversed",
    fields={
        "status": Choice(among=("reversed", "tombstone")),
        "payment": Text(default=None, pattern=UUID.pattern, nullable=True),
    },
)
_MAYBE: Final = {
    name: type(one)(**{**vars(one), "default": None}) for name, one in _RECEIPT.items()
}
STATUS: Final = Shape(
    name="Status",
    fields=_MAYBE | {"status": Choice(among=("never_seen", *map(str, Payment.Status.values)))},
)
PAYMENTS: Final = listed(
    "Payments",
    Shape(
        name="PaymentOfDay",
        fields=_MAYBE
        | {
            "store": _TEXT,
            "terminal": _TEXT,
            "business_date": Day(),
            "receipt": _TEXT,
            "line": Whole(low=1, high=10),
            "booked_at": Instant(),
            "status": Choice(among=tuple(Payment.Status.values)),
        },
    ),
)
