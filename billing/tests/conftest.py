from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler, FakePayload

from billing.api.till.door import door
from tenants.services import StaffAsked
from tests.cast import Cast, make_cast
from tests.people import sign_in
from tests.rsgi import Asked, Line, ask, on_one_connection


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def tutor(cast: Cast) -> Client:
    """Sign in somebody of one tenant."""
    asked = StaffAsked("tutor@example.com", "教務", "staff", cast.sakura, cast.engineering)
    return sign_in(asked)


class _Left(Exception):
    """The door does not take this call."""


@pytest.fixture(params=["view", "door"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a test's calls come to Django's views, and once more to the door that stands before."""
    if request.param == "view":
        yield
        return
    monkeypatch.setattr(ClientHandler, "__call__", _through_the_door(ClientHandler.__call__))
    with on_one_connection():
        yield


def _through_the_door(views: Any) -> Any:
    async def leave(_scope: Any, _proto: Any) -> None:
        raise _Left

    def answer(handler: Any, environ: dict[str, Any]) -> Any:
        environ.setdefault("HTTP_HOST", "testserver")
        body = environ["wsgi.input"].read()
        line = Line([body])
        try:
            ask(door(leave), Asked.of(environ), line)
        except _Left:
            return views(handler, environ | {"wsgi.input": FakePayload(body)})
        said = HttpResponse(b"".join(line.pieces), status=line.status, headers=dict(line.headers))
        answered: Any = said
        answered.wsgi_request = None  # Where Django's own test client looks for a view's.
        return answered

    return answer
