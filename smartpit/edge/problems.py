"""Refusals as problem+json (RFC 9457), for every way a call to an API can fail."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from smartpit.kernel.errors import DomainError

CONTENT_TYPE = "application/problem+json"


class Unauthorized(DomainError):
    code = "unauthorized"
    title = "認証キーが正しくありません"
    status = 401


class NoSuchCall(DomainError):
    code = "not_found"
    title = "見つかりません"
    status = 404


class MethodNotAllowed(DomainError):
    code = "method_not_allowed"
    title = "このメソッドは使えません"
    status = 405


class OurFault(DomainError):
    """A fault of our own; whether anything was booked, the status of the key tells."""

    code = "internal"
    title = "センターの障害です。同じ内容で再送するか、状態を照会してください"
    status = 500


class Unavailable(DomainError):
    """The outcome is unknown; the same words may be sent again."""

    code = "unavailable"
    title = "ただいま処理できません。同じ内容で再送してください"
    status = 503


def problem(refused: DomainError) -> HttpResponse:
    """Return the answer to a refusal."""
    words = {
        "type": f"urn:smartpit:problem:{refused.code}",
        "title": refused.title,
        "status": refused.status,
        "code": refused.code,
        "detail": refused.detail or refused.title,
        **refused.extra,
    }
    body = json.dumps(words, ensure_ascii=False)
    answer = HttpResponse(body, content_type=CONTENT_TYPE, status=refused.status)
    if refused.status == Unauthorized.status:
        answer["WWW-Authenticate"] = "Bearer"
    if "retry_after_seconds" in refused.extra:
        answer["Retry-After"] = str(refused.extra["retry_after_seconds"])
    return answer


def answer_exception(raised: Exception, context: dict[str, Any]) -> Response | HttpResponse | None:
    """Turn what a view raised into an answer; what nobody named goes on to be a 500."""
    if isinstance(raised, DomainError):
        return problem(raised)
    if isinstance(raised, Http404 | exceptions.NotFound):
        return problem(NoSuchCall())
    if isinstance(raised, exceptions.MethodNotAllowed):
        return problem(MethodNotAllowed())
    return exception_handler(raised, context)


def said_in_the_apis_form(request: HttpRequest, refused: DomainError) -> HttpResponse | None:
    """Answer what no view answered, below /api/ in the API's own form."""
    return problem(refused) if request.path.startswith("/api/") else None
