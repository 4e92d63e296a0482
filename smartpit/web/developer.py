"""開発者: the owner's test side, where its system is built before a yen is real.

Keys, endpoints and events of the test twin, a till that pays its invoices, and the walk over the
API in curl lines. ``scope`` is the owner's; everything here reads and writes as the twin's.
"""

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import tasks
from billing.models import Attempt, Delivery, Endpoint, Invoice, Payment
from billing.selectors import endpoints_of, events_shown, invoices_of, payments_of, stream
from billing.services.cards import hand_over_card
from billing.services.chains import CHAINS
from billing.services.invoices import InvoiceAsked, register_invoice
from billing.services.notifications import (
    add_endpoint,
    remove_endpoint,
    rotate_secret,
)
from billing.services.twins import pay_test_invoice
from billing.web.forms import EndpointForm, asked_of
from cards.models import Member
from cards.services import MemberAsked
from settlement.services.twins import confirm_test_payments
from smartpit.edge.pages import obeyed, pressed
from smartpit.kernel import clock
from smartpit.web.examples import Known, Walk
from tenants.access import NotFound, Scope
from tenants.models import Owner
from tenants.selectors import terms_on
from tenants.services import rotate_api_key, shown_test_key
from tenants.web.gates import StaffRequest

ROWS_SHOWN = 10
EVENTS_SHOWN = 20
HOME = "dashboard:developer"


class TillForm(forms.Form):
    chain = forms.ChoiceField(choices=[(code, name) for code, name, _ in CHAINS])


@dataclass(frozen=True)
class Secret:
    """A signing secret that this answer's page shows, and no other ever."""

    word: str = ""
    secret: str = ""


NO_SECRET = Secret()


@require_safe
def developer(request: StaffRequest, scope: Scope) -> HttpResponse:
    return _developer(request, _twin(scope))


@require_POST
def make_key(request: StaffRequest, scope: Scope) -> HttpResponse:
    side = _side(_twin(scope))
    return pressed(
        request, lambda: rotate_api_key(side), done="テストキーを発行しました。", to=HOME
    )


@require_http_methods(["GET", "POST"])
def add(request: StaffRequest, scope: Scope) -> HttpResponse:
    twin = _twin(scope)
    side = _side(twin)
    form = EndpointForm(request.POST or None, scope=side)
    added = obeyed(form, lambda words: add_endpoint(side, asked_of(words)))
    if added is None:
        words = {"form": form, "title": "テストの通知先を追加", "frame": request.gate.frame}
        back = reverse("dashboard:developer")
        return render(request, "form_page.html", words | {"back": back})
    return _developer(request, twin, Secret("署名のシークレット", added[1]))


@require_POST
def rotate(request: StaffRequest, scope: Scope, test_endpoint_id: UUID) -> HttpResponse:
    twin = _twin(scope)
    _, secret = rotate_secret(_side(twin), str(test_endpoint_id))
    return _developer(request, twin, Secret("新しい署名のシークレット", secret))


@require_POST
def remove(request: StaffRequest, scope: Scope, test_endpoint_id: UUID) -> HttpResponse:
    side = _side(_twin(scope))
    return pressed(
        request,
        lambda: remove_endpoint(side, str(test_endpoint_id)),
        done="テストの通知先を削除しました。",
        to=HOME,
    )


