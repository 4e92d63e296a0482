"""The bank's file brought by several at once, and by the bank while people act, on real threads."""

from collections import Counter

import pytest

from settlement.bank_statement import statement_file
from settlement.books import balance_yen
from settlement.models import BankEntry, BankStatement, EntryRuling, PayoutMove, Remittance
from settlement.refusals import EntryRuled
from settlement.services.bank_rulings import rule_as_own
from settlement.services.bank_statements import StatementSent, take_bank_statement
from settlement.services.payouts import export_payouts, mark_paid
from settlement.services.remittances import draw_remittances
from settlement.tests.bank_cast import agreed, bank_says, came, entry_of, told, went
from settlement.tests.payout_cast import approved, make_payee, make_payout, person
from settlement.tests.scene import at, instant, settled
from smartpit.kernel.errors import MoveRefused
from tests.cast import Cast, make_cast
from tests.threads import in_threads


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


@pytest.mark.fault("D01")
@pytest.mark.parametrize("same", [True, False])
def test_a_file_brought_by_four_at_once_is_entered_once(cast: Cast, *, same: bool):
    """The same bytes, or four files that tell of the same lines and one of their own."""
    agreed()
    line = came("11-16", 5_000)
    files = [
        statement_file([told(line, *([] if same else [came("11-17", 100)] * place))])
        for place in range(4)
    ]

    def bring(place: int) -> int:
        with at("11-30"):
            return take_bank_statement(StatementSent(f"{place}", files[place])).new_count

    brought = [one for one in in_threads(bring, 4) if isinstance(one, int)]
    assert BankEntry.objects.filter(day="2026-11-16").count() == 1
    assert sum(brought) == BankEntry.objects.count()
    assert balance_yen("bank") == BankStatement.objects.latest("closing_yen").closing_yen
    if same:
        assert Counter(brought) == Counter([1, 0, 0, 0])


def test_a_period_drawn_by_four_at_once_is_drawn_once(cast: Cast):
    agreed()
    settled(cast.sakura, "11-03", 10_000)
    drawn = in_threads(lambda _place: draw_remittances(instant("11-16")), 4)
    assert sum(one for one in drawn if isinstance(one, int)) == 1
    assert Remittance.objects.get().amount_yen == 10_000


def test_a_line_ruled_by_four_at_once_is_ruled_once(cast: Cast):
    bank_says(came("11-16", 5_000))
    entry, people = entry_of(5_000), [person("operator") for _ in range(4)]
    outcomes = in_threads(lambda place: rule_as_own(people[place], entry.pk, "理由"), 4)
    assert sum(isinstance(one, EntryRuled) for one in outcomes) == 3
    assert EntryRuling.objects.count() == 1


@pytest.mark.parametrize("_round", range(5))
def test_a_person_and_the_bank_pay_a_payout_once(cast: Cast, _round: int):
    with at("11-16", "10:00"):
        make_payee(cast.sakura)
        payout = approved(make_payout(cast.sakura), person("approver"))
        export_payouts(person("operator"))
    clerk, yen = person("operator"), payout.amount_yen

    def pay(place: int) -> object:
        if place:
            return bank_says(went("11-20", yen), opening_yen=yen)
        with at("11-20"):
            return mark_paid(clerk, payout.pk)

    outcomes = in_threads(pay, 2)
    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(one, MoveRefused) for one in refused)
    assert PayoutMove.objects.filter(payout=payout, kind="paid").count() == 1
    assert (balance_yen("bank"), balance_yen("payout_in_transit")) == (0, 0)
