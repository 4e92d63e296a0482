"""The centre's owner API, as far as a connector needs it."""

import json
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from typing import Any

from smartpit_connector.config import Pull
from smartpit_connector.store import Event

SECONDS_MAX = 30
_BYTES_MAX = 64 * 1024 * 1024


class CentreFailed(Exception):
    """The centre did not answer, or said no; ``words`` is its problem, if it told one."""

    def __init__(self, told: str, words: dict[str, Any] | None = None) -> None:
        super().__init__(told)
        self.words = words or {}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A key goes to the address it was given for, and nowhere else."""

    def redirect_request(self, *_words: Any, **_more: Any) -> None:
        return None


class Centre:
    def __init__(self, pull: Pull) -> None:
        self.pull = pull
        self.opener = urllib.request.build_opener(_NoRedirect)

    def events(self, after: int) -> list[Event]:
        """Return the next events after this number, oldest first."""
        query = urllib.parse.urlencode({"after": after, "limit": self.pull.limit})
        page = self._call("GET", f"events?{query}")
        try:
            return [
                Event(int(one["sequence"]), str(one["type"]), str(one["occurred_at"]), one["data"])
                for one in page["events"]
            ]
        except (KeyError, TypeError, ValueError):
            raise CentreFailed("the centre's page of events could not be read") from None

    def acknowledge(self, upto: int) -> None:
        self._call("POST", "events/acknowledge", {"upto": upto})

    def connection_test(self, test: str) -> dict[str, Any]:
        return self._call("GET", f"connection-tests/{urllib.parse.quote(test, safe='')}")

    def report(self, test: str, words: dict[str, int]) -> dict[str, Any]:
        path = f"connection-tests/{urllib.parse.quote(test, safe='')}/report"
        return self._call("POST", path, words)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the scheme was read from the file
            self.pull.url + path,
            method=method,
            headers={
                "Authorization": f"Bearer {self.pull.key}",
                "Content-Type": "application/json",
                "User-Agent": "smartpit-connector/0.1",
            },
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with self.opener.open(request, timeout=SECONDS_MAX) as answer:
                words = json.loads(answer.read(_BYTES_MAX))
        except urllib.error.HTTPError as refused:
            raise _refusal(refused) from None
        except (OSError, HTTPException, ValueError) as failed:
            raise CentreFailed(f"the centre did not answer: {failed}") from None
        if not isinstance(words, dict):
            raise CentreFailed("the centre's answer could not be read")
        return words


def _refusal(refused: urllib.error.HTTPError) -> CentreFailed:
    try:
        words = json.loads(refused.read(65_536))
    except (OSError, ValueError):
        words = {}
    words = words if isinstance(words, dict) else {}
    return CentreFailed(
        f"the centre answered {refused.code} {words.get('code', '')}".strip(), words
    )