@require_POST
def register(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Register an invoice to play with, on the card of the walk's member."""
    side = _side(_twin(scope))

    def act() -> None:
        given = hand_over_card(side, MemberAsked("TEST-1", "試験 花子"))
        assert given.member.card is not None
        bill = InvoiceAsked(
            _reference(), given.member.card.number, "試験の請求", 1_100, tax_yen=100
        )
        register_invoice(side, bill)

    return pressed(request, act, done="テストの請求情報を登録しました。", to=HOME)


@require_POST
def pay(request: StaffRequest, scope: Scope, test_invoice_id: UUID) -> HttpResponse:
    """Take cash at the counter of the test side."""
    side = _side(_twin(scope))
    invoice = side.get(Invoice.objects.all(), pk=test_invoice_id)
    form = TillForm(request.POST)
    chain = form.cleaned_data["chain"] if form.is_valid() else CHAINS[0][0]
    answer = pressed(
        request,
        lambda: pay_test_invoice(side, str(invoice.pk), chain=chain),
        done="支払を受け付けました。",
        to=HOME,
    )
    tasks.ring()
    return answer


@require_POST
def confirm(request: StaffRequest, scope: Scope, test_payment_id: UUID) -> HttpResponse:
    side = _side(_twin(scope))
    payment = side.get(Payment.objects.all(), pk=test_payment_id)

    def act() -> None:
        (outcome,) = confirm_test_payments(side, [str(payment.pk)])
        if outcome.refused is not None:
            raise outcome.refused

    answer = pressed(request, act, done="確報にしました。", to=HOME)
    tasks.ring()
    return answer


def _twin(scope: Scope) -> Owner:
    """Return the test twin of the owner whose person this is."""
    twin = Owner.objects.filter(twin_of_id=scope.owner, is_test=True).first()
    if twin is None:
        raise NotFound
    return twin


def _side(twin: Owner) -> Scope:
    return Scope(owner_id=twin.pk)


def _reference() -> str:
    return f"TEST-{clock.now().astimezone(clock.JST):%Y%m%d-%H%M%S}"


def _developer(request: StaffRequest, twin: Owner, shown: Secret = NO_SECRET) -> HttpResponse:
    side = _side(twin)
    told = stream(side)
    words = {
        "key": shown_test_key(twin) if request.gate.may_change else None,
        "steps": _walk(request, twin).steps(_known(side)),
        "endpoints": _endpoints(side),
        "invoices": invoices_of(side).filter(status=Invoice.Status.OPEN)[:ROWS_SHOWN],
        "payments": payments_of(side)[:ROWS_SHOWN],
        "events": events_shown(told)[:EVENTS_SHOWN],
        "stream": told,
        "till": TillForm(),
        **vars(shown),
    }
    return render(request, "dashboard/developer/developer.html", words)


def _walk(request: StaffRequest, twin: Owner) -> Walk:
    """Return the walk; who may change nothing here reads it without the key."""
    terms = terms_on(twin.pk, clock.business_date())
    return Walk(
        base=settings.SITE_URL,
        key=shown_test_key(twin) if request.gate.may_change else None,
        shows_certificate=terms is not None and bool(terms.client_certificates),
    )


def _known(side: Scope) -> Known:
    """Return the newest rows of the test side that a line of the walk can name."""
    told = stream(side)
    member = Member.objects.filter(owner_id=side.owner, card__status="active").first()
    invoice = invoices_of(side).filter(status=Invoice.Status.OPEN).first()
    payment = payments_of(side).filter(status=Payment.Status.REPORTED).first()
    return Known(
        reference=_reference(),
        number=member.card.number if member and member.card else None,
        invoice=str(invoice.pk) if invoice else None,
        payment=str(payment.pk) if payment else None,
        acknowledged=told.acknowledged if told else 0,
        last=told.last if told else 0,
    )


def _endpoints(side: Scope) -> QuerySet[Endpoint]:
    """Return the endpoints, each with how its notifications went."""
    attempts = Attempt.objects.filter(delivery__endpoint=OuterRef("pk")).order_by("-attempted_at")
    return endpoints_of(side).annotate(
        waiting=Count("deliveries", filter=Q(deliveries__status=Delivery.Status.PENDING)),
        done=Count("deliveries", filter=Q(deliveries__status=Delivery.Status.DELIVERED)),
        last_status=Subquery(attempts.values("answer_status")[:1]),
        last_failure=Subquery(attempts.values("failure")[:1]),
    )
