"""What a refund would do to the owner's next statement, were it approved today."""

from dataclasses import dataclass
from datetime import date

from billing.models import Payment
from settlement.calendar import statement_day
from settlement.facts import closed_upto
from settlement.fees import STAMP_FROM_YEN
from settlement.services.periods import OpenPeriods
from smartpit.kernel import clock
from tenants.selectors import terms_of
from tenants.terms import priced_by


@dataclass(frozen=True)
class RefundEffect:
    """The sums a refund adds to its statement; the payment's fee and its tax stay."""

    amount_yen: int
    stamp_yen: int
    closes_on: date
    stated_on: date
    is_stated: bool

    @property
    def payout_yen(self) -> int:
        """Return by how much the payout, or the balance carried, changes."""
        return self.stamp_yen - self.amount_yen


def refund_effect(payment: Payment) -> RefundEffect:
    """Return what the refund of a confirmed payment of an owner would come to."""
    assert payment.owner_id is not None
    assert payment.amount_yen is not None
    at = clock.now()
    closes_on = OpenPeriods(payment.owner_id, at).closing_date(clock.business_date(at))
    return RefundEffect(
        amount_yen=payment.amount_yen,
        stamp_yen=_stamp_back_yen(payment),
        closes_on=closes_on,
        stated_on=statement_day(closes_on),
        is_stated=payment.confirmation.closes_on <= closed_upto(payment.owner_id),
    )


def _stamp_back_yen(payment: Payment) -> int:
    """Return the stamp that was charged: the terms of the payment's own day say whether."""
    assert payment.owner_id is not None
    assert payment.amount_yen is not None
    terms = priced_by(terms_of(payment.owner_id), payment.business_date)
    net_yen = payment.amount_yen - (payment.tax_yen or 0)
    return 0 if terms.stamp_exempt or net_yen < STAMP_FROM_YEN else terms.stamp_yen
