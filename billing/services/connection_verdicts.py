"""Judging a connection test: what the rows of notifications and reads say about each item.

Evidence is what the centre itself saw: attempts and their answers, reads and how far a reader
acknowledged. What went on inside the other system is proven by its report at the end.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet

from billing.models import Attempt, ConnectionTestItem, CursorRead, Delivery, Endpoint, Event
from billing.services.connection_bookings import WITHHELD, events_of
from billing.services.connection_probes import send_probes
from billing.services.notifications import resend_events
from smartpit.kernel import clock
from tenants.access import Scope

OUTAGE_MIN = timedelta(minutes=10)
Kind = ConnectionTestItem.Kind
Status = ConnectionTestItem.Status

# How long an item may take: what the centre does alone is soon over, the rest waits for people.
_TIME = {
    Kind.SIGNATURE: timedelta(hours=1),
    Kind.DUPLICATE: timedelta(hours=1),
    Kind.LATE: timedelta(hours=1),
    Kind.CURSOR: timedelta(hours=24),
    Kind.ERROR: timedelta(hours=24),
    Kind.OUTAGE: timedelta(hours=24),
}


Evidence = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What is known of an item by now; ``ends_test`` when nothing later could mend it."""

    status: str = Status.RUNNING
    reason: str = ""
    evidence: Evidence = field(default_factory=dict)
    ends_test: bool = False


def passed(evidence: Evidence) -> Verdict:
    return Verdict(Status.PASSED, evidence=evidence)


def failed(reason: str, evidence: Evidence | None = None, *, ends_test: bool = False) -> Verdict:
    return Verdict(Status.FAILED, reason, evidence or {}, ends_test)


def judge(item: ConnectionTestItem) -> Verdict:
    """Return what the rows say of a running item now; it may send what the item asks for."""
    endpoint = item.test.endpoint
    if endpoint is not None and endpoint.status != Endpoint.Status.ACTIVE:
        return failed("endpoint_closed")
    judges = _PULLED if endpoint is None else _PUSHED
    verdict = judges[Kind(item.kind)](item)
    assert item.began_at is not None
    late = clock.now() >= item.began_at + _TIME[Kind(item.kind)]
    return failed("not_in_time", verdict.evidence) if _waits(verdict) and late else verdict


def _waits(verdict: Verdict) -> bool:
    return verdict.status == Status.RUNNING


def _signature(item: ConnectionTestItem) -> Verdict:
    """The right one must be taken, and then none of the forgeries."""
    (delivery,) = _deliveries(item)
    if not _is_delivered(delivery):
        return Verdict(evidence=_seen([delivery]))
    outcomes = send_probes(item, delivery)
    answers = {name: _word(each.status, each.failure) for name, each in outcomes.items()}
    evidence = _seen([delivery]) | {"forgeries": answers}
    if any(each.is_success for each in outcomes.values()):
        return failed("forgery_accepted", evidence, ends_test=True)
    if any(each.status is None for each in outcomes.values()):
        return failed("forgery_unanswered", evidence)
    return passed(evidence)


def _duplicate(item: ConnectionTestItem) -> Verdict:
    """The same notification twice, both answered with success; the report says it counted once."""
    (delivery,) = _deliveries(item)
    answers = _history([delivery])
    taken = [place for place, one in enumerate(answers) if _is_success(one)]
    if len(taken) >= 2:
        return passed(_seen([delivery]))
    if taken and any(one.answer_status for one in answers[taken[0] + 1 :]):
        return failed("duplicate_refused", _seen([delivery]))
    if taken and _is_delivered(delivery):
        resend_events(_scope(item), delivery.number, delivery.number)
    return Verdict(evidence=_seen([delivery]))


def _late(item: ConnectionTestItem) -> Verdict:
    (delivery,) = _deliveries(item)
    assert delivery.event.body["late"] is True
    return passed(_seen([delivery])) if _is_delivered(delivery) else Verdict()


def _cursor(item: ConnectionTestItem) -> Verdict:
    """What no notification told of must have been read, without a hole, and acknowledged."""
    told = list(events_of(item))
    if item.test.endpoint_id is not None and _sent_all_the_same(item, told[:WITHHELD]):
        return failed("not_withheld")
    verdict = _read_up_to(item, told)
    if verdict.status == Status.PASSED and item.test.endpoint_id is not None:
        pushed = _deliveries(item)[-1]
        return verdict if _is_delivered(pushed) else Verdict(evidence=verdict.evidence)
    return verdict


def _error(item: ConnectionTestItem) -> Verdict:
    """An answer of 500 to 599, and then the same notification taken."""
    (delivery,) = _deliveries(item)
    answers = _history([delivery])
    erred = [one for one in answers if one.answer_status and 500 <= one.answer_status <= 599]
    if not _is_delivered(delivery):
        return Verdict(evidence=_seen([delivery]))
    return passed(_seen([delivery])) if erred else failed("no_error_seen", _seen([delivery]))


