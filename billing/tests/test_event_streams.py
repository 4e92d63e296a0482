"""Facts of many streams are numbered together: no more questions, and each in its own stream."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.models import Event, Stream
from billing.services.events import EventTold, record_events
from tests.cast import Cast, make_cast

pytestmark = pytest.mark.django_db


def told(cast: Cast, tenants: list[int | None]) -> list[EventTold]:
    return [
        EventTold("statement.closed", cast.sakura.pk, tenant_id, {}, to_owner=tenant_id is None)
        for tenant_id in tenants
    ]


def record(facts: list[EventTold]) -> list[str]:
    """Record facts and return the questions it took."""
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        record_events(facts)
    return [one["sql"] for one in asked]


def test_many_streams_cost_no_more_questions_than_one() -> None:
    cast = make_cast()
    everybody = [None, cast.engineering.pk, cast.dormitory.pk]
    record(told(cast, everybody))  # The streams are made once.
    assert len(record(told(cast, everybody))) == len(record(told(cast, [None])))


def test_each_stream_counts_for_itself_and_is_made_when_first_told() -> None:
    cast = make_cast()
    record(told(cast, [cast.dormitory.pk]))
    record(told(cast, [None, None, cast.dormitory.pk, cast.engineering.pk]))
    record([EventTold("payment.reported", cast.sakura.pk, cast.dormitory.pk, {})])
    record([])
    seen = {
        stream.tenant_id: [event.number for event in stream.events.order_by("number")]
        for stream in Stream.objects.all()
    }
    assert seen == {None: [1, 2, 3], cast.dormitory.pk: [1, 2, 3], cast.engineering.pk: [1]}
    assert Event.objects.count() == 6  # What both are told is one event.
    assert sorted(Stream.objects.filter(owner=cast.sakura).values_list("last", flat=True)) == [
        1,
        3,
        3,
    ]


def test_all_streams_are_locked_in_one_order_by_one_question() -> None:
    cast = make_cast()
    everybody = [cast.dormitory.pk, None, cast.engineering.pk]
    record(told(cast, everybody))
    (lock,) = [sql for sql in record(told(cast, everybody)) if "FOR NO KEY UPDATE" in sql]
    order = lock.partition("ORDER BY")[2]
    assert order.index("owner_id") < order.index("tenant_id") < order.index("NULLS FIRST")
