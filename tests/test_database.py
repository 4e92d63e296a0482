"""Locks by name, and a run that leaves no trace."""

from threading import Barrier

import pytest
from django.db import connection, transaction

from smartpit.kernel.database import lock, lock_shared, rolled_back
from tenants.models import Plan
from tests.threads import in_threads


@pytest.mark.django_db
def test_a_preview_is_the_real_thing_and_leaves_no_trace():
    before = Plan.objects.count()
    with rolled_back():
        twin = Plan.objects.all()[0]
        twin.pk, twin.code = None, "plan-preview"
        twin.save(force_insert=True)
        assert Plan.objects.count() == before + 1
    assert Plan.objects.count() == before


def test_a_lock_lets_one_in_at_a_time(committed_db: str):
    inside: list[int] = []
    most: list[int] = []

    def enter(place: int) -> None:
        with transaction.atomic():
            lock("door", 1)
            inside.append(place)
            most.append(len(inside))
            list(Plan.objects.all())
            inside.remove(place)

    assert in_threads(enter, 6) == [None] * 6
    assert max(most) == 1


def test_sharers_are_inside_together(committed_db: str):
    met = Barrier(2)

    def enter(_place: int) -> int:
        with transaction.atomic():
            lock_shared("door", 1)
            return met.wait(30)

    assert set(in_threads(enter, 2)) == {0, 1}


def test_a_lock_outside_a_transaction_is_our_mistake(committed_db: str):
    with pytest.raises(AssertionError):
        lock("door", 1)


@pytest.mark.django_db
def test_what_tills_call_is_planned_once_a_session_not_once_a_call():
    """To plan a batch takes longer than to book it; a server left to choose comes to do both."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc"
            " WHERE 'plan_cache_mode=force_generic_plan' = ANY (proconfig) ORDER BY proname"
        )
        assert cursor.fetchall() == [
            ("book_payments",), ("find_payable",), ("limit_reached",),
        ]  # fmt: skip
