"""Pages for programmers: each API's OpenAPI document, and a page that shows it.

The document is public, as the contract is: it names no owner and no number.
"""

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from smartpit.platform.home import CHECKOUT

# The viewer sets styles inline; its scripts are files of ours, as everywhere.
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_TITLES = {"till": "店舗API", "owner": "オーナーAPI"}


def file_of(api: str) -> Path:
    """Return where an API's document lies; what is served is what a test holds to the code."""
    return CHECKOUT / "docs/openapi" / f"{api}.json"


@require_safe
def openapi(_request: HttpRequest, api: str) -> HttpResponse:
    return HttpResponse(_content(api), content_type="application/json")


@require_safe
def viewer(request: HttpRequest, api: str) -> HttpResponse:
    words = {"title": _TITLES[api], "document": f"/api/{api}/v1/openapi.json"}
    answer = render(request, "api_docs.html", words)
    answer["Content-Security-Policy"] = _POLICY
    return answer


@cache
def _content(api: str) -> bytes:
    return file_of(api).read_bytes()
