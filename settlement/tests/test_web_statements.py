"""精算書 on a page: every figure of it, and none when the figures contradict each other."""

import re

import pytest
from django.test import Client

from settlement.tests.papers_cast import worked_example
from settlement.waterfall import DoesNotSum, Figures, waterfall
from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import sign_in

# The worked example of the contract: three payments, one FAX.
WORKED = Figures(
    gross_yen=119_999,
    fees_yen=1_870,
    tax_yen=187,
    stamp_yen=200,
    carried_in_yen=0,
    payout_yen=117_742,
    carried_out_yen=0,
)


@pytest.fixture
def accountant(cast: Cast) -> Client:
    return sign_in(StaffAsked("accountant@example.com", "経理", "accountant", cast.sakura))


def warden(cast: Cast, role: str = "administrator") -> Client:
    return sign_in(StaffAsked(f"{role}@example.com", "寮監", role, cast.sakura, cast.dormitory))


def test_the_worked_example_shows_every_figure(cast: Cast, accountant: Client) -> None:
    statement = worked_example(cast)
    body = accountant.get(f"/dashboard/statements/{statement.pk}/").content.decode()
    for figure in ("119,999円", "-1,870円", "-187円", "-200円", "117,742円", "119,999円"):
        assert figure in body
    for word in ("収納手数料", "精算入金手数料", "FAX通信費", "2026/11/16(月)", "オーナー取り分"):
        assert word in body
    assert "117,742円" in accountant.get("/dashboard/statements/").content.decode()


def test_figures_that_are_one_yen_off_are_refused() -> None:
    wrong = Figures(**{**vars(WORKED), "payout_yen": WORKED.payout_yen + 1})
    with pytest.raises(DoesNotSum):
        waterfall(wrong, [1_870])
    with pytest.raises(DoesNotSum):
        waterfall(WORKED, [1_871])


def test_the_bars_fall_from_gross_to_payout_without_a_gap() -> None:
    bars = waterfall(WORKED, [1_870])
    assert [bar.amount_yen for bar in bars] == [119_999, -1_870, -187, -200, 117_742]
    assert bars[0].width == 1_000
    assert bars[-1].left == 0
    fallen = bars[0].left + bars[0].width
    for bar in bars[1:-1]:
        assert bar.left + bar.width <= fallen + 2
        fallen = bar.left


def test_a_negative_balance_is_carried_and_still_drawn() -> None:
    figures = Figures(0, 5_000, 500, 0, -100, 0, -5_600)
    bars = waterfall(figures, [5_000])
    assert sum(bar.amount_yen for bar in bars[:-1]) == 0
    assert all(bar.left >= 0 and bar.left + bar.width <= 1_002 for bar in bars)


def test_a_tenant_sees_its_own_share_and_nothing_of_the_owners(cast: Cast) -> None:
    statement = worked_example(cast)
    client = warden(cast)
    share = statement.sub_statements.get()
    bodies = [
        client.get("/portal/statements/").content.decode(),
        client.get(f"/portal/statements/{share.pk}/").content.decode(),
    ]
    for body in bodies:
        assert "119,999円" in body
        assert "117,742円" not in body
        assert "1,870円" not in body
        assert "−0円" not in re.sub(r"<[^>]+>", "", body)  # Nothing taken off is no minus.
    assert client.get(f"/dashboard/statements/{statement.pk}/").status_code == 404


def test_another_tenant_and_a_tenants_staff_do_not_see_the_share(cast: Cast) -> None:
    share = worked_example(cast).sub_statements.get()
    asked = StaffAsked("e@example.com", "教務", "administrator", cast.sakura, cast.engineering)
    assert sign_in(asked).get(f"/portal/statements/{share.pk}/").status_code == 404
    assert warden(cast, "staff").get(f"/portal/statements/{share.pk}/").status_code == 403
