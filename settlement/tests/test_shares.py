"""How a statement divides among tenants, to the last yen."""

from hypothesis import given
from hypothesis import strategies as st

from settlement.fees import Line
from settlement.shares import (
    Share,
    TenantPeriod,
    commission_yen,
    owner_margin_yen,
    passable_yen,
    tenant_shares,
)


def test_only_the_payments_fees_their_own_tax_and_the_stamp_are_passed_on() -> None:
    lines = (Line("payment", 3, 120), Line("transfer", 1, 1_500), Line("fax", 1, 10))

    assert passable_yen(lines, 200, tax_percent=10) == 360 + 36 + 200


def test_payments_at_two_prices_are_taxed_together() -> None:
    lines = (Line("payment", 1, 125), Line("payment", 1, 85))

    assert passable_yen(lines, 0, tax_percent=10) == 210 + 21


def test_refunded_stamps_that_outweigh_the_fees_pass_nothing_on() -> None:
    assert passable_yen((Line("payment", 1, 120),), -200, tax_percent=10) == 0


def test_the_worked_example_divides_over_two_tenants() -> None:
    shares = tenant_shares(
        [
            TenantPeriod("dormitory", 1, 0, 10_000, commission_yen=50, passes_fees=True),
            TenantPeriod("engineering", 2, 0, 109_999, commission_basis_points=125),
        ],
        passable_yen=596,
    )

    # 596 x 10,000 / 119,999 is 49.67: the odd yen goes to the larger remainder.
    assert shares == [
        Share("dormitory", 1, 10_000, 50, 50, commission_each_yen=50),
        Share("engineering", 2, 109_999, 1_374, 0, commission_basis_points=125),
    ]
    assert [share.net_yen for share in shares] == [9_900, 108_625]
    assert owner_margin_yen(117_742, shares) == 117_742 - 118_525


def test_of_equal_remainders_the_first_code_bears_the_odd_yen() -> None:
    tenants = [
        TenantPeriod(code, 1, 0, 1_000, passes_fees=True) for code in ("cafe", "books", "arts")
    ]

    shares = tenant_shares(tenants, passable_yen=100)

    assert [(share.code, share.passed_yen) for share in shares] == [
        ("arts", 34),
        ("books", 33),
        ("cafe", 33),
    ]


def test_a_tenant_with_nothing_left_of_its_gross_bears_no_fees_and_no_rate() -> None:
    tenants = [
        TenantPeriod("books", 1, 0, 1_000, passes_fees=True),
        TenantPeriod("cafe", 1, 1, 0, commission_yen=30, passes_fees=True),
        TenantPeriod("toys", 0, 1, -500, commission_basis_points=1_000, passes_fees=True),
    ]

    shares = tenant_shares(tenants, passable_yen=264)

    assert [share.passed_yen for share in shares] == [264, 0, 0]
    assert [share.net_yen for share in shares] == [736, -30, -500]


def test_a_tenant_without_payment_or_refund_is_left_out() -> None:
    idle = TenantPeriod("idle", 0, 0, 0, commission_yen=100)

    assert tenant_shares([idle], passable_yen=0) == []


def test_where_no_tenant_has_positive_gross_nothing_is_passed_on() -> None:
    shares = tenant_shares([TenantPeriod("toys", 0, 1, -500, passes_fees=True)], passable_yen=132)

    assert [share.net_yen for share in shares] == [-500]


def test_a_commission_counts_payments_and_drops_its_fraction() -> None:
    tenant = TenantPeriod("books", 3, 1, 9_999, commission_yen=40, commission_basis_points=333)

    assert commission_yen(tenant) == 120 + 332


tenant_periods = st.builds(
    TenantPeriod,
    code=st.text("abcdef", min_size=1, max_size=3),
    payments_count=st.integers(0, 9),
    refunds_count=st.integers(0, 2),
    gross_yen=st.integers(-50_000, 900_000),
    commission_yen=st.integers(0, 200),
    commission_basis_points=st.integers(0, 10_000),
    passes_fees=st.just(True),
)


@given(
    tenants=st.lists(tenant_periods, max_size=6, unique_by=lambda tenant: tenant.code),
    passable=st.integers(0, 100_000),
    payout_yen=st.integers(0, 5_000_000),
)
def test_no_yen_is_lost_between_owner_and_tenants(
    tenants: list[TenantPeriod], passable: int, payout_yen: int
) -> None:
    shares = tenant_shares(tenants, passable)

    bearing = [share for share in shares if share.gross_yen > 0]
    assert sum(share.passed_yen for share in shares) == (passable if bearing else 0)
    whole = sum(share.gross_yen for share in bearing)
    for share in bearing:
        assert 0 <= share.passed_yen * whole - passable * share.gross_yen + whole <= 2 * whole
    assert [share.code for share in shares] == sorted(share.code for share in shares)
    nets_yen = sum(share.net_yen for share in shares)
    assert nets_yen + owner_margin_yen(payout_yen, shares) == payout_yen
