"""接続試験: trying an owner's system on the test side before it goes live.

A test is a list of items, taken one after the other. What the centre can do alone begins by
itself; what the other system must prepare for (an error, an outage) begins when it is ready. The
worker drives the rest: it books, looks at what came of it, and moves on. Passing lets the owner's
live keys be given out.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet, Sum

from billing.models import (
    Chain,
    ConnectionTest,
    ConnectionTestItem,
    CursorRead,
    Endpoint,
    Payment,
)
from billing.services.connection_bookings import book
from billing.services.connection_verdicts import Verdict, failed, judge
from billing.services.events import stream_of
from cards.models import Card, Kind
from cards.services import issue_card
from smartpit.kernel import clock
from smartpit.kernel.database import held, lock
from smartpit.kernel.errors import DomainError
from tenants.access import NotFound, Scope
from tenants.models import Owner, Staff
from tenants.services import clear_connection

TIME = timedelta(days=7)
REPORTS_MAX = 3
FRESH = timedelta(minutes=2)
Item = ConnectionTestItem
PUSHED = tuple(Item.Kind)
PULLED = (Item.Kind.LATE, Item.Kind.CURSOR, Item.Kind.OUTAGE, Item.Kind.REPORT)
BEGIN_WHEN_READY = frozenset({Item.Kind.ERROR, Item.Kind.OUTAGE})
TYPES_NEEDED = {"payment.reported", "payment.reversed"}


class ConnectionTestRunning(DomainError):
    code = "connection_test_running"
    title = "実施中の接続試験があります"


class EndpointUnfit(DomainError):
    """A test needs all that it will tell to reach this endpoint."""

    code = "endpoint_unfit"
    title = (
        "この通知先では試験できません。オーナー全体の、収納と取消を受け取る有効な通知先が必要です"
    )


class ConnectionTestEnded(DomainError):
    code = "connection_test_ended"
    title = "この接続試験は終了しています"


class NotItsTurn(DomainError):
    code = "not_its_turn"
    title = "前の項目がまだ合格していません。一覧の上から順に進めてください"


class ReportDiffers(DomainError):
    """Which way it differs is told, the right figures are not: they prove what was received."""

    code = "report_differs"
    title = "件数または金額が、試験で収納した内容と一致しません"


@dataclass(frozen=True)
class Report:
    """What the system under test has booked of the test: payments that stand, and their sum."""

    payments_count: int
    amount_yen: int


def test_side(owner: Owner) -> Scope:
    """Return the scope of a test twin; a live owner has no connection tests to see."""
    if not owner.is_test:
        raise NotFound
    return Scope(owner_id=owner.pk)


def connection_tests_of(scope: Scope) -> QuerySet[ConnectionTest]:
    rows = ConnectionTest.objects.select_related("endpoint", "owner", "started_by")
    # A test is the owner's, also where a tenant's key asks.
    mine = rows.none() if scope.tenant_id is not None else scope.rows(rows)
    return mine.prefetch_related("items").order_by("-started_at")


def start_test(
    scope: Scope, endpoint_id: str | None = None, by: Staff | None = None
) -> ConnectionTest:
    """Begin a test of an endpoint of the test side, or of a system that only pulls."""
    owner = Owner.objects.get(pk=scope.owner)
    if not owner.is_test or scope.tenant_id is not None:
        raise NotFound
    endpoint = None if endpoint_id is None else _fit(scope, endpoint_id)
    number = _number(owner)
    with transaction.atomic(durable=True):
        lock("connection_test", owner.pk)
        if ConnectionTest.objects.filter(owner=owner, status="running").exists():
            raise ConnectionTestRunning
        now = clock.now()
        test = ConnectionTest.objects.create(
            owner=owner,
            endpoint=endpoint,
            stream=stream_of(owner.pk, None),
            chain=Chain.objects.filter(is_test=True).earliest("code"),
            seed=secrets.token_bytes(16),
            number=number,
            started_by=by,
            started_at=now,
            ends_at=now + TIME,
        )
        kinds = PULLED if endpoint is None else PUSHED
        items = [
            Item(owner=owner, test=test, kind=kind, place=place)
            for place, kind in enumerate(kinds, start=1)
        ]
        Item.objects.bulk_create(items)
    return test


def stop_test(scope: Scope, test_id: str) -> ConnectionTest:
    """Give a test up; another may be begun. What has ended stays as it ended."""
    with transaction.atomic(durable=True):
        test = _locked(scope, test_id)
        if test.status == ConnectionTest.Status.RUNNING:
            _end(test, ConnectionTest.Status.STOPPED)
    return test


def begin_item(scope: Scope, test_id: str, kind: str) -> ConnectionTestItem:
    """Begin an item whose turn it is: what had to be prepared for, or what failed, once more."""
    with transaction.atomic(durable=True):
        test = _locked(scope, test_id)
        _require_running(test)
        item = _next_item(test)
        if item is None or item.kind != kind or item.kind == Item.Kind.REPORT:
            raise NotItsTurn
        if item.status == Item.Status.RUNNING:
            raise NotItsTurn
        return _begin(item)


def report_result(scope: Scope, test_id: str, report: Report) -> ConnectionTest:
    """Compare what the other system has booked; the right report passes the test.

    The same right report again is answered as the first. After three wrong ones the test has
    failed: a book that is wrong does not become right by guessing.
    """
    with transaction.atomic(durable=True):
        test = _locked(scope, test_id)
        if test.status == ConnectionTest.Status.PASSED and report == standing(test):
            return test
        _require_running(test)
        item = _next_item(test)
        if item is None or item.kind != Item.Kind.REPORT:
            raise NotItsTurn
        wrong = item.evidence.get("wrong", [])
        item = _begin(item)
        expected = standing(test)
        if report == expected:
            _pass(test, item, report)
            return test
        difference = _difference(report, expected)
        noted = vars(report) | {"differs": difference}
        refused = _note_wrong(test, item, [*wrong, noted], difference)
    raise refused


def standing(test: ConnectionTest) -> Report:
    """Return what a right book holds of this test: payments that were not reversed."""
    rows = Payment.objects.filter(
        owner=test.owner_id,
        invoice__reference__startswith=test.reference_prefix,
        status__in=[Payment.Status.REPORTED, Payment.Status.CONFIRMED],
    )
    sums = rows.aggregate(amount_yen=Sum("amount_yen"))
    return Report(rows.count(), sums["amount_yen"] or 0)


def note_cursor_read(scope: Scope, after: int, last: int) -> None:
    """Write down a read of a test twin's own stream while it is under test."""
    if scope.tenant_id is not None:
        return
    running = ConnectionTest.objects.filter(owner=scope.owner, status="running").first()
    if running is not None:
        with transaction.atomic(durable=True):
            CursorRead.objects.create(
                owner_id=scope.owner, test=running, after=after, last=last, read_at=clock.now()
            )


