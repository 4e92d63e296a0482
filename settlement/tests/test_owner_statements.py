"""What owners' and tenants' systems read of their statements and payouts."""

from datetime import date
from typing import Any

import pytest

from settlement.models import Statement, StatementLine
from settlement.tests.payout_cast import make_payout, make_share, make_statement
from tests.cast import Cast, code_of, system, told


@pytest.fixture
def statement(cast: Cast) -> Statement:
    """sakura's statement of 117,742 yen, with three lines and both tenants' shares."""
    sums: dict[str, Any] = {"payments_count": 2, "owner_margin_yen": -2_257}
    statement = make_payout(cast.sakura, **sums).statement
    lines = [("payment", 3, 120), ("transfer", 1, 1_500), ("fax", 1, 10)]
    for place, (kind, count, unit_yen) in enumerate(lines):
        StatementLine.objects.create(
            statement=statement,
            owner=cast.sakura,
            place=place,
            kind=kind,
            count=count,
            unit_yen=unit_yen,
            amount_yen=count * unit_yen,
        )
    make_share(statement, cast.engineering, 109_999)
    make_share(statement, cast.dormitory, 10_000)
    return statement


def test_an_owner_reads_its_statements_with_lines_and_tenants(cast: Cast, statement: Statement):
    page = told(system(cast.keys["sakura"]).get("statements"))
    assert page["next"] is None
    assert page["items"] == [
        {
            "statement": str(statement.pk),
            "closes_on": "2026-11-05",
            "stated_on": "2026-11-13",
            "pays_on": "2026-11-20",
            "payments_count": 2,
            "gross_yen": 119_999,
            "fees_yen": 1_870,
            "tax_yen": 187,
            "stamp_yen": 200,
            "carried_in_yen": 0,
            "payout_yen": 117_742,
            "carried_out_yen": 0,
            "owner_margin_yen": -2_257,
            "lines": [
                {"kind": "payment", "count": 3, "unit_yen": 120, "amount_yen": 360},
                {"kind": "transfer", "count": 1, "unit_yen": 1_500, "amount_yen": 1_500},
                {"kind": "fax", "count": 1, "unit_yen": 10, "amount_yen": 10},
            ],
            "tenants": [
                {"code": "dormitory", "payments_count": 1, "gross_yen": 10_000, "net_yen": 10_000},
                {
                    "code": "engineering",
                    "payments_count": 1,
                    "gross_yen": 109_999,
                    "net_yen": 109_999,
                },
            ],
        }
    ]
    one = told(system(cast.keys["sakura"]).get(f"statements/{statement.pk}"))
    assert one == page["items"][0]


def test_a_tenant_reads_its_own_share_and_nothing_of_the_owners(cast: Cast, statement: Statement):
    share = statement.sub_statements.get(tenant=cast.engineering)
    theirs = statement.sub_statements.get(tenant=cast.dormitory)
    key = system(cast.keys["engineering"])
    assert told(key.get("statements"))["items"] == [
        {
            "statement": str(share.pk),
            "tenant": "engineering",
            "closes_on": "2026-11-05",
            "stated_on": "2026-11-13",
            "payments_count": 1,
            "gross_yen": 109_999,
            "commission_yen": 0,
            "passed_yen": 0,
            "net_yen": 109_999,
        }
    ]
    assert told(key.get(f"statements/{share.pk}"))["net_yen"] == 109_999
    for unseen in (statement.pk, theirs.pk):
        assert code_of(key.get(f"statements/{unseen}")) == (404, "not_found")
    assert told(key.get("payouts")) == {"items": [], "next": None}


def test_an_owner_reads_its_payouts(cast: Cast, statement: Statement):
    payout = statement.payouts.get()
    (item,) = told(system(cast.keys["sakura"]).get("payouts", status="proposed"))["items"]
    assert item.pop("proposed_at").endswith("+09:00")
    assert item == {
        "payout": str(payout.pk),
        "statement": str(statement.pk),
        "closes_on": "2026-11-05",
        "amount_yen": 117_742,
        "pays_on": "2026-11-20",
        "status": "proposed",
        "reissues": None,
    }
    assert told(system(cast.keys["sakura"]).get("payouts", status="paid"))["items"] == []


@pytest.mark.parametrize("holder", ["aoba", "test"])
def test_anothers_statements_and_payouts_are_not_there(
    cast: Cast, statement: Statement, holder: str
):
    key = system(cast.keys[holder])
    assert told(key.get("statements"))["items"] == []
    assert told(key.get("payouts"))["items"] == []
    assert code_of(key.get(f"statements/{statement.pk}")) == (404, "not_found")


@pytest.mark.parametrize("path", ["statements", "statements/x", "payouts"])
def test_a_stranger_is_refused(cast: Cast, path: str):
    assert code_of(system("sk_live_none").get(path)) == (401, "unauthorized")


def test_no_such_statement_is_404_whatever_the_word(cast: Cast):
    assert code_of(system(cast.keys["sakura"]).get("statements/none")) == (404, "not_found")


@pytest.mark.parametrize("holder", ["sakura", "engineering"])
def test_statements_come_by_pages_and_by_tenant(cast: Cast, holder: str):
    for day in (5, 10, 15):
        made = make_statement(cast.sakura, closes_on=date(2026, 11, day))
        make_share(made, cast.engineering, 119_999)
    key = system(cast.keys[holder])
    first = told(key.get("statements", limit=2))
    assert [item["closes_on"] for item in first["items"]] == ["2026-11-15", "2026-11-10"]
    second = told(key.get("statements", limit=2, cursor=first["next"]))
    assert [item["closes_on"] for item in second["items"]] == ["2026-11-05"]
    assert second["next"] is None
    assert len(told(key.get("statements", tenant="engineering"))["items"]) == 3
    assert told(key.get("statements", tenant="dormitory"))["items"] == []
    assert told(key.get("statements", to="2020-01-01"))["items"] == []
