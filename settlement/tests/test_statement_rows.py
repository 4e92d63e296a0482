"""Every number of a statement opens its rows, and what does not sum is not shown at all."""

import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models import Payment
from settlement.models import Statement
from settlement.period_rows import period_of
from settlement.services.closing import close_period
from settlement.services.refunds import refund_payment
from settlement.tests.papers_cast import take, worked_example
from settlement.tests.payout_cast import make_statement
from settlement.tests.scene import centre_staff
from settlement.waterfall import FAULTS, DoesNotSum
from settlement.web import statement_rows
from smartpit.edge import pages
from smartpit.kernel import clock
from tenants.services import StaffAsked
from tests.cast import Cast, jst, make_cast, register, system
from tests.databases import owner_at
from tests.people import sign_in
from tests.tamperings import change

STATEMENT = "settlement_statement"
LINE = "settlement_statementline"
SHARE = "settlement_substatement"
# What is done to the rows -> what the page says of it.
TAMPERINGS: dict[str, tuple[list[str], str]] = {
    "a fee line": (change(LINE, "DELETE FROM $ WHERE kind = 'fax'"), "lines"),
    "the tax": (
        change(STATEMENT, "UPDATE $ SET tax_yen = 188, payout_yen = 117741"),
        "tax",
    ),
    "the gross and the payout": (
        change(STATEMENT, "UPDATE $ SET gross_yen = 120000, payout_yen = 117743"),
        "tenants",
    ),
    "what is carried in": (
        change(STATEMENT, "UPDATE $ SET carried_in_yen = 1, payout_yen = 117743"),
        "carried",
    ),
    "the payout": (
        [
            f"ALTER TABLE {STATEMENT} DROP CONSTRAINT statement_sums",
            *change(STATEMENT, "UPDATE $ SET payout_yen = 117743"),
        ],
        "payout",
    ),
    "a tenant's commission": (
        [
            f"ALTER TABLE {SHARE} DROP CONSTRAINT sub_statement_commission_is_agreed",
            *change(SHARE, "UPDATE $ SET commission_yen = 1, net_yen = net_yen - 1"),
        ],
        "commission",
    ),
    "what a tenant bears of the fees": (
        change(SHARE, "UPDATE $ SET passed_yen = 1, net_yen = net_yen - 1"),
        "passed",
    ),
    "the margin": (change(STATEMENT, "UPDATE $ SET owner_margin_yen = 0"), "margin"),
    "the transfer": (
        change("settlement_payout", "UPDATE $ SET amount_yen = 117741"),
        "transfer",
    ),
}


def accountant_of(cast: Cast) -> Client:
    return sign_in(StaffAsked("accountant@example.com", "経理", "accountant", cast.sakura))


def tamper(database: str, statements: list[str]) -> None:
    with owner_at(database) as owner:
        for statement in statements:
            owner.execute(statement.encode())


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_statement_that_was_tampered_with_is_not_shown(
    committed_db: str, what: str, caplog: Any
) -> None:
    cast = make_cast()
    statement = worked_example(cast)
    client = accountant_of(cast)
    address = f"/dashboard/statements/{statement.pk}/"
    assert client.get(address).status_code == 200

    statements, code = TAMPERINGS[what]
    tamper(committed_db, statements)
    with caplog.at_level(logging.ERROR):
        answer = client.get(address)
    body = answer.content.decode()
    assert answer.status_code == 500
    assert FAULTS[code] in body
    assert str(statement.pk) in body
    for figure in ("117,742円", "119,999円", "117,743円"):
        assert figure not in body
    assert f"statement {statement.pk} does not sum: {code}" in caplog.text


def test_no_other_way_shows_what_does_not_sum_and_the_centre_is_told(committed_db: str) -> None:
    cast = make_cast()
    statement = worked_example(cast)
    share = statement.sub_statements.get()
    warden = sign_in(
        StaffAsked("w@example.com", "寮監", "administrator", cast.sakura, share.tenant)
    )
    asked = {
        "owner": (system(cast.keys["sakura"]), f"statements/{statement.pk}"),
        "tenant": (system(cast.keys["dormitory"]), f"statements/{share.pk}"),
    }
    assert [caller.get(path).status_code for caller, path in asked.values()] == [200, 200]
    assert warden.get(f"/portal/statements/{share.pk}/").status_code == 200
    tamper(committed_db, TAMPERINGS["the margin"][0])
    for caller, path in asked.values():
        with pytest.raises(DoesNotSum):
            caller.get(path)
    refused = warden.get(f"/portal/statements/{share.pk}/")
    assert refused.status_code == 500
    assert FAULTS["margin"] in refused.content.decode()
    auditor = sign_in(StaffAsked("auditor@centre.example", "監査", "auditor"))
    page = auditor.get(f"/admin/settlement/statement/{statement.pk}/change/", follow=True)
    assert "この精算書は合計が一致しません（margin）" in page.content.decode()


