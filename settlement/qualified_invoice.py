"""適格請求書: tax told once for each rate, never a line at a time. Pure."""

from dataclasses import dataclass

from smartpit.kernel.yen import tax_on


@dataclass(frozen=True)
class RateSum:
    """What an invoice charges at one rate: before tax, the tax, and both."""

    percent: int
    net_yen: int
    tax_yen: int

    @property
    def total_yen(self) -> int:
        return self.net_yen + self.tax_yen


def sum_before_tax(net_yen: int, *, percent: int) -> RateSum:
    """Return the sum of prices that are told without tax; the fraction is dropped."""
    return RateSum(percent, net_yen, tax_on(net_yen, percent=percent))


def sum_with_tax(total_yen: int, *, percent: int) -> RateSum:
    """Return the sum of prices that hold their tax already; the fraction is dropped."""
    assert total_yen >= 0
    tax_yen = total_yen * percent // (100 + percent)
    return RateSum(percent, total_yen - tax_yen, tax_yen)
