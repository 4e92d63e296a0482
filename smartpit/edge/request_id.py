"""Every answer carries an id, by which both sides can speak of one call."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def request_id() -> tuple[str, str]:
    """Return the header with a new id."""
    return "Request-Id", uuid.uuid4().hex


class RequestId:
    """Give each request an id of ours; what a caller sends under the name is not believed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        name, value = request_id()
        answer[name] = value
        return answer
