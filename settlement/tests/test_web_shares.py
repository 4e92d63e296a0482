"""Every number of a tenant's share opens what explains it, to its owner and to the tenant."""

import re
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from settlement.models import SubStatement
from settlement.services.refunds import refund_payment
from settlement.tests.papers_cast import take, worked_example
from settlement.tests.scene import at, cast_of, centre_staff, close, settled
from smartpit.kernel import clock
from tenants.services import StaffAsked, change_tenant
from tests.cast import Cast, jst, make_cast
from tests.databases import owner_at
from tests.people import sign_in
from tests.tamperings import change

# 50 yen a payment and 1.25 % of what was collected; it bears the centre's fees.
TERMS: dict[str, Any] = {
    "commission_yen": 50,
    "commission_basis_points": 125,
    "passes_fees": True,
}


@pytest.fixture
def share(cast: Cast) -> SubStatement:
    change_tenant(cast.scope, "dormitory", dict(TERMS))
    return worked_example(cast).sub_statements.get()


@pytest.fixture
def owner(cast: Cast) -> Client:
    return accountant_of(cast)


def accountant_of(cast: Cast) -> Client:
    return sign_in(StaffAsked("accountant@example.com", "経理", "accountant", cast.sakura))


@pytest.fixture
def warden(cast: Cast) -> Client:
    asked = StaffAsked("warden@example.com", "寮監", "administrator", cast.sakura, cast.dormitory)
    return sign_in(asked)


def body_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def words_of(client: Client, address: str) -> str:
    """Return a page as it is read: without its marks, its spaces made one."""
    return " ".join(re.sub(r"<[^>]+>", " ", body_of(client, address)).split())


def test_each_number_of_a_share_is_a_link_on_the_owners_statement(
    owner: Client, share: SubStatement
) -> None:
    here = f"/dashboard/statements/{share.pk}/tenant/"
    page = body_of(owner, f"/dashboard/statements/{share.statement_id}/")
    for part, figure in (("commission", "1,649"), ("passed", "596"), ("net", "117,754")):
        assert f'<a href="{here}#{part}"><span class="amount">{figure}円</span></a>' in page
        assert f'id="{part}"' in body_of(owner, here)


def test_the_owner_reads_how_119_999_yen_come_to_117_754(
    owner: Client, share: SubStatement
) -> None:
    words = words_of(owner, f"/dashboard/statements/{share.pk}/tenant/")
    assert "3 件 × 50円" in words
    assert "150円" in words
    assert "119,999円 × 1.25 %" in words
    assert "1,499円" in words
    assert "1,649円" in words
    # 360 yen of fees, 36 of tax and a stamp of 200, all the dormitory's, which alone took anything.
    assert "360円 ＋ 消費税 36円 ＋ 収入印紙相当額 200円 ＝ 596円" in words
    assert "119,999円 − 1,649円 − 596円 ＝ 117,754円" in words


def test_the_tenant_reads_the_same_of_its_own_and_nothing_of_its_owners(
    warden: Client, share: SubStatement
) -> None:
    here = f"/portal/statements/{share.pk}/"
    words = words_of(warden, here)
    for told in ("3 件 × 50円", "119,999円 × 1.25 %", "1,649円", "119,999円 − 1,649円 − 596円"):
        assert told in words
    assert "360円" not in words  # What the centre charges all tenants together.
    page = body_of(warden, here)
    for part in ("commission", "passed", "net"):
        assert f'href="#{part}"' in page
        assert f'id="{part}"' in page
    assert words_of(warden, "/portal/statements/").count("117,754円") == 1


def test_a_tenant_that_bears_nothing_and_gives_nothing_is_told_so(
    cast: Cast, owner: Client
) -> None:
    share = worked_example(cast).sub_statements.get()
    words = words_of(owner, f"/dashboard/statements/{share.pk}/tenant/")
    assert "3 件 × 0円" in words
    assert "このテナントはセンター手数料を負担しません" in words
    assert "119,999円 − 0円 − 0円 ＝ 119,999円" in words


def test_terms_agreed_later_change_no_statement_of_before(
    cast: Cast, owner: Client, share: SubStatement
) -> None:
    change_tenant(cast.scope, "dormitory", {"commission_yen": 70, "commission_basis_points": 0})
    words = words_of(owner, f"/dashboard/statements/{share.pk}/tenant/")
    assert "3 件 × 50円" in words
    assert "70円" not in words


def test_of_a_gross_below_zero_no_rate_is_taken(db: None) -> None:
    cast = cast_of()
    change_tenant(cast.scope, "dormitory", dict(TERMS))
    back = settled(cast.sakura, "11-03", 30_000, tenant="dormitory")
    close("11-13")
    settled(cast.sakura, "11-17", 10_000, tenant="dormitory")
    with at("11-18"):
        asks, approves = centre_staff("asks"), centre_staff("approves", role="approver")
        refund_payment(back.pk, asked_by=asks, approved_by=approves)
    (statement,) = close("11-30")
    share = statement.sub_statements.get()
    assert (share.gross_yen, share.commission_yen) == (-20_000, 50)
    words = words_of(accountant_of(cast), f"/dashboard/statements/{share.pk}/tenant/")
    assert "0円 × 1.25 %" in words
    assert "収納額が 0円 以下の期間に、料率の手数料と負担はありません" in words


def test_a_share_of_before_terms_were_kept_says_that_it_does_not_know(committed_db: str) -> None:
    cast = make_cast()
    share = worked_example(cast).sub_statements.get()
    with owner_at(committed_db) as database:
        for statement in change(
            "settlement_substatement",
            "UPDATE $ SET commission_each_yen = NULL, commission_basis_points = NULL",
        ):
            database.execute(statement.encode())
    words = words_of(accountant_of(cast), f"/dashboard/statements/{share.pk}/tenant/")
    assert "この精算書には、作成時の料率の記録がありません" in words
    assert "119,999円 − 0円 − 0円 ＝ 119,999円" in words


def test_the_database_refuses_a_commission_that_its_terms_do_not_make(
    cast: Cast, share: SubStatement
) -> None:
    share.pk = None
    share.tenant = cast.engineering
    share.commission_yen += 1
    share.net_yen -= 1
    share._state.adding = True
    with pytest.raises(IntegrityError, match="sub_statement_commission_is_agreed"):
        share.save(force_insert=True)


def test_a_part_among_several_is_told_by_its_gross(cast: Cast, owner: Client) -> None:
    change_tenant(cast.scope, "engineering", dict(TERMS))
    with clock.frozen(jst("2026-10-20 11:00")):
        take(cast, "受講料", 40_000, None, tenant="engineering")
    statement = worked_example(cast)
    share = statement.sub_statements.get(tenant=cast.engineering)
    words = words_of(owner, f"/dashboard/statements/{share.pk}/tenant/")
    assert "480円 ＋ 消費税 48円 ＋ 収入印紙相当額 200円 ＝ 728円" in words
    assert "728円 × 40,000円 ÷ 159,999円" in words
    assert share.passed_yen == 182