def advance(test_id: UUID | str) -> bool:
    """Drive a test as far as it goes now; say whether it is worth a look again within seconds."""
    with held("connection_test", test_id) as is_ours:
        return _advance(test_id) if is_ours else False


def unfinished_tests() -> list[str]:
    running = ConnectionTest.objects.filter(status=ConnectionTest.Status.RUNNING)
    return [str(test_id) for test_id in running.values_list("pk", flat=True)]


def _advance(test_id: UUID | str) -> bool:
    for _ in PUSHED:
        test = ConnectionTest.objects.select_related("endpoint", "owner", "stream").get(pk=test_id)
        if test.status != ConnectionTest.Status.RUNNING:
            return False
        if clock.now() >= test.ends_at:
            _record_end(test)
            return False
        item = _next_item(test)
        if item is None or not _is_ours_to_drive(item):
            return False
        item.test = test
        if item.status == Item.Status.WAITING:
            with transaction.atomic(durable=True):
                item = _begin(item)
        if _look(item).status != Item.Status.PASSED:
            return _is_fresh(item)
    return False


def _is_ours_to_drive(item: ConnectionTestItem) -> bool:
    if item.kind == Item.Kind.REPORT or item.status == Item.Status.FAILED:
        return False
    return item.status == Item.Status.RUNNING or item.kind not in BEGIN_WHEN_READY


def _look(item: ConnectionTestItem) -> Verdict:
    """Book what is not booked yet, judge, and write down the verdict."""
    try:
        book(item)
        verdict = judge(item)
    except DomainError as refused:  # The contract ended, say; the developer reads why.
        verdict = failed(refused.code)
    _record(item, verdict)
    return verdict