def test_an_owner_opens_the_rows_of_its_tenants_share(cast: Cast) -> None:
    statement = worked_example(cast)
    share = statement.sub_statements.get()
    client = accountant_of(cast)
    here = f"/dashboard/statements/{share.pk}/tenant/payments"
    paper = client.get(f"/dashboard/statements/{statement.pk}/").content.decode()
    assert f'href="{here}/"' in paper
    rows = client.get(f"{here}/").content.decode()
    for words in ("54,999円", "119,999円", f'href="{here}.csv"', f'href="{here}.xlsx"'):
        assert words in rows
    told = b"".join(client.get(f"{here}.csv").streaming_content)  # type: ignore[attr-defined]
    assert told.count(b"\r\n") == 1 + 3
    assert client.get(f"{here}.xlsx").status_code == 200


def test_the_list_of_statements_tells_what_was_carried_in(cast: Cast) -> None:
    make_statement(cast.sakura, carried_in_yen=-10_000, payout_yen=107_742)
    rows = accountant_of(cast).get("/dashboard/statements/").content.decode()
    assert "前回から" in rows
    assert "-10,000円" in rows


def test_a_payment_taken_out_of_the_rows_stops_their_page(committed_db: str) -> None:
    cast = make_cast()
    statement = worked_example(cast)
    client = accountant_of(cast)
    address = f"/dashboard/statements/{statement.pk}/payments/"
    assert client.get(address).status_code == 200
    small = "SELECT id FROM billing_payment WHERE amount_yen = 10000"
    gone = f"DELETE FROM $ WHERE payment_id IN ({small})"
    tamper(committed_db, change("billing_confirmation", gone))
    answer = client.get(address)
    assert answer.status_code == 500
    assert FAULTS["rows"] in answer.content.decode()


def test_every_number_of_the_waterfall_opens_its_rows(cast: Cast) -> None:
    statement = worked_example(cast)
    client = accountant_of(cast)
    here = f"/dashboard/statements/{statement.pk}/"
    body = client.get(here).content.decode()
    for where in ("payments/", "payments/?rows=stamps", "faxes/"):
        assert f'href="{here}{where}"' in body
        assert client.get(here + where).status_code == 200
    for anchor in ("lines", "payouts"):
        assert f'href="#{anchor}"' in body
        assert f'id="{anchor}"' in body


def test_the_rows_are_those_that_were_counted(cast: Cast) -> None:
    statement = worked_example(cast)
    here = f"/dashboard/statements/{statement.pk}/"
    client = accountant_of(cast)
    payments = client.get(f"{here}payments/").content.decode()
    for figure in ("10,000円", "55,000円", "54,999円", "119,999円"):
        assert figure in payments
    stamps = client.get(f"{here}payments/?rows=stamps").content.decode()
    assert "55,000円" in stamps
    assert "54,999円" not in stamps
    assert "2026/10/20" in client.get(f"{here}faxes/").content.decode()


