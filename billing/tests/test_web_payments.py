"""収納: the page that fills itself, its filters, and the CSV that runs nothing."""

import csv
import io
import re

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from billing.models import Payment
from billing.services.payments import receive_payment
from billing.services.reversals import reverse_payment
from smartpit.kernel import clock
from smartpit.kernel.cells import safe_cell
from tenants.services import StaffAsked
from tests.cast import Cast, notice, register, reversal
from tests.people import sign_in


@pytest.fixture
def accountant(cast: Cast) -> Client:
    return sign_in(StaffAsked("accountant@example.com", "経理", "accountant", cast.sakura))


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def watch(body: str) -> str:
    """Return the address that a page goes on asking."""
    found = re.search(r'hx-get="([^"]+)"', body)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_a_payment_of_12_000_yen_is_added_to_the_open_page_once(
    cast: Cast, accountant: Client
) -> None:
    receive_payment(notice(register(cast.sakura, amount_yen=5_000)))
    first = page(accountant, "/dashboard/payments/")
    assert "5,000円" in first
    assert accountant.get(watch(first)).status_code == 204

    receive_payment(notice(register(cast.sakura, amount_yen=12_000, title="実習費")))
    added = page(accountant, watch(first))
    assert "12,000円" in added
    assert "5,000円" not in added
    assert accountant.get(watch(added)).status_code == 204


def test_a_reversal_changes_the_row_that_is_already_on_the_page(
    cast: Cast, accountant: Client
) -> None:
    told = notice(register(cast.sakura))
    receive_payment(told)
    first = page(accountant, "/dashboard/payments/")
    reverse_payment(reversal(told))
    changed = page(accountant, watch(first))
    payment = Payment.objects.get()
    assert f'id="payment-{payment.pk}" hx-swap-oob="true"' in changed
    assert "速報取消" in changed


def test_a_filtered_page_adds_only_what_fits_its_filter(cast: Cast, accountant: Client) -> None:
    first = page(accountant, "/dashboard/payments/?tenant=dormitory")
    receive_payment(notice(register(cast.sakura, tenant="engineering", title="実習費")))
    receive_payment(notice(register(cast.sakura, tenant="dormitory", title="寮費")))
    added = page(accountant, watch(first))
    assert "寮費" in added
    assert "実習費" not in added
    assert "実習費" not in page(accountant, "/dashboard/payments/?tenant=dormitory")


def test_a_tenant_sees_its_own_payments_come_in_and_nobody_elses(cast: Cast, tutor: Client) -> None:
    first = page(tutor, "/portal/payments/")
    receive_payment(notice(register(cast.sakura, tenant="engineering", title="実習費")))
    receive_payment(notice(register(cast.sakura, tenant="dormitory", title="寮費")))
    for body in (page(tutor, watch(first)), page(tutor, "/portal/payments/")):
        assert "実習費" in body
        assert "寮費" not in body


def test_a_day_chooses_the_payments_of_its_business_date(cast: Cast, accountant: Client) -> None:
    receive_payment(notice(register(cast.sakura, title="実習費")))
    today = clock.business_date().isoformat()
    assert "実習費" in page(accountant, f"/dashboard/payments/?day={today}")
    assert "実習費" not in page(accountant, "/dashboard/payments/?day=2026-01-31")


def test_the_detail_tells_what_was_paid_where_and_the_fact_that_was_told(
    cast: Cast, accountant: Client
) -> None:
    receive_payment(notice(register(cast.sakura, title="実習費"), store="0001234"))
    body = page(accountant, f"/dashboard/payments/{Payment.objects.get().pk}/")
    for word in ("実習費", "0001234", "10,000円", "payment.reported", "確報を待っています"):
        assert word in body


def test_the_csv_holds_the_chosen_rows_and_no_formula(cast: Cast, accountant: Client) -> None:
    receive_payment(notice(register(cast.sakura, title="=HYPERLINK(1)", amount_yen=12_345)))
    receive_payment(notice(register(cast.aoba, title="よその店")))
    answer = accountant.get("/dashboard/payments.csv")
    assert isinstance(answer, StreamingHttpResponse)
    text = answer.getvalue().decode("utf-8-sig")
    heads, row = csv.reader(io.StringIO(text))
    told = dict(zip(heads, row, strict=True))
    assert told["件名"] == "'=HYPERLINK(1)"
    assert told["金額"] == "12345"
    assert told["状態"] == "速報"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_a_formula(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


def test_a_plain_cell_stays_as_it_is() -> None:
    assert safe_cell("寮費") == "寮費"
    assert safe_cell(-500) == -500
