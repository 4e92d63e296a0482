"""残高確認書 on random stories: on every day what an owner is told is what the books hold."""

import json
from datetime import date, timedelta
from random import Random

import pytest

from settlement.books import trial_balance
from settlement.models import Payout, PayoutMove, Statement
from settlement.standing import Standing, standing_of
from smartpit.kernel import clock
from smartpit.kernel.scratch import scratch_database
from smartpit.web.story.play import play_story
from smartpit.web.story.words import read_story
from tenants.models import Owner
from tests.properties.story_maker import make_story

ONE_DAY = timedelta(days=1)


@pytest.fixture
def server(database_template, django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.mark.parametrize("seed", range(1, 9))
def test_an_owners_balance_is_the_books_on_every_day(server, seed: int):
    story = make_story(seed)
    with scratch_database():
        world, _ = play_story(read_story(json.dumps(story).encode()))
        pay_out(Random(seed))
        owner = world.owner
        day = date.fromisoformat(story["owner"]["contract_from"]) - ONE_DAY
        changes = by_hand(owner)
        ends = date.fromisoformat(story["settle_until"]) + 40 * ONE_DAY
        while day <= ends:
            told = standing_of(owner, day)
            books = trial_balance(day)
            assert told.payable_yen == -books.get(f"owner_payable:{owner.pk}", 0), day
            assert told.in_transit_yen == -books.get("payout_in_transit", 0), day
            assert told.total_yen == sum(yen for when, yen in changes if when <= day), day
            assert_parts_are_whole(told)
            day += ONE_DAY


def pay_out(random: Random) -> None:
    """Let the bank pay most payouts, some late; some come back, before or after it paid them."""
    for payout in Payout.objects.order_by("pays_on"):
        fate = random.choice(
            [[], ["exported"], ["exported", "paid"], ["exported", "paid"], ["exported", "returned"],
             ["exported", "paid", "returned"]]
        )  # fmt: skip
        day = payout.pays_on - ONE_DAY
        for kind in fate:
            PayoutMove.objects.create(
                payout=payout, owner=payout.owner, kind=kind, amount_yen=payout.amount_yen,
                day=day, moved_at=clock.day_begins(day),
            )  # fmt: skip
            day += random.choice([0, 1, 4]) * ONE_DAY


def by_hand(owner: Owner) -> list[tuple[date, int]]:
    """Return what the owner has to get, change by change: taken, undone, charged, paid out."""
    changes = []
    for payment in owner.payments.select_related("reversal", "refund"):
        assert payment.amount_yen is not None
        changes.append((payment.business_date, payment.amount_yen))
        undone = getattr(payment, "reversal", None) or getattr(payment, "refund", None)
        if undone is not None:
            at = getattr(undone, "reversed_at", None) or undone.approved_at
            changes.append((clock.business_date(at), -payment.amount_yen))
    for one in Statement.objects.filter(owner=owner):
        changes.append((one.stated_on, -(one.fees_yen + one.tax_yen + one.stamp_yen)))
    for payout in Payout.objects.filter(owner=owner).prefetch_related("moves"):
        days = {move.kind: move.day for move in payout.moves.all()}
        if "paid" in days:
            changes.append((days["paid"], -payout.amount_yen))
            if "returned" in days:
                changes.append((days["returned"], payout.amount_yen))
    return changes


def assert_parts_are_whole(told: Standing) -> None:
    """No part but the carry can be owed by the owner, and what counts nothing sums to nothing."""
    assert told.unconfirmed_count >= 0
    assert told.unconfirmed_yen >= told.unconfirmed_count
    assert told.confirmed_yen >= told.confirmed_count >= 0
    assert min(told.stated_yen, told.in_transit_yen) >= 0
