from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler

from billing.api.till import door as door_module
from billing.api.till.door import door
from tenants.services import StaffAsked
from tests.cast import Cast, make_cast
from tests.people import sign_in


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
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test's calls come to Django's views, and once more to the door that stands before."""
    if request.param == "door":
        monkeypatch.setattr(door_module, "close_old_connections", lambda: None)
        monkeypatch.setattr(ClientHandler, "__call__", _through_the_door(ClientHandler.__call__))


def _through_the_door(views: Any) -> Any:
    def leave(_environ: Any, _start_response: Any) -> Any:
        raise _Left

    def answer(handler: Any, environ: dict[str, Any]) -> Any:
        said: list[Any] = []
        environ.setdefault("HTTP_HOST", "testserver")
        try:
            body = door(leave)(environ, lambda status, headers: said.extend((status, headers)))
        except _Left:
            return views(handler, environ)
        status, headers = said
        answered: Any = HttpResponse(b"".join(body), status=int(status[:3]), headers=dict(headers))
        answered.wsgi_request = None  # Where Django's own test client looks for a view's.
        return answered

    return answer
