"""シート: whoever has no card makes a number here, without a sign-in, and prints it.

A press is named before it is sent, so the same press again (a reload, two taps) is the same
sheet. The sheet's own address is signed and soon forgotten: it is to be printed, not kept.
"""

from typing import Final
from urllib.parse import quote
from uuid import UUID, uuid4

from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from billing.refusals import TooMany
from billing.services.sheets import (
    REGISTRATION_DAYS,
    make_sheet,
)
from cards.models import Card, Kind
from cards.numbers import grouped
from cards.page_links import page_key_of, page_path, token_of
from cards.printing.sheet_paper import SheetFace, sheet_pdf
from tenants.models import Centre
from tenants.selectors import centre

_PRESSES: Final = TimestampSigner(salt="sheet press")
_LINKS: Final = TimestampSigner(salt="sheet link")
PRESS_SECONDS: Final = 60 * 60
LINK_SECONDS: Final = 60 * 60


@require_safe
def sheets(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make a sheet and go to it: to reload what follows makes no other."""
    _house()
    press = _press(request.POST.get("press", ""))
    if press is None:
        return _page(request, fault="画面を開いてから時間がたっています。もう一度押してください。")
    try:
        card = make_sheet(request.META.get("REMOTE_ADDR", ""), press)
    except TooMany as refused:
        minutes = -(-refused.retry_after_seconds // 60)
        fault = f"{refused.title}。{minutes}分後にもう一度お試しください。"
        answer = _page(request, fault=fault, status=refused.status)
        answer["Retry-After"] = str(refused.retry_after_seconds)
        return answer
    return redirect("sheets:made", link=_LINKS.sign(token_of(card.page_key)))


@require_safe
def made(request: HttpRequest, link: str) -> HttpResponse:
    card = _sheet(link)
    words = {
        "card": card,
        "groups": grouped(card.number).split("-"),
        "pdf": reverse("sheets:pdf", args=[link]),
        "page": page_path(card.page_key),
        "is_demo": _house().is_demo,
    }
    return _unkept(render(request, "sheets/made.html", words))


@require_safe
def pdf(_request: HttpRequest, link: str) -> HttpResponse:
    card = _sheet(link)
    assert card.registration_expires_on is not None
    face = SheetFace(
        number=card.number,
        barcode_number=card.barcode_number,
        expires_on=card.registration_expires_on,
        specimen=_house().is_demo,
    )
    answer = HttpResponse(sheet_pdf(face), content_type="application/pdf")
    name = quote(f"シート-{grouped(card.number)}.pdf")
    answer["Content-Disposition"] = f"attachment; filename=\"sheet.pdf\"; filename*=UTF-8''{name}"
    return _unkept(answer)


def _page(request: HttpRequest, *, fault: str = "", status: int = 200) -> HttpResponse:
    words = {
        "press": _PRESSES.sign(uuid4().hex),
        "days": REGISTRATION_DAYS,
        "fault": fault,
        "is_demo": _house().is_demo,
    }
    return _unkept(render(request, "sheets/page.html", words, status=status))


def _press(signed: str) -> UUID | None:
    """Return the press if it is one of ours and its page was opened a short while ago."""
    try:
        return UUID(_PRESSES.unsign(signed, max_age=PRESS_SECONDS))
    except BadSignature:
        return None


def _sheet(link: str) -> Card:
    try:
        page_key = page_key_of(_LINKS.unsign(link, max_age=LINK_SECONDS))
    except BadSignature:
        raise Http404 from None
    card = Card.objects.filter(page_key=page_key, kind=Kind.SHEET).first() if page_key else None
    if card is None:
        raise Http404
    return card


def _house() -> Centre:
    house = centre()
    if house is None:
        raise Http404
    return house


def _unkept(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer
