"""Owner API: tenants and charge menus."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing import selectors
from billing.api.owner import answers, forms
from billing.models import Menu
from billing.services.live_tenants import tenant_body
from billing.services.menus import make_menu
from smartpit.edge.described import described
from smartpit.edge.filters import Listing
from smartpit.edge.forms import read, read_json
from smartpit.edge.views import answer
from tenants.access import NotAllowed
from tenants.api.authentication import OwnerKeyView
from tenants.selectors import tenants_of
from tenants.services import change_tenant, open_tenant

_TENANTS = Listing(
    newest_by="applied_at",
    at="applied_at",
    told_as="the application",
    by={"tenant": "code", "status": "status"},
)
_MENUS = Listing(
    newest_by="made_at",
    at="made_at",
    told_as="the making of the menu",
    by={"tenant": "tenant__code"},
)


class Tenants(OwnerKeyView):
    @described("テナントの一覧", query=_TENANTS.query, answers={200: answers.TENANTS})
    def get(self, request: Request) -> HttpResponse:
        rows = tenants_of(self.scope)
        return answer(_TENANTS.page(request.query_params, rows, tenant_body))

    @described(
        "テナントを申請",
        body=forms.TENANT,
        answers={201: answers.TENANT},
        refuses="not_allowed code_taken",
    )
    def post(self, _request: Request) -> HttpResponse:
        _require_owner_key(self)
        tenant = open_tenant(self.scope, forms.tenant_asked(self.words(forms.TENANT)))
        return answer(tenant_body(tenant), status=201)


class OneTenant(OwnerKeyView):
    @described("テナントを取得", answers={200: answers.TENANT})
    def get(self, _request: Request, tenant: str) -> HttpResponse:
        return answer(tenant_body(self.scope.get(tenants_of(self.scope), code=tenant)))

    @described(
        "テナントを変更",
        body=forms.TENANT_CHANGE,
        answers={200: answers.TENANT},
        refuses="not_allowed",
    )
    def patch(self, _request: Request, tenant: str) -> HttpResponse:
        _require_owner_key(self)
        sent = read_json(self.body())
        words = read(forms.TENANT_CHANGE, sent)
        changes = {name: words[name] for name in sent}
        return answer(tenant_body(change_tenant(self.scope, tenant, changes)))


class Menus(OwnerKeyView):
    @described("チャージメニューの一覧", query=_MENUS.query, answers={200: answers.MENUS})
    def get(self, request: Request) -> HttpResponse:
        rows = selectors.menus_of(self.scope)
        return answer(_MENUS.page(request.query_params, rows, menu_body))

    @described(
        "チャージメニューを登録",
        body=forms.MENU,
        answers={201: answers.MENU},
        refuses="not_allowed code_taken",
    )
    def post(self, _request: Request) -> HttpResponse:
        _require_owner_key(self)
        menu = make_menu(self.scope, forms.menu_asked(self.words(forms.MENU)))
        return answer(menu_body(menu), status=201)


def menu_body(menu: Menu) -> dict[str, Any]:
    items = [
        {"title": item.title, "amount_yen": item.amount_yen, "tax_yen": item.tax_yen}
        for item in menu.items.all()
    ]
    return {
        "code": menu.code,
        "kind": str(menu.kind),
        "tenant": menu.tenant.code,
        "items": items,
        "limits": {name: getattr(menu, name) for name in forms.LIMITS},
        "pause_after_idle_days": menu.pause_after_idle_days,
    }


def _require_owner_key(view: OwnerKeyView) -> None:
    """What belongs to the owner as a whole is not changed by a tenant's key."""
    if view.scope.tenant_id is not None:
        raise NotAllowed