def _outage(item: ConnectionTestItem) -> Verdict:
    """Nothing taken for ten minutes, then everything."""
    deliveries = _deliveries(item)
    answers = _history(deliveries)
    taken = [one for one in answers if _is_success(one)]
    evidence = _seen(deliveries)
    if taken:
        if _is_success(answers[0]):
            return failed("no_outage_seen", evidence)
        away = taken[0].attempted_at - answers[0].attempted_at
        evidence |= {"away_seconds": int(away.total_seconds())}
        if away < OUTAGE_MIN:
            return failed("outage_too_short", evidence)
    if not all(_is_delivered(one) for one in deliveries):
        return Verdict(evidence=evidence)
    return passed(evidence | {"in_order": _are_in_order(deliveries)})


def _read(item: ConnectionTestItem) -> Verdict:
    return _read_up_to(item, list(events_of(item)))


def _away(item: ConnectionTestItem) -> Verdict:
    """No read for ten minutes, then everything read."""
    assert item.began_at is not None
    first = _reads(item).first()
    if first is None:
        return Verdict()
    away = first.read_at - item.began_at
    evidence: Evidence = {"away_seconds": int(away.total_seconds())}
    if away < OUTAGE_MIN:
        return failed("outage_too_short", evidence)
    verdict = _read_up_to(item, list(events_of(item)))
    return Verdict(verdict.status, verdict.reason, verdict.evidence | evidence)


Judge = Callable[[ConnectionTestItem], Verdict]
_PUSHED: dict[Kind, Judge] = {
    Kind.SIGNATURE: _signature,
    Kind.DUPLICATE: _duplicate,
    Kind.LATE: _late,
    Kind.CURSOR: _cursor,
    Kind.ERROR: _error,
    Kind.OUTAGE: _outage,
}
_PULLED: dict[Kind, Judge] = {Kind.LATE: _read, Kind.CURSOR: _cursor, Kind.OUTAGE: _away}


def _read_up_to(item: ConnectionTestItem, told: list[Event]) -> Verdict:
    """Judge reads by how far they go without a hole, once the last event is acknowledged.

    Whoever acknowledges what was never read would lose events that no notification told of.
    """
    reached = told[0].number - 1
    for read in _reads(item):
        if read.after <= reached:
            reached = max(reached, read.last)
    last = told[-1].number
    stream = item.test.stream
    stream.refresh_from_db(fields=["acknowledged"])
    evidence: Evidence = {"events": [told[0].number, last], "acknowledged": stream.acknowledged}
    if stream.acknowledged < last:
        return Verdict(evidence=evidence)
    if reached < last:
        return failed("gap", evidence | {"read_up_to": reached})
    return passed(evidence)


def _reads(item: ConnectionTestItem) -> QuerySet[CursorRead]:
    return CursorRead.objects.filter(
        test=item.test_id, pk__gt=item.evidence["reads_after"]
    ).order_by("pk")


def _sent_all_the_same(item: ConnectionTestItem, withheld: list[Event]) -> bool:
    tried = Attempt.objects.filter(
        delivery__endpoint=item.test.endpoint_id, delivery__event__in=withheld
    )
    return tried.exists()


def _deliveries(item: ConnectionTestItem) -> list[Delivery]:
    history = Prefetch("history", Attempt.objects.order_by("pk"))
    rows = Delivery.objects.filter(endpoint=item.test.endpoint_id, event__in=events_of(item))
    return list(
        rows.select_related("event", "endpoint").prefetch_related(history).order_by("event_id")
    )


def _history(deliveries: Iterable[Delivery]) -> list[Attempt]:
    return sorted(
        (one for each in deliveries for one in each.history.all()), key=lambda one: one.pk
    )


def _is_delivered(delivery: Delivery) -> bool:
    return delivery.status == Delivery.Status.DELIVERED


def _is_success(attempt: Attempt) -> bool:
    return attempt.answer_status is not None and 200 <= attempt.answer_status <= 299


def _are_in_order(deliveries: list[Delivery]) -> bool:
    """Tell whether the events of each invoice were taken in the order of their numbers."""
    taken: dict[Any, list[int]] = {}
    for each in deliveries:
        first = next(one.pk for one in each.history.all() if _is_success(one))
        taken.setdefault(each.invoice_id, []).append(first)
    return all(places == sorted(places) for places in taken.values())


def _seen(deliveries: list[Delivery]) -> Evidence:
    """Return the attempts as a person reads them: event, instant, answer."""
    return {
        "attempts": [
            {
                "event": each.number,
                "at": one.attempted_at.astimezone(clock.JST).isoformat(timespec="seconds"),
                "answer": _word(one.answer_status, one.failure),
            }
            for each in deliveries
            for one in each.history.all()
        ]
    }


def _word(status: int | None, failure: str) -> str:
    return f"HTTP {status}" if status is not None else failure


def _scope(item: ConnectionTestItem) -> Scope:
    return Scope(owner_id=item.owner_id)
