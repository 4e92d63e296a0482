"""A statement with all that stands on it, or the refusal of one whose figures contradict another.

Every page and paper of a statement begins here, so that none shows what does not sum.
"""

from dataclasses import dataclass

from settlement.models import Payout, Statement, StatementLine, SubStatement
from settlement.share_account import ShareAccount, share_accounts
from settlement.waterfall import Bar, DoesNotSum, Figures, waterfall
from smartpit.kernel.yen import tax_on


@dataclass(frozen=True)
class Whole:
    """A statement, its fee lines, its tenants' shares, its payouts, all of which agree."""

    statement: Statement
    bars: list[Bar]
    lines: list[StatementLine]
    shares: list[SubStatement]
    accounts: dict[int, ShareAccount]
    payouts: list[Payout]
    previous: Statement | None
    following: Statement | None


def whole_of(statement: Statement) -> Whole:
    """Return the statement with what stands on it; raise ``DoesNotSum`` where that disagrees."""
    lines = list(statement.lines.order_by("place"))
    shares = list(statement.sub_statements.select_related("tenant").order_by("tenant__code"))
    payouts = statement.payouts.select_related("payee").order_by("proposed_at")
    others = Statement.objects.filter(owner_id=statement.owner_id)
    whole = Whole(
        statement=statement,
        bars=waterfall(_figures(statement), [line.amount_yen for line in lines]),
        lines=lines,
        shares=shares,
        accounts=share_accounts(statement, lines, shares),
        payouts=list(payouts),
        previous=others.filter(closes_on__lt=statement.closes_on).order_by("-closes_on").first(),
        following=others.filter(closes_on__gt=statement.closes_on).order_by("closes_on").first(),
    )
    for code, is_so in _claims(whole).items():
        if not is_so:
            raise DoesNotSum(code)
    return whole


def _claims(whole: Whole) -> dict[str, bool]:
    statement = whole.statement
    carried_yen = whole.previous.carried_out_yen if whole.previous else 0
    taken = (
        sum(share.payments_count for share in whole.shares),
        sum(share.gross_yen for share in whole.shares),
    )
    nets_yen = sum(share.net_yen for share in whole.shares)
    asked = [payout.amount_yen for payout in whole.payouts if payout.reissues_id is None]
    return {
        "tax": tax_on(statement.fees_yen, percent=statement.tax_percent) == statement.tax_yen,
        "carried": carried_yen == statement.carried_in_yen,
        "tenants": taken == (statement.payments_count, statement.gross_yen),
        "commission": all(one.is_commission_so for one in whole.accounts.values()),
        "passed": all(one.is_passed_so for one in whole.accounts.values()),
        "margin": nets_yen + statement.owner_margin_yen == statement.payout_yen,
        "transfer": asked == ([statement.payout_yen] if statement.payout_yen else []),
    }


def _figures(found: Statement) -> Figures:
    return Figures(**{name: getattr(found, name) for name in Figures.__dataclass_fields__})
