"""Two who begin, report or drive a connection test at once: one of them does it."""

from billing.models import ConnectionTest, Payment
from billing.services.connection_tests import (
    ConnectionTestRunning,
    advance,
    report_result,
    standing,
    start_test,
)
from tenants.access import Scope
from tenants.models import Clearance
from tests.cast import make_cast
from tests.threads import in_threads


def test_of_two_who_begin_one_has_begun(committed_db: str):
    scope = Scope(owner_id=make_cast().sakura.twin.pk)
    outcomes = in_threads(lambda _place: start_test(scope), 4)
    assert sum(isinstance(one, ConnectionTest) for one in outcomes) == 1
    assert sum(isinstance(one, ConnectionTestRunning) for one in outcomes) == 3


def test_two_workers_book_each_payment_once(committed_db: str):
    test = start_test(Scope(owner_id=make_cast().sakura.twin.pk))
    outcomes = in_threads(lambda _place: advance(test.pk), 4)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert Payment.objects.count() == standing(test).payments_count == 1


def test_of_two_right_reports_one_brings_the_clearance(committed_db: str):
    cast = make_cast()
    scope = Scope(owner_id=cast.sakura.twin.pk)
    test = start_test(scope)
    test.items.exclude(kind="report").update(status="passed")
    right = standing(test)
    outcomes = in_threads(lambda _place: report_result(scope, str(test.pk), right), 3)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert Clearance.objects.filter(ground="passed").count() == 1
