"""What a reader is told instead of a statement that does not sum; and the log, which says why."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import render

from settlement.waterfall import DoesNotSum
from tenants.access import Scope
from tenants.web.gates import StaffRequest

_log = logging.getLogger(__name__)


def sums_or_not_at_all(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Show nothing of a statement whose figures contradict each other, and say so in the log."""

    @wraps(view)
    def guarded(request: StaffRequest, scope: Scope, **named: Any) -> HttpResponseBase:
        try:
            return view(request, scope, **named)
        except DoesNotSum as refused:
            (statement_id,) = (str(word) for word in named.values() if isinstance(word, UUID))
            _log.error("statement %s does not sum: %s", statement_id, refused.code)
            told = {
                "frame": request.gate.frame,
                "namespace": request.gate.namespace,
                "fault": refused.fault,
                "code": refused.code,
                "statement_id": statement_id,
            }
            return render(request, "dashboard/settlement/does_not_sum.html", told, status=500)

    return guarded
