"""The gate before every page of the dashboard and the portal: who is asking, and may they?

A page behind a gate is ``view(request, scope, ...)``: it is handed the scope it must read with.
Whoever belongs elsewhere is told 404, as is whoever asks for another's row; a colleague whose
role does not do this is told so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect

from tenants import selectors
from tenants.access import NotAllowed, NotFound, scope_of
from tenants.models import Staff
from tenants.web.navigation import DASHBOARD, PORTAL, Group, visible_to
from tenants.web.roles import Section, may_change, may_see


class StaffRequest(HttpRequest):
    """A request that has passed a gate."""

    user: Staff
    gate: "Gate"


class Page(Protocol):
    """A view behind a gate."""

    __name__: str

    def __call__(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


@dataclass(frozen=True)
class Gate:
    """What every page of the frame shows around its content."""

    staff: Staff
    section: Section
    is_demo: bool

    @property
    def navigation(self) -> list[Group]:
        return visible_to(self.staff, PORTAL if self.staff.tenant_id else DASHBOARD)

    @property
    def may_change(self) -> bool:
        return may_change(self.staff, self.section)

    @property
    def place(self) -> str:
        return str(self.staff.tenant or self.staff.owner)

    @property
    def home(self) -> str:
        return reverse("portal:home" if self.staff.tenant_id else "dashboard:home")

    @property
    def audience_word(self) -> str:
        return "テナントポータル" if self.staff.tenant_id else "オーナー画面"

    @property
    def namespace(self) -> str:
        return "portal" if self.staff.tenant_id else "dashboard"

    @property
    def frame(self) -> str:
        return "portal/frame.html" if self.staff.tenant_id else "dashboard/frame.html"


@dataclass(frozen=True)
class Door:
    """A page with its rule: the section it belongs to, and whether it changes something."""

    page: Page
    section: Section
    changes: bool = False

    def of_owner(self) -> Callable[..., HttpResponseBase]:
        """Let in only an owner's own staff, and of them only whom the table lets in."""
        return _gate(self, of_tenant=False)

    def of_tenant(self) -> Callable[..., HttpResponseBase]:
        """Let in only a tenant's own staff, and of them only whom the table lets in."""
        return _gate(self, of_tenant=True)


def _gate(door: Door, *, of_tenant: bool) -> Callable[..., HttpResponseBase]:
    @wraps(door.page)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        staff = request.user
        if not isinstance(staff, Staff):
            return _to_sign_in(request)
        if staff.is_centre or (staff.tenant_id is not None) is not of_tenant:
            raise Http404
        passed = _passed(request, staff, door.section)
        if not (may_change if door.changes else may_see)(staff, door.section):
            return refused(passed)
        try:
            answer = door.page(passed, scope_of(staff), *args, **kwargs)
        except NotFound:
            raise Http404 from None
        except NotAllowed:
            return refused(passed)
        # A page may hold a secret, and the next person at this browser presses "back".
        add_never_cache_headers(answer)
        return answer

    view.door = door  # type: ignore[attr-defined]  # A test asks every address for its door.
    return view


def refused(request: StaffRequest) -> HttpResponse:
    """Tell a colleague that their role does not do this."""
    return render(request, "not_allowed.html", {"frame": request.gate.frame}, status=403)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a person to sign in; a page that only asks for a part of itself goes there whole."""
    if request.headers.get("HX-Request"):
        shown = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        return HttpResponseClientRedirect(redirect_to_login(shown).url)
    return redirect_to_login(request.get_full_path())


def _passed(request: HttpRequest, staff: Staff, section: Section) -> StaffRequest:
    centre = selectors.centre()
    passed = cast("StaffRequest", request)
    passed.gate = Gate(staff, section, is_demo=centre is not None and centre.is_demo)
    return passed
