"""Looking over a test chain's shoulder: which steps of its list a call and its answer show."""

import json
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing.conformance import Call, steps_shown
from billing.models import Chain
from billing.services.conformance import note_steps


def observe(chain: Chain, request: Request, raw: bytes, answered: HttpResponse) -> None:
    """Tick off what a call of a test chain shows; a live chain is watched by nobody."""
    if not chain.is_test or request.resolver_match is None:
        return
    call = Call(
        name=request.resolver_match.url_name or "",
        method=request.method or "",
        status=answered.status_code,
        asked=_object(raw),
        told=_object(answered.content),
        is_replayed=answered.get("Idempotent-Replayed") == "true",
    )
    note_steps(chain, steps_shown(call))


def _object(raw: bytes) -> dict[str, Any]:
    try:
        words = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return words if isinstance(words, dict) else {}
