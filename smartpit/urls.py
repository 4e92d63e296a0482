"""The roof: which app answers which path."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views import defaults

from settlement.api import urls as settlement_api
from smartpit.edge.problems import NoSuchCall, OurFault, said_in_the_apis_form
from smartpit.web.api_docs import openapi, viewer
from smartpit.web.health import healthz

_DOCUMENTS = [
    path(f"api/{api}/v1/{page}", view, {"api": api}, name=f"{api}-{view.__name__}")
    for api in ("till", "owner")
    for page, view in (("openapi.json", openapi), ("docs/", viewer))
]
urlpatterns = [
    *_DOCUMENTS,
    path("api/till/v1/", include("billing.api.till.urls")),
    path("api/till/v1/", include(settlement_api.till_urlpatterns)),
    path("api/owner/v1/", include("billing.api.owner.urls")),
    path("api/owner/v1/", include("settlement.api.urls")),
    path("healthz", healthz, name="healthz"),
    path("", include("smartpit.web.urls")),
]


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address in the form of its audience."""
    said = said_in_the_apis_form(request, NoSuchCall())
    return said or defaults.page_not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    """Own up to a fault in the form of its audience."""
    return said_in_the_apis_form(request, OurFault()) or defaults.server_error(request)
