"""What the APIs answer of money going out, and of the files that bring it (contract section 5)."""

from typing import Final

from billing.api.owner.answers import SIGNED_YEN, YEN, told
from settlement.models import Payout
from smartpit.edge.described import UUID, Many, Shape, listed
from smartpit.edge.forms import Choice, Day, Field, Instant, Nested, Text, Whole

_TEXT: Final = Text()
_MAYBE: Final = Text(nullable=True)
_SUMS: Final[dict[str, Field]] = {
    "payments_count": Whole(high=2**62),
    "gross_yen": SIGNED_YEN,
    "fees_yen": YEN,
    "tax_yen": YEN,
    "stamp_yen": SIGNED_YEN,
    "carried_in_yen": SIGNED_YEN,
    "payout_yen": YEN,
    "carried_out_yen": SIGNED_YEN,
}
_SHARE: Final[dict[str, Field]] = {
    "payments_count": Whole(high=2**62),
    "gross_yen": SIGNED_YEN,
    "commission_yen": SIGNED_YEN,
    "passed_yen": SIGNED_YEN,
    "net_yen": SIGNED_YEN,
}
_LINE: Final[dict[str, Field]] = {
    "kind": _TEXT,
    "count": Whole(high=2**62),
    "unit_yen": SIGNED_YEN,
    "amount_yen": SIGNED_YEN,
}
_OF_TENANT: Final[dict[str, Field]] = {
    "code": _TEXT,
    "payments_count": Whole(high=2**62),
    "gross_yen": SIGNED_YEN,
    "net_yen": SIGNED_YEN,
}

STATEMENT: Final = Shape(
    name="Statement",
    fields={"statement": UUID, "closes_on": Day(), "stated_on": Day(), "pays_on": Day()}
    | _SUMS
    | {
        "owner_margin_yen": SIGNED_YEN,
        "lines": Many(of=Nested(fields=_LINE)),
        "tenants": Many(of=Nested(fields=_OF_TENANT)),
    },
)
SUB_STATEMENT: Final = Shape(
    name="SubStatement",
    fields={"statement": UUID, "tenant": _TEXT, "closes_on": Day(), "stated_on": Day()} | _SHARE,
)
EITHER_STATEMENT: Final = Shape(name="EitherStatement", of=(STATEMENT, SUB_STATEMENT))
STATEMENTS: Final = listed("Statements", EITHER_STATEMENT)
PAYOUT: Final = Shape(
    name="Payout",
    fields={
        "payout": UUID,
        "statement": UUID,
        "closes_on": Day(),
        "amount_yen": YEN,
        "pays_on": Day(),
        "status": Choice(among=tuple(Payout.Status.values)),
        "reissues": _MAYBE,
        "proposed_at": Instant(),
    },
)
PAYOUTS: Final = listed("Payouts", PAYOUT)
TEST_CONFIRMED: Final = Shape(
    name="TestConfirmed",
    fields={
        "payments": Many(of=Nested(fields={"payment": _TEXT, "status": _MAYBE, "code": _MAYBE}))
    },
)
_FILE: Final[dict[str, Field]] = {
    "file": UUID,
    "records": Whole(),
    "confirmed": Whole(),
    "reversed": Whole(),
    "cases": Whole(),
}
FILE_TAKEN: Final = Shape(name="FileTaken", fields=_FILE)
_DIFFERENCE: Final[dict[str, Field]] = {
    "record": Whole(),
    "kind": _TEXT,
    "reason": _TEXT,
    "case": _TEXT,
}
FILE: Final = Shape(
    name="File", fields=_FILE | {"differences": Many(of=Nested(fields=_DIFFERENCE))}
)
_DAYS: Final[dict[str, Field]] = {"statement": UUID, "closes_on": Day(), "stated_on": Day()}
_STATEMENT_TOLD: Final = Shape(name="Statement", fields=_DAYS | {"pays_on": Day()} | _SUMS)
_SHARE_TOLD: Final = Shape(name="SubStatement", fields=_DAYS | {"sub_statement": _TEXT} | _SHARE)
_PAYOUT_TOLD: Final = Shape(
    name="Payout",
    fields={
        name: one for name, one in PAYOUT.fields.items() if name not in ("status", "proposed_at")
    }
    | {"reason": Text(default="")},
)
WEBHOOKS: Final = {
    "statement.closed": told(
        "StatementClosedHook", "statement.closed", _STATEMENT_TOLD, _SHARE_TOLD
    ),
    "payout.sent": told("PayoutSentHook", "payout.sent", _PAYOUT_TOLD),
    "payout.returned": told("PayoutReturnedHook", "payout.returned", _PAYOUT_TOLD),
}