def _record(item: ConnectionTestItem, verdict: Verdict) -> None:
    evidence = item.evidence | verdict.evidence
    with transaction.atomic(durable=True):
        if verdict.status == Item.Status.RUNNING:
            Item.objects.filter(pk=item.pk, status=Item.Status.RUNNING).update(evidence=evidence)
            return
        item.move(to=verdict.status, ended_at=clock.now(), reason=verdict.reason, evidence=evidence)
        if verdict.ends_test:
            _end(item.test, ConnectionTest.Status.FAILED)


def _begin(item: ConnectionTestItem) -> ConnectionTestItem:
    reads = CursorRead.objects.filter(test=item.test_id).aggregate(last=Max("pk"))
    return item.move(
        to=Item.Status.RUNNING,
        run=item.run + 1,
        began_at=clock.now(),
        ended_at=None,
        reason="",
        evidence={"reads_after": reads["last"] or 0},
    )


def _next_item(test: ConnectionTest) -> ConnectionTestItem | None:
    """Return the first item that is not passed; no other has its turn."""
    return Item.objects.filter(test=test).exclude(status="passed").order_by("place").first()


def _pass(test: ConnectionTest, item: ConnectionTestItem, report: Report) -> None:
    now = clock.now()
    item.move(to=Item.Status.PASSED, ended_at=now, evidence=item.evidence | vars(report))
    certificate = f"CT{clock.business_date(now):%Y%m%d}-{test.short}"
    test.move(to=ConnectionTest.Status.PASSED, ended_at=now, certificate=certificate)
    live = test.owner.twin_of
    assert live is not None
    clear_connection(live, certificate)


def _note_wrong(
    test: ConnectionTest,
    item: ConnectionTestItem,
    wrong: list[dict[str, Any]],
    difference: dict[str, str],
) -> ReportDiffers:
    item.move(
        to=Item.Status.FAILED,
        ended_at=clock.now(),
        reason="report_differs",
        evidence=item.evidence | {"wrong": wrong},
    )
    if len(wrong) >= REPORTS_MAX:
        _end(test, ConnectionTest.Status.FAILED)
    return ReportDiffers(**difference, reports_left=REPORTS_MAX - len(wrong))


def _difference(told: Report, expected: Report) -> dict[str, str]:
    return {
        "payments_count": _compared(told.payments_count, expected.payments_count),
        "amount_yen": _compared(told.amount_yen, expected.amount_yen),
    }


def _compared(told: int, expected: int) -> str:
    return "same" if told == expected else "too_many" if told > expected else "too_few"


def _end(test: ConnectionTest, to: ConnectionTest.Status) -> None:
    test.move(to=to, ended_at=clock.now())


def _record_end(test: ConnectionTest) -> None:
    with transaction.atomic(durable=True):
        _end(test, ConnectionTest.Status.FAILED)


def _require_running(test: ConnectionTest) -> None:
    if test.status != ConnectionTest.Status.RUNNING:
        raise ConnectionTestEnded


def _locked(scope: Scope, test_id: str) -> ConnectionTest:
    if scope.tenant_id is not None:
        raise NotFound
    rows = ConnectionTest.objects.select_related("owner__twin_of")
    return scope.get(rows.select_for_update(of=("self",), no_key=True), pk=test_id)


def _fit(scope: Scope, endpoint_id: str) -> Endpoint:
    endpoint = scope.get(Endpoint.objects.all(), pk=endpoint_id)
    is_told = not endpoint.types or set(endpoint.types) >= TYPES_NEEDED
    if endpoint.status != Endpoint.Status.ACTIVE or endpoint.tenant_id is not None or not is_told:
        raise EndpointUnfit
    return endpoint


def _number(owner: Owner) -> str:
    """Return the test number of an earlier test, if it still can be paid with, or a new one."""
    former = ConnectionTest.objects.filter(owner=owner).values("number")
    card = Card.objects.filter(number__in=former, status=Card.Status.ACTIVE).first()
    return (card or issue_card(Kind.JOINT, owner=owner)).number


def _is_fresh(item: ConnectionTestItem) -> bool:
    """Tell whether something is likely to happen soon; later the sweep of each minute is enough."""
    assert item.began_at is not None
    return item.status == Item.Status.RUNNING and clock.now() < item.began_at + FRESH