@pytest.mark.parametrize("rows", ["payments", "stamps"])
def test_the_rows_of_a_large_statement_are_not_counted_to_show_a_page(
    cast: Cast, rows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = worked_example(cast)
    client = accountant_of(cast)
    monkeypatch.setattr(statement_rows, "SUMMED_ON_PAGES", 0)
    monkeypatch.setattr(pages, "ROWS_ON_A_PAGE", 1)
    with CaptureQueriesContext(connection) as asked:
        body = client.get(f"/dashboard/statements/{statement.pk}/payments/?rows={rows}&page=9")
    assert "55,000円" in body.content.decode() or "54,999円" in body.content.decode()
    counted = [query["sql"] for query in asked if "COUNT(" in query["sql"]]
    assert not [sql for sql in counted if 'FROM "billing_confirmation"' in sql]


def test_a_page_goes_on_where_the_one_before_ended(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = worked_example(cast)
    client = accountant_of(cast)
    monkeypatch.setattr(pages, "ROWS_ON_A_PAGE", 1)
    here = f"/dashboard/statements/{statement.pk}/payments/"
    shown = [client.get(f"{here}?page={number}").content.decode() for number in (1, 2, 3)]
    for body, amount in zip(shown, ("10,000円", "55,000円", "54,999円"), strict=True):
        rows = body.split("<tbody>")[1].split("</tbody>")[0]
        assert rows.count("<tr>") == 1
        assert amount in rows
        assert "全3件" in body


def test_the_stamps_that_are_stated_tell_how_many_there_are(cast: Cast) -> None:
    with clock.frozen(jst("2026-10-21 12:00")):
        big = take(cast, "寮費", 60_000, None)
        take(cast, "寮費", 61_000, None)
        people = centre_staff("a"), centre_staff("b")
        refund_payment(big.pk, asked_by=people[0], approved_by=people[1])
    period = period_of(worked_example(cast))
    assert period.stamped_count() == period.stamped().count() == 3
    assert period.statement.stamp_yen == 400


def test_a_later_statement_holds_the_late_payment_and_the_refund_and_names_both(cast: Cast) -> None:
    first = worked_example(cast)
    with clock.frozen(jst("2026-11-10 12:00")):
        take(cast, "寮費", 70_000, None)
        big = Payment.objects.get(amount_yen=55_000)
        people = centre_staff("a"), centre_staff("b")
        refund_payment(big.pk, asked_by=people[0], approved_by=people[1])
    with clock.frozen(jst("2026-12-09 12:00")):
        second = close_period(cast.sakura.pk, jst("2026-11-30 00:00").date())
    assert second is not None
    assert second.gross_yen == 15_000
    client = accountant_of(cast)
    here = f"/dashboard/statements/{second.pk}/payments/"
    refunds = client.get(f"{here}?rows=refunds").content.decode()
    assert "-55,000円" in refunds
    assert "−" not in refunds  # One sign for one thing, on all pages.
    assert "70,000円" in client.get(here).content.decode()
    period = period_of(second)
    assert [payment.payment.amount_yen for payment in period.stamped()] == [70_000]
    assert [refund.payment.amount_yen for refund in period.stamped_refunds()] == [55_000]
    assert period_of(first).confirmations().count() == 3


def test_the_balance_of_a_statement_opens_the_one_it_came_from(cast: Cast) -> None:
    first, second = carried(cast)
    client = accountant_of(cast)
    assert first.carried_out_yen == second.carried_in_yen != 0
    one, other = (f"/dashboard/statements/{found.pk}/" for found in (first, second))
    assert f'href="{one}"' in client.get(other).content.decode()
    assert f'href="{other}"' in client.get(one).content.decode()


def carried(cast: Cast) -> tuple[Statement, Statement]:
    """State a period whose only payment is worth less than its fees, and the one after it."""
    found = []
    for day, closes_on, seen in (
        ("2026-10-20", "2026-10-31", "2026-11-09"),
        ("2026-11-20", "2026-11-30", "2026-12-08"),
    ):
        with clock.frozen(jst(f"{day} 12:00")):
            take(cast, "寮費", 1_000, None)
        with clock.frozen(jst(f"{seen} 12:00")):
            found.append(close_period(cast.sakura.pk, jst(f"{closes_on} 00:00").date()))
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


def test_the_charges_of_a_contract_stand_with_their_days(db: None) -> None:
    cast = make_cast(starts_on=jst("2026-10-01 00:00").date(), setup_fees="first_statement")
    statement = worked_example(cast)
    here = f"/dashboard/statements/{statement.pk}/"
    client = accountant_of(cast)
    assert f'href="{here}charges/"' in client.get(here).content.decode()
    body = client.get(f"{here}charges/").content.decode()
    assert "契約事務手数料" in body
    assert "155,000円" in body
    assert "2026/10/01" in body


def test_what_ended_uncollected_is_listed(db: None) -> None:
    cast = make_cast(plan="plan-sample")
    with clock.frozen(jst("2026-10-20 09:00")):
        register(cast.sakura, title="未払い", due_on=jst("2026-10-25 00:00").date())
        register(cast.sakura, title="期限前", due_on=jst("2026-11-05 00:00").date())
    statement = worked_example(cast)
    assert statement.lines.get(kind="uncollected").count == 1
    address = f"/dashboard/statements/{statement.pk}/uncollected/"
    body = accountant_of(cast).get(address).content.decode()
    assert "未払い" in body
    assert "期限前" not in body


def test_a_tenant_opens_the_rows_of_its_own_share_only(cast: Cast) -> None:
    statement = worked_example(cast)
    share = statement.sub_statements.get()
    warden, other = (
        sign_in(
            StaffAsked(f"{tenant.code}@example.com", "長", "administrator", cast.sakura, tenant)
        )
        for tenant in (cast.dormitory, cast.engineering)
    )
    address = f"/portal/statements/{share.pk}/payments/"
    body = warden.get(address).content.decode()
    assert "119,999円" in body
    assert "収入印紙" not in body
    assert other.get(address).status_code == 404
