"""When an invoice carries a revenue stamp, and what sending it in parts would do. Pure."""

from dataclasses import dataclass
from typing import Final

from settlement.fees import STAMP_FROM_YEN, tax_percent
from smartpit.kernel import clock
from smartpit.kernel.yen import tax_on
from tenants.terms import Terms

# "Just above" is what a tenth of the limit would mend.
NEAR_YEN: Final = STAMP_FROM_YEN + STAMP_FROM_YEN // 10
# Of a tax-inclusive amount below this the net price at 10 % is below the limit.
NET_BELOW_YEN: Final = STAMP_FROM_YEN * 110 // 100
_LARGEST_YEN: Final = 300_000


@dataclass(frozen=True)
class Split:
    """A net price from ``from_yen`` on, sent in as many invoices as go without a stamp."""

    from_yen: int
    parts: int
    added_yen: int
    saved_yen: int

    @property
    def gain_yen(self) -> int:
        return self.saved_yen - self.added_yen


def splits(terms: Terms) -> list[Split]:
    """Return what each further part costs in fees with their tax, and the one stamp it saves."""
    percent = tax_percent(clock.business_date())
    found = []
    for parts in range(2, _LARGEST_YEN // STAMP_FROM_YEN + 1):
        fee_yen = (parts - 1) * terms.payment_yen
        added_yen = fee_yen + tax_on(fee_yen, percent=percent)
        found.append(Split((parts - 1) * STAMP_FROM_YEN, parts, added_yen, terms.stamp_yen))
    return found
