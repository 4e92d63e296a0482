"""A story's end: what is printed of it (contract section 6)."""

from datetime import date
from typing import Any

from settlement.models import Statement
from smartpit.web.story.play import play_story
from smartpit.web.story.words import Story
from tenants.access import Scope

_DAYS = ("closes_on", "stated_on", "pays_on")
_SUMS = (
    "payments_count",
    "gross_yen",
    "fees_yen",
    "tax_yen",
    "stamp_yen",
    "carried_in_yen",
    "payout_yen",
    "carried_out_yen",
    "owner_margin_yen",
)
_LINE = ("kind", "count", "unit_yen", "amount_yen")
_SHARE = ("payments_count", "gross_yen", "net_yen")


def tell_story(story: Story) -> dict[str, Any]:
    """Play a story in the empty database Django points at, and return what is printed."""
    world, outcomes = play_story(story)
    return {"events": outcomes, "statements": _statements(world.scope, story.settle_until)}


def _statements(scope: Scope, settle_until: date) -> list[dict[str, Any]]:
    rows = scope.rows(Statement.objects.filter(stated_on__lte=settle_until))
    rows = rows.order_by("closes_on").prefetch_related("lines", "sub_statements__tenant")
    return [_statement(row) for row in rows]


def _statement(statement: Statement) -> dict[str, Any]:
    shares = sorted(statement.sub_statements.all(), key=lambda share: share.tenant.code)
    return {
        **{name: getattr(statement, name).isoformat() for name in _DAYS},
        **{name: getattr(statement, name) for name in _SUMS},
        "lines": [
            {name: getattr(line, name) for name in _LINE}
            for line in statement.lines.all()
            if line.amount_yen
        ],
        "tenants": [
            {"code": share.tenant.code, **{name: getattr(share, name) for name in _SHARE}}
            for share in shares
        ],
    }
