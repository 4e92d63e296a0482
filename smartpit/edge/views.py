"""What all API views share: who calls, the words of the body, and the form of an answer."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from rest_framework.request import Request
from rest_framework.views import APIView

from smartpit.edge.bridge import NotWhole
from smartpit.edge.forms import BODY_BYTES_MAX, Field, TooLarge, read, read_json
from smartpit.edge.problems import Unauthorized, Unavailable, answer_exception, problem
from smartpit.kernel.errors import Malformed
from smartpit.kernel.limits import is_unavailable


class KeyView(APIView):
    """A call with a bearer key. Subclasses say whose key it must be in ``enter``."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = ()
    body_bytes_max = BODY_BYTES_MAX

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Know the caller first, then refuse a body that is too large, before reading it."""
        super().initial(request, *args, **kwargs)
        secret = bearer(request)
        if secret is None:
            raise Unauthorized
        self.enter(request, secret)
        if content_length(request) > self.body_bytes_max:
            raise TooLarge

    def enter(self, request: Request, secret: str) -> None:
        raise NotImplementedError

    def handle_exception(self, exc: Exception) -> Any:
        """Say no by name; a database that went away means: ask again with the same key."""
        if is_unavailable(exc):
            return problem(Unavailable())
        if isinstance(exc, NotWhole | UnreadablePostError):
            return problem(Malformed([{"field": "", "code": "broken_off"}]))
        answered = answer_exception(exc, {})
        if answered is None:
            raise exc
        return answered

    def words(self, form: Mapping[str, Field]) -> dict[str, Any]:
        """Return the body's words, read by ``form``."""
        return read(form, read_json(self.body()))

    def body(self) -> bytes:
        raw: bytes = self.stream().read(self.body_bytes_max + 1)
        if len(raw) > self.body_bytes_max:
            raise TooLarge
        return raw

    def stream(self) -> Any:
        """Return the body unparsed, to be read; Django takes one without a length for none."""
        request = self.request._request  # noqa: SLF001  Django's own, not DRF's.
        return request.META["wsgi.input"] if is_chunked(request.META) else request


def bearer(request: Request | HttpRequest) -> str | None:
    return bearer_in(request.META.get("HTTP_AUTHORIZATION", ""))


def bearer_in(words: str) -> str | None:
    """Return the key of ``Authorization: Bearer <key>``."""
    scheme, _, secret = words.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None


def content_length(request: Request | HttpRequest) -> int:
    return length_in(request.META.get("CONTENT_LENGTH"))


def length_in(words: str | None) -> int:
    """Return how many bytes a request says that its body has."""
    return int(words) if words and words.isdecimal() else 0


def is_chunked(environ: Mapping[str, Any]) -> bool:
    """Does the body come in pieces that say no length before? The server puts them together."""
    return "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()


def answer(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """Return ``body`` as JSON; a string is already the bytes to send."""
    text = body if isinstance(body, str) else json_of(body)
    return HttpResponse(text, content_type="application/json", status=status, headers=headers)


def json_of(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False)
