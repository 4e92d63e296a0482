"""電子カード: the page of a card, for whoever knows its address; no sign-in, no cookie.

It shows what a till would list and never whose card it is. Every answer says that nobody else may
keep, index or pass on the address.
"""

import json
from collections.abc import Callable
from functools import wraps
from math import ceil
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from billing.phone_words import languages
from billing.refusals import TooMany
from billing.services.choices import choose_item
from billing.services.public_acts import note_miss
from billing.web.phone_shown import shown_card
from billing.web.speaking import Speaker, speaker_for
from cards.models import Card
from cards.page_links import page_key_of, page_path
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.selectors import centre

WORKER: Final = "js/phone-worker.js"
_View = Callable[..., HttpResponse]


def _of_a_card(view: _View) -> _View:
    """Find the card of an address; whoever tries addresses out is soon told to wait."""

    @wraps(view)
    def found(request: HttpRequest, token: str) -> HttpResponse:
        page_key = page_key_of(token)
        card = None if page_key is None else Card.objects.filter(page_key=page_key).first()
        answer = _missing(request) if card is None else view(request, card)
        return _kept_private(answer)

    return found


@require_safe
@_of_a_card
def card_page(request: HttpRequest, card: Card) -> HttpResponse:
    return _page(request, card, notice="chosen_done" if "chosen" in request.GET else "")


@csrf_exempt
@require_POST
@_of_a_card
def choose(request: HttpRequest, card: Card) -> HttpResponse:
    """Let the holder pick an amount.

    Nothing but the address gives the right to, no cookie does: a page elsewhere that could forge
    this press knows the address and needs no forging. (A form whose page sends no referrer also
    sends no origin that could be checked.)
    """
    place = request.POST.get("place", "")
    try:
        choose_item(card.number, request.POST.get("invoice", ""), _place(place))
    except TooMany as refused:
        minutes = _minutes(refused)
        answer = _page(request, card, notice="choice_busy", minutes=minutes, status=refused.status)
        answer["Retry-After"] = str(refused.retry_after_seconds)
        return answer
    except DomainError as refused:
        return _page(request, card, notice="choice_refused", status=refused.status)
    asked = {"lang": speaker_for(request).language.code, "chosen": "1"}
    return redirect(f"{page_path(card.page_key)}?{urlencode(asked)}#payable")


@require_safe
@_of_a_card
def manifest(request: HttpRequest, card: Card) -> HttpResponse:
    """Say how the page becomes an app of its own on a phone's first screen."""
    language = speaker_for(request).language
    address = page_path(card.page_key)
    words = {
        "id": address,
        "name": f"{language.words['title']} …{card.number[-4:]}",
        "short_name": f"…{card.number[-4:]}",
        "lang": language.html_lang,
        "start_url": f"{address}?{urlencode({'lang': language.code})}",
        "scope": address,
        "display": "standalone",
        "background_color": "#f5f3ee",
        "theme_color": "#17263a",
        "icons": [
            {"src": static("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
            _icon("phone-192.png", 192, "any"),
            _icon("phone-512.png", 512, "any"),
            _icon("phone-maskable-512.png", 512, "maskable"),
        ],
    }
    body = json.dumps(words, ensure_ascii=False)
    return HttpResponse(body, content_type="application/manifest+json")


@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """Give the service worker from below ``/c/``: it serves no more than what lies beside it."""
    source = finders.find(WORKER)
    assert isinstance(source, str)
    answer = HttpResponse(Path(source).read_bytes(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


def _icon(name: str, pixels: int, purpose: str) -> dict[str, str]:
    size = f"{pixels}x{pixels}"
    return {"src": static(f"img/{name}"), "sizes": size, "type": "image/png", "purpose": purpose}


def _page(
    request: HttpRequest, card: Card, *, notice: str = "", minutes: str = "", status: int = 200
) -> HttpResponse:
    speaker = speaker_for(request)
    shown = shown_card(card, speaker)
    words = _frame(request, speaker) | {
        "card": shown,
        "address": page_path(card.page_key),
        "notice": speaker.said(notice, minutes=minutes) if notice else "",
        "notice_is_good": status == 200,
    }
    return render(request, "phone/page.html", words, status=status)


def _frame(request: HttpRequest, speaker: Speaker) -> dict[str, Any]:
    """Return what every page here shows: words, languages, and as of when it speaks."""
    now = clock.now().astimezone(clock.JST)
    time = f"{now:%H:%M}"
    house = centre()
    return {
        "say": speaker,
        "language": speaker.language,
        "plain": speaker.language.words,
        "languages": sorted(languages().values(), key=lambda it: it != speaker.language),
        "as_of": speaker.said("as_of", day=now.date(), time=time),
        "offline": speaker.said("offline", day=now.date(), time=time),
        "is_demo": house is not None and house.is_demo,
        "path": request.path,
    }


def _missing(request: HttpRequest) -> HttpResponse:
    speaker = speaker_for(request)
    try:
        note_miss(request.META.get("REMOTE_ADDR", ""))
    except TooMany as refused:
        text = speaker.said("busy_text", minutes=_minutes(refused))
        words = {"title": speaker["busy_title"], "text": text}
        answer = _told(request, speaker, words, status=refused.status)
        answer["Retry-After"] = str(refused.retry_after_seconds)
        return answer
    words = {"title": speaker["missing_title"], "text": speaker["missing_text"]}
    return _told(request, speaker, words, status=404)


def _told(
    request: HttpRequest, speaker: Speaker, words: dict[str, Any], *, status: int
) -> HttpResponse:
    return render(request, "phone/told.html", _frame(request, speaker) | words, status=status)


def _kept_private(answer: HttpResponse) -> HttpResponse:
    """Keep the address out of caches, indexes and other sites' logs.

    The page's own worker keeps its last state all the same: on the holder's phone alone.
    """
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _minutes(refused: TooMany) -> str:
    return str(ceil(refused.retry_after_seconds / 60))


def _place(text: str) -> int:
    """Return the place of an item, or 0, where no item is."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
