"""Lists of an API: ``{items, next}``, by a cursor that names the last row seen.

A cursor is the last row's own sort key, so rows that arrive meanwhile shift nothing.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from smartpit.edge.described import Form
from smartpit.edge.forms import Fault, Instant, Text, Whole
from smartpit.kernel.errors import Malformed

PAGE: Final[Form] = {
    "cursor": Text(default=None),
    "limit": Whole(default=100, low=1, high=1000),
}
Row = TypeVar("Row", bound=Model)
_WRONG_CURSOR = Malformed([{"field": "cursor", "code": "form"}])


def page_of(
    rows: QuerySet[Row],
    words: Mapping[str, Any],
    *,
    newest_by: str,
    body: Callable[[Row], dict[str, Any]],
) -> dict[str, Any]:
    """Return one page of ``rows``, newest first by the instant ``newest_by``, then by key.

    ``words`` are those of the query, read by a form with ``PAGE`` in it.
    """
    limit = words["limit"]
    ordered = rows.order_by(f"-{newest_by}", "-pk")
    if words["cursor"] is not None:
        at, key = _opened(words["cursor"])
        older = Q(**{f"{newest_by}__lt": at}) | Q(**{newest_by: at, "pk__lt": key})
        try:
            ordered = ordered.filter(older)
        except (ValidationError, ValueError):
            raise _WRONG_CURSOR from None
    found = list(ordered[: limit + 1])
    more = len(found) > limit
    shown = found[:limit]
    following = _closed(getattr(shown[-1], newest_by), shown[-1].pk) if more else None
    return {"items": [body(row) for row in shown], "next": following}


def _closed(at: datetime, key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), str(key)]).encode()).decode()


def _opened(cursor: str) -> tuple[datetime, str]:
    try:
        told_at, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        at = Instant().parse(told_at)
    except (Fault, ValueError, TypeError, RecursionError, binascii.Error):
        raise _WRONG_CURSOR from None
    return at, str(key)
