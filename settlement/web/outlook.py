"""精算の見通し: the next transfer, the four cycles on the last days, and stamps to be spared."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from settlement import outlook
from settlement.line_words import line_words
from settlement.simulator import CYCLES, Outcome, Past, simulate
from settlement.stamps import splits
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Contract
from tenants.selectors import terms_of
from tenants.terms import Terms, priced_by
from tenants.web.gates import StaffRequest


@dataclass(frozen=True)
class _Row:
    """A cycle beside the one in force: what it would cost more, in yen."""

    outcome: Outcome
    word: str
    is_now: bool
    more_yen: int

    @property
    def wait(self) -> str:
        days, tenths = divmod(self.outcome.wait_tenths, 10)
        return f"{days}.{tenths}日"


@require_safe
def page(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Show what lies ahead; nothing here is written, and all of it is an estimate."""
    terms = terms_of(scope.owner)
    words: dict[str, object] = {"has_terms": bool(terms)}
    if terms:
        now = priced_by(terms, clock.business_date())
        past = outlook.past_of(scope.owner)
        words |= {
            "forecasts": [_forecast(one) for one in outlook.forecasts(scope.owner, terms)],
            "unconfirmed": outlook.unconfirmed(scope.owner),
            "past": past,
            "cycles": _cycles(past, terms, now),
        } | _stamps(scope.owner, now)
    return render(request, "dashboard/settlement/outlook.html", words)


def _forecast(one: outlook.Forecast) -> dict[str, object]:
    lines = [(line, line_words(line.kind)) for line in one.account.settled.lines]
    return {"period": one, "account": one.account, "lines": lines}


def _cycles(past: Past, terms: list[Terms], now: Terms) -> list[_Row]:
    outcomes = {cycle: simulate(cycle, past, terms) for cycle in CYCLES}
    held = outcomes[now.cycle]
    return [
        _Row(outcome, Contract.Cycle(cycle).label, cycle == now.cycle, _more_yen(outcome, held))
        for cycle, outcome in outcomes.items()
    ]


def _more_yen(outcome: Outcome, held: Outcome) -> int:
    return outcome.cost_yen - held.cost_yen


def _stamps(owner_id: int, now: Terms) -> dict[str, object]:
    stamped = outlook.stamped_invoices(owner_id)
    return {
        "is_exempt": now.stamp_exempt,
        "stamp_yen": now.stamp_yen,
        "stamped_count": stamped.paid_count,
        "stamped_yen": stamped.paid_count * now.stamp_yen,
        "untold": stamped.untold[: outlook.SHOWN],
        "untold_count": stamped.untold.count(),
        "near": stamped.near[: outlook.SHOWN],
        "near_count": stamped.near.count(),
        "splits": splits(now),
    }
