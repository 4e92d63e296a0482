"""Addresses of the front door, of signing in, and of the pages behind it."""

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import include, path

from billing.web import urls as billing
from cards.web import urls as cards
from settlement.web import urls as settlement
from smartpit.edge.back_office import site as back_office
from smartpit.web import dashboard, developer, home, sign_in
from tenants.web import urls as tenants
from tenants.web.gates import Door, Page
from tenants.web.roles import Section


def _pressing(page: Page) -> Callable[..., HttpResponseBase]:
    """Return a page that changes something on the test side."""
    return Door(page, Section.DEVELOPER, changes=True).of_owner()


_TEST_SIDE = [
    path("developer/", Door(developer.developer, Section.DEVELOPER).of_owner(), name="developer"),
    path("developer/keys", _pressing(developer.make_key), name="make_test_key"),
    path("developer/endpoints/add", _pressing(developer.add), name="add_test_endpoint"),
    path(
        "developer/endpoints/<uuid:test_endpoint_id>/rotate",
        _pressing(developer.rotate),
        name="rotate_test_secret",
    ),
    path(
        "developer/endpoints/<uuid:test_endpoint_id>/remove",
        _pressing(developer.remove),
        name="remove_test_endpoint",
    ),
    path("developer/invoices", _pressing(developer.register), name="register_test_invoice"),
    path(
        "developer/invoices/<uuid:test_invoice_id>/pay",
        _pressing(developer.pay),
        name="pay_test_invoice",
    ),
    path(
        "developer/payments/<uuid:test_payment_id>/confirm",
        _pressing(developer.confirm),
        name="confirm_test_payment",
    ),
]
_DASHBOARD = [
    path("", Door(dashboard.owner_home, Section.HOME).of_owner(), name="home"),
    *tenants.dashboard,
    *cards.dashboard,
    *billing.dashboard,
    *settlement.dashboard,
    *_TEST_SIDE,
]
_PORTAL = [
    path("", Door(dashboard.tenant_home, Section.HOME).of_tenant(), name="home"),
    *billing.portal,
    *settlement.portal,
]

urlpatterns = [
    path("", home.home, name="home"),
    path("login", sign_in.SignIn.as_view(), name="login"),
    path("logout", sign_in.SignOut.as_view(), name="logout"),
    path("password", sign_in.ChangePassword.as_view(), name="password_change"),
    path("password/forgot", sign_in.forgot_password, name="forgot_password"),
    path("password/set/<str:link>", sign_in.set_password, name="set_password"),
    path("dashboard/", include((_DASHBOARD, "dashboard"))),
    path("portal/", include((_PORTAL, "portal"))),
    path("admin/", back_office.urls),
    path("till/", include((billing.till_pages, "till"))),
    path("chain/", include((settlement.chain_pages, "chain"))),
    path("c/", include((billing.card_pages, "card_pages"))),  # Printed on cards: it never changes.
    path("sheets/", include((billing.sheet_pages, "sheets"))),
]
