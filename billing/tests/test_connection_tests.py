"""接続試験: an item passes by what was seen and fails by what was not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from billing.models import Case, Delivery, Endpoint, Payment
from billing.services.connection_bookings import book
from billing.services.connection_tests import (
    ConnectionTestEnded,
    ConnectionTestRunning,
    EndpointUnfit,
    NotItsTurn,
    ReportDiffers,
    advance,
    begin_item,
    standing,
    start_test,
    stop_test,
)
from billing.services.events import acknowledge
from billing.services.notifications import EndpointAsked, add_endpoint, resend_events
from billing.tests.connection_cast import START, Developer, reason, states
from billing.tests.receiver import Got, receiving
from smartpit.kernel import clock
from tenants.access import NotFound, Scope
from tenants.services import (
    ConnectionNotTested,
    Contact,
    TermsSigned,
    open_owner,
    rotate_api_key,
)
from tests.cast import Cast, code_of, system, told


@pytest.fixture
def developer(cast: Cast) -> Iterator[Developer]:
    with receiving() as receiver:
        yield Developer(cast, receiver)


def test_a_good_system_passes_and_its_owner_may_go_live(cast: Cast, developer: Developer) -> None:
    test = developer.come_to("report")
    assert states(test) == {
        "signature": "passed", "duplicate": "passed", "late": "passed", "cursor": "passed",
        "error": "passed", "outage": "passed", "report": "waiting",
    }  # fmt: skip
    passed = developer.report(test, standing(test))
    assert passed.status == "passed"
    fact = cast.sakura.clearances.get(ground="passed")
    assert fact.certificate == passed.certificate
    assert passed.certificate is not None
    assert passed.certificate.startswith("CT20261124-")
    assert developer.report(test, standing(test)).status == "passed"


def test_what_is_tried_stays_on_the_test_side(cast: Cast, developer: Developer) -> None:
    test = developer.come_to("report")
    booked = Payment.objects.filter(invoice__reference__startswith=test.reference_prefix)
    assert booked.exists()
    assert set(booked.values_list("owner", flat=True)) == {cast.sakura.twin.pk}
    assert not Case.objects.filter(status="open").exists()


def test_a_system_that_verifies_nothing_fails_at_once(developer: Developer) -> None:
    developer.checks = False
    test = developer.start()
    developer.work(test)
    assert reason(test, "signature") == ("failed", "forgery_accepted")
    test.refresh_from_db()
    assert test.status == "failed"
    with pytest.raises(ConnectionTestEnded):
        begin_item(developer.scope, str(test.pk), "signature")


def test_each_forgery_is_sent_and_each_refusal_noted(developer: Developer) -> None:
    test = developer.start()
    developer.work(test)
    evidence = test.items.get(kind="signature").evidence
    assert evidence["forgeries"] == dict.fromkeys(
        ("wrong_secret", "tampered", "unsigned", "stale"), "HTTP 401"
    )
    assert [one["answer"] for one in evidence["attempts"]] == ["HTTP 204"]


def test_a_system_that_takes_stale_ones_only_fails_too(developer: Developer) -> None:
    strict = developer._verdict
    developer._verdict = lambda got: 204 if _is_old(got) else strict(got)  # type: ignore[method-assign]
    test = developer.start()
    developer.work(test)
    assert reason(test, "signature") == ("failed", "forgery_accepted")


def _is_old(got: Got) -> bool:
    stamp = int(got.headers.get("webhook-timestamp", "0"))
    return 0 < stamp < START.timestamp() - 300


def test_a_duplicate_refused_is_no_duplicate_ignored(developer: Developer) -> None:
    seen: set[str] = set()
    strict = developer._verdict

    def refuse_twice(got: Got) -> int:
        mark = got.headers.get("webhook-id", "")
        again = mark in seen
        seen.add(mark)
        return 409 if again else strict(got)

    developer._verdict = refuse_twice  # type: ignore[method-assign]
    test = developer.start()
    developer.work(test)
    assert reason(test, "duplicate") == ("failed", "duplicate_refused")


def test_whoever_acknowledges_what_was_never_read_has_a_gap(developer: Developer) -> None:
    test = developer.come_to("cursor")
    assert states(test)["cursor"] == "running"
    withheld = Delivery.objects.filter(endpoint=developer.endpoint, status="exhausted")
    assert withheld.count() == 3
    test.stream.refresh_from_db()
    acknowledge(developer.scope, test.stream.last)
    developer.work(test)
    assert reason(test, "cursor") == ("failed", "gap")
    developer.begin(test, "cursor")
    developer.work(test)
    developer.catch_up(test)
    assert states(test)["cursor"] == "passed"


def test_a_read_that_begins_after_a_hole_fills_nothing(developer: Developer) -> None:
    test = developer.come_to("cursor")
    first, last = test.items.get(kind="cursor").evidence["events"]
    developer.read(after=first)  # The first of them is skipped.
    acknowledge(developer.scope, last)
    developer.work(test)
    assert reason(test, "cursor") == ("failed", "gap")


def test_an_error_that_never_was_is_not_recovered_from(developer: Developer) -> None:
    test = developer.come_to("error")
    developer.begin(test, "error")
    developer.work(test)
    assert reason(test, "error") == ("failed", "no_error_seen")
    developer.err(test)
    assert states(test)["error"] == "passed"


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(0, "no_outage_seen"), (9, "outage_too_short"), (10, "")],
)
def test_an_outage_is_ten_minutes_of_nothing(
    developer: Developer, minutes: int, expected: str
) -> None:
    test = developer.come_to("outage")
    developer.status = 503 if minutes else None
    developer.begin(test, "outage")
    developer.work(test)
    developer.at += timedelta(minutes=minutes)
    developer.status = None
    if minutes:
        with clock.frozen(developer.at):
            resend_events(developer.scope, 1, 100)
    developer.work(test)
    assert reason(test, "outage") == ("failed" if expected else "passed", expected)


def test_an_outage_ends_by_the_schedule_too(developer: Developer) -> None:
    test = developer.come_to("outage")
    developer.status = 503
    developer.begin(test, "outage")
    developer.work(test)
    developer.work(test, timedelta(seconds=6))
    developer.work(test, timedelta(minutes=5))
    developer.status = None
    assert developer.work(test, timedelta(minutes=31))["outage"] == "passed"
    evidence = test.items.get(kind="outage").evidence
    assert evidence["away_seconds"] >= 600
    assert evidence["in_order"] is True


@pytest.mark.parametrize(
    ("count", "yen", "compared"),
    [(1, 0, ("too_many", "same")), (0, -1, ("same", "too_few"))],
)
def test_a_wrong_report_is_refused_and_three_are_too_many(
    developer: Developer, count: int, yen: int, compared: tuple[str, str]
) -> None:
    test = developer.come_to("report")
    right = standing(test)
    wrong = replace(
        right, payments_count=right.payments_count + count, amount_yen=right.amount_yen + yen
    )
    for left in (2, 1, 0):
        with pytest.raises(ReportDiffers) as refused:
            developer.report(test, wrong)
        told_of = refused.value.extra
        assert (told_of["payments_count"], told_of["amount_yen"]) == compared
        assert told_of["reports_left"] == left
    with pytest.raises(ConnectionTestEnded):
        developer.report(test, right)
    test.refresh_from_db()
    assert test.status == "failed"


def test_a_report_before_its_turn_is_refused(developer: Developer) -> None:
    test = developer.come_to("cursor")
    with pytest.raises(NotItsTurn):
        developer.report(test, standing(test))
    for kind in ("signature", "cursor", "outage", "report", "nonsense"):
        with pytest.raises(NotItsTurn):
            begin_item(developer.scope, str(test.pk), kind)


def test_one_test_runs_at_a_time_and_a_stopped_one_makes_room(developer: Developer) -> None:
    test = developer.start()
    with pytest.raises(ConnectionTestRunning):
        developer.start()
    assert stop_test(developer.scope, str(test.pk)).status == "stopped"
    assert stop_test(developer.scope, str(test.pk)).status == "stopped"
    assert developer.start().number == test.number


def test_a_test_that_nobody_finishes_has_failed(developer: Developer) -> None:
    test = developer.come_to("cursor")
    assert developer.work(test, timedelta(hours=25))["cursor"] == "failed"
    developer.work(test, timedelta(days=7))
    test.refresh_from_db()
    assert test.status == "failed"


def test_only_an_owner_wide_endpoint_that_is_told_enough_will_do(developer: Developer) -> None:
    deaf, _ = add_endpoint(
        developer.scope, EndpointAsked(developer.receiver.url, ("payment.reported",))
    )
    with pytest.raises(EndpointUnfit):
        start_test(developer.scope, str(deaf.pk))
    Endpoint.objects.filter(pk=developer.endpoint.pk).update(status="disabled")
    with pytest.raises(EndpointUnfit):
        start_test(developer.scope, str(developer.endpoint.pk))
    with pytest.raises(NotFound):
        start_test(developer.scope, str(uuid4()))


def test_an_endpoint_that_answers_gone_ends_the_item(developer: Developer) -> None:
    developer.status = 410
    test = developer.start()
    developer.work(test)
    assert reason(test, "signature") == ("failed", "endpoint_closed")


def test_a_system_that_only_pulls_passes_without_an_endpoint(
    cast: Cast, developer: Developer
) -> None:
    with clock.frozen(developer.at):
        test = start_test(developer.scope)
    assert list(states(test)) == ["late", "cursor", "outage", "report"]
    developer.work(test)
    for _ in range(3):
        developer.catch_up(test)
    assert states(test)["cursor"] == "passed"
    developer.begin(test, "outage")
    developer.work(test)
    developer.catch_up(test)
    assert reason(test, "outage") == ("failed", "outage_too_short")
    developer.begin(test, "outage")
    developer.work(test, timedelta(minutes=11))
    developer.catch_up(test)
    assert states(test)["outage"] == "passed"
    assert developer.report(test, standing(test)).certificate


def test_live_keys_and_tenants_keys_know_no_connection_test(
    cast: Cast, developer: Developer
) -> None:
    test = developer.start()
    for key in ("sakura", "dormitory", "aoba"):
        caller = system(cast.keys[key])
        assert code_of(caller.post("connection-tests", {})) == (404, "not_found")
        assert code_of(caller.get("connection-tests")) == (404, "not_found")
        assert code_of(caller.get(f"connection-tests/{test.pk}")) == (404, "not_found")
        report = {"payments_count": 0, "amount_yen": 0}
        path = f"connection-tests/{test.pk}/report"
        assert code_of(caller.post(path, report)) == (404, "not_found")


def test_a_developer_walks_it_by_the_api_alone(cast: Cast, developer: Developer) -> None:
    started = developer.api.post("connection-tests", {"endpoint": str(developer.endpoint.pk)})
    assert started.status_code == 201
    root = f"connection-tests/{told(started)['connection_test']}"
    assert code_of(developer.api.post(f"{root}/items/outage/begin", {})) == (409, "not_its_turn")
    report = {"payments_count": 1, "amount_yen": 1}
    assert code_of(developer.api.post(f"{root}/report", report)) == (409, "not_its_turn")
    assert code_of(developer.api.get(f"{root}/certificate")) == (404, "not_found")
    assert code_of(developer.api.post("connection-tests", {})) == (409, "connection_test_running")
    assert told(developer.api.get("connection-tests"))["items"][0]["status"] == "running"
    assert told(developer.api.send("delete", root))["status"] == "stopped"
    assert code_of(developer.api.post(f"{root}/report", {"amount_yen": 1})) == (422, "malformed")


def test_a_killed_worker_books_nothing_twice(developer: Developer) -> None:
    """Every step is done over from its beginning, as after a kill, and the sum stays."""
    test = developer.come_to("report")
    right = standing(test)
    for item in test.items.exclude(kind="report"):
        with clock.frozen(developer.at):
            book(item)
    assert standing(test) == right


def test_an_owner_is_tested_before_its_contract_begins(cast: Cast) -> None:
    terms = TermsSigned(clock.business_date() + timedelta(days=30))
    minato = open_owner("minato", "みなと水道", Contact(), terms)
    scope = Scope(owner_id=minato.twin.pk)
    test = start_test(scope)
    advance(test.pk)
    assert states(test)["late"] == "running"
    assert standing(test).payments_count == 1
    with pytest.raises(ConnectionNotTested):
        rotate_api_key(Scope(owner_id=minato.pk))
