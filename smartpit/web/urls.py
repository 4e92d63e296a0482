"""Addresses of the front door, of signing in, and of the pages behind it."""

from django.urls import include, path

from billing.web import urls as billing
from cards.web import urls as cards
from settlement.web import urls as settlement
from smartpit.edge.back_office import site as back_office
from smartpit.web import dashboard, home, sign_in
from tenants.web import urls as tenants
from tenants.web.gates import Door
from tenants.web.roles import Section

_DASHBOARD = [
    path("", Door(dashboard.owner_home, Section.HOME).of_owner(), name="home"),
    *tenants.dashboard,
    *cards.dashboard,
    *billing.dashboard,
    *settlement.dashboard,
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
    path("dashboard/", include((_DASHBOARD, "dashboard"))),
    path("portal/", include((_PORTAL, "portal"))),
    path("admin/", back_office.urls),
    path("till/", include((billing.till_pages, "till"))),
    path("chain/", include((settlement.chain_pages, "chain"))),
    path("c/", include((billing.card_pages, "card_pages"))),  # Printed on cards: it never changes.
    path("sheets/", include((billing.sheet_pages, "sheets"))),
]
