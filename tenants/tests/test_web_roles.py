"""Who may do what on the dashboard: the whole matrix, role by role."""

import re

import pytest
from django.test import Client

from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import sign_in

ROLES = ("administrator", "accountant", "desk", "developer", "viewer")
MONEY = {"administrator", "accountant", "viewer"}
SEE = {
    "/dashboard/": set(ROLES),
    "/dashboard/payments/": MONEY | {"desk"},
    "/dashboard/payments/new": MONEY | {"desk"},
    "/dashboard/payments.csv": MONEY | {"desk"},
    "/dashboard/invoices/": MONEY | {"desk"},
    "/dashboard/menus/": MONEY | {"desk"},
    "/dashboard/desk/": {"administrator", "desk"},
    "/dashboard/cards/": {"administrator", "desk", "viewer"},
    "/dashboard/batches/": {"administrator", "desk", "viewer"},
    "/dashboard/tenants/": MONEY,
    "/dashboard/statements/": MONEY,
    "/dashboard/payouts/": MONEY,
    "/dashboard/connection/": {"administrator", "developer", "viewer"},
    "/dashboard/developer/": {"administrator", "developer", "viewer"},
}
CHANGE = {
    "/dashboard/invoices/register/single": {"administrator", "accountant"},
    "/dashboard/invoices/register/kept": {"administrator", "accountant"},
    "/dashboard/menus/make": {"administrator"},
    "/dashboard/cards/issue": {"administrator", "desk"},
    "/dashboard/batches/order": {"administrator", "desk"},
    "/dashboard/tenants/apply": {"administrator"},
    "/dashboard/connection/endpoints/add": {"administrator", "developer"},
    "/dashboard/developer/endpoints/add": {"administrator", "developer"},
}
PRESS = {
    "/dashboard/connection/keys": {"administrator", "developer"},
    "/dashboard/developer/keys": {"administrator", "developer"},
    "/dashboard/developer/invoices": {"administrator", "developer"},
    "/dashboard/developer/invoices/{}/pay": {"administrator", "developer"},
    "/dashboard/developer/payments/{}/confirm": {"administrator", "developer"},
    "/dashboard/developer/endpoints/{}/rotate": {"administrator", "developer"},
    "/dashboard/developer/endpoints/{}/remove": {"administrator", "developer"},
    "/dashboard/invoices/{}/withdraw": {"administrator", "accountant"},
    "/dashboard/invoices/{}/suspend": {"administrator", "accountant"},
    "/dashboard/connection/endpoints/{}/rotate": {"administrator", "developer"},
    "/dashboard/connection/endpoints/{}/remove": {"administrator", "developer"},
    "/dashboard/connection/tests/start": {"administrator", "developer"},
    "/dashboard/connection/tests/{}/items/error": {"administrator", "developer"},
    "/dashboard/connection/tests/{}/resend": {"administrator", "developer"},
    "/dashboard/connection/tests/{}/stop": {"administrator", "developer"},
    "/dashboard/connection/tests/{}/report": {"administrator", "developer"},
    "/dashboard/cards/0/replace": {"administrator", "desk"},
    "/dashboard/desk/replace": {"administrator", "desk"},
    "/dashboard/desk/hand-overs/0/undo": {"administrator", "desk"},
}
NOBODYS = "00000000-0000-4000-8000-000000000000"


def signed_in(cast: Cast, role: str) -> Client:
    return sign_in(StaffAsked(f"{role}@example.com", role, role, cast.sakura))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_and_changes_what_is_its_own(cast: Cast, role: str) -> None:
    client = signed_in(cast, role)
    for page, roles in (SEE | CHANGE).items():
        expected = (200, 204) if role in roles else (403,)
        assert client.get(page).status_code in expected, page
    for page, roles in CHANGE.items():
        expected = (200,) if role in roles else (403,)
        assert client.post(page, {}).status_code in expected, page
    for button, roles in PRESS.items():
        answer = client.post(button.format(NOBODYS), {})
        assert (answer.status_code == 403) is (role not in roles), button


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_leads_nowhere_a_role_may_not_go(cast: Cast, role: str) -> None:
    body = signed_in(cast, role).get("/dashboard/").content.decode()
    for page, roles in SEE.items():
        if page.endswith("/") and page != "/dashboard/":
            assert (f'class="nav-link" href="{page}"' in body) is (role in roles), page


def test_a_viewer_is_offered_no_button_that_changes_something(cast: Cast) -> None:
    client = signed_in(cast, "viewer")
    for page in SEE:
        answer = client.get(page)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            forms = re.findall(r'<form method="post" action="([^"]*)"', answer.content.decode())
            assert forms == ["/logout"], page


@pytest.mark.parametrize(("role", "status"), [("administrator", 200), ("staff", 403)])
def test_a_tenants_statements_are_its_administrators(cast: Cast, role: str, status: int) -> None:
    asked = StaffAsked("t@example.com", "寮", role, cast.sakura, cast.dormitory)
    assert sign_in(asked).get("/portal/statements/").status_code == status
