"""What a chain confirms, undoes too late, and does not send."""

import pytest

from billing.models import Case, Payment
from billing.refusals import ReversalTooLate
from billing.services.payments import key_of
from billing.services.reversals import reverse_payment
from billing.tills.notices import ReversalNotice
from settlement.books import balance_yen, owner_payable, trial_balance
from settlement.models import Statement
from settlement.tests.scene import at, cast_of, close, only_statement, paid, settled
from tests.cast import Cast


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


@pytest.mark.fault("A14")
@pytest.mark.parametrize("is_stated", [False, True])
def test_a_reversal_after_the_confirmation_is_too_late_and_a_person_looks_at_it(
    five: Cast, *, is_stated: bool
):
    first = settled(five.sakura, "11-03", amount_yen=50_000)
    settled(five.sakura, "11-08")
    before = Statement.objects.values().get(pk=only_statement("11-13").pk) if is_stated else None
    with at("11-13" if is_stated else "11-03"):
        for _ in range(2):
            with pytest.raises(ReversalTooLate):
                reverse_payment(ReversalNotice(key_of(first), "客都合"))
    first.refresh_from_db()
    assert first.status == Payment.Status.CONFIRMED
    case = Case.objects.get()
    assert (case.kind, case.payment_id) == (Case.Kind.REVERSAL_TOO_LATE, first.pk)
    if before is not None:
        assert Statement.objects.values().get(pk=before["id"]) == before
        assert [row.gross_yen for row in close("11-18")] == [10_000]
    assert sum(trial_balance().values()) == 0


@pytest.mark.fault("A28")
def test_what_a_chain_confirmed_is_paid_to_the_owner_though_the_chain_sends_less(five: Cast):
    """Nothing a chain sends is booked yet: all it took stands in its name until it is."""
    settled(five.sakura, "11-03", amount_yen=100_000)
    settled(five.sakura, "11-04", amount_yen=55_000)
    unconfirmed = paid(five.sakura, "11-05", amount_yen=7_000)
    statement = only_statement("11-13")
    assert statement.gross_yen == 155_000
    assert statement.payout_yen > 0
    assert balance_yen("store_receivable:lawson") == 162_000
    assert balance_yen(owner_payable(five.sakura)) == statement.payout_yen + 7_000
    unconfirmed.refresh_from_db()
    assert unconfirmed.status == Payment.Status.REPORTED
    assert sum(trial_balance().values()) == 0
