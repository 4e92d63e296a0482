"""The front door: whoever is signed in goes to their own pages, everybody else is welcomed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from billing.web.till import is_open_to
from tenants import selectors
from tenants.models import Staff


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, Staff):
        return redirect(home_of(request.user))
    centre = selectors.centre()
    words = {"centre": centre, "till_is_open": is_open_to(request.user)}
    return render(request, "welcome.html", words)


def home_of(staff: Staff) -> str:
    """Return the name of the first page of a person's audience."""
    if staff.is_centre:
        return "admin:index"
    return "portal:home" if staff.tenant_id else "dashboard:home"
