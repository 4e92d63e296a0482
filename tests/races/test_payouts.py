"""Two people at one payout, on real threads: it leaves the house once, or not at all."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from settlement import zengin
from settlement.models import BankFile, Payee, Payout, PayoutMove
from settlement.refusals import AlreadyReissued, ContentChanged, NotApproved
from settlement.services import payouts
from settlement.services.payees import set_payee
from settlement.services.payouts import (
    approve_payout,
    content_sha256,
    export_payouts,
    reissue,
    take_back,
)
from settlement.tests.payout_cast import account, approved, make_payee, make_payout, person
from settlement.zengin import NothingToTransfer
from smartpit.kernel import clock
from tests.cast import Cast, jst, make_cast
from tests.threads import in_threads

AT = jst("2026-11-16 10:00")


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


@pytest.mark.fault("E12")
@pytest.mark.parametrize("named", ["by id", None])
def test_of_two_exporters_one_writes_the_file(cast: Cast, named: str | None):
    approver, operators = person("approver"), [person("operator") for _ in range(4)]
    with clock.frozen(AT):
        approvals = []
        for owner in (cast.sakura, cast.aoba):
            make_payee(owner)
            approvals.append(approved(make_payout(owner), approver))
    ids = [payout.pk for payout in approvals]

    def export(place: int) -> BankFile:
        wanted = ids if place % 2 else ids[::-1]
        with clock.frozen(AT):
            return export_payouts(operators[place], wanted if named else None)

    outcomes = in_threads(export, 4)
    assert sum(isinstance(outcome, BankFile) for outcome in outcomes) == 1
    refused = NotApproved if named else NothingToTransfer
    assert sum(isinstance(outcome, refused) for outcome in outcomes) == 3
    assert BankFile.objects.get().payouts.count() == 2
    assert PayoutMove.objects.count() == 2


def test_an_account_changed_during_the_export_is_never_paid_unapproved(cast: Cast):
    """Whoever is first, the account in the file is the one that was approved."""
    approver, operator, clerk = person("approver"), person("operator"), person("operator")
    for turn in range(5):
        with clock.frozen(AT):
            former = make_payee(cast.sakura, account_number=f"{turn * 2 + 1}")
            payout = make_payout(cast.sakura, closes_on=AT.date().replace(day=turn + 1))
            approved(payout, approver)

        def play(place: int, turn: int = turn, payout: Payout = payout) -> BankFile | Payee:
            with clock.frozen(AT):
                if place:
                    asked = account(account_number=f"{turn * 2 + 2}")
                    return set_payee(clerk, cast.sakura, asked)
                return export_payouts(operator, [payout.pk])

        exported, changed = in_threads(play, 2)
        assert isinstance(changed, Payee)
        payout.refresh_from_db()
        if isinstance(exported, BankFile):
            assert former.account_number.encode() in exported.content
            assert payout.payee == former
        else:
            assert isinstance(exported, ContentChanged)
            assert payout.status == "approved"


def _meanwhile(
    monkeypatch: pytest.MonkeyPatch, name: str, work: Callable[[], object]
) -> list[Thread]:
    """Let ``work`` try its luck in the middle of ``payouts.<name>``, and note if it got through."""
    true_step = getattr(payouts, name)
    started: list[Thread] = []

    def step(*words: Any) -> Any:
        if not started:
            started.append(Thread(target=in_threads, args=(lambda _place: work(), 1)))
            started[0].start()
            started[0].join(0.3)
            assert started[0].is_alive(), "it did not wait"
        return true_step(*words)

    monkeypatch.setattr(payouts, name, step)
    return started


@pytest.mark.parametrize("step", ["draw_bank_file", "content_sha256"])
def test_an_account_stays_still_while_it_is_approved_and_while_its_file_is_written(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, step: str
):
    approver, operator, clerk = person("approver"), person("operator"), person("operator")
    with clock.frozen(AT):
        payee = make_payee(cast.sakura)
        payout = make_payout(cast.sakura)
        seen = content_sha256(payout, payee)
        if step == "draw_bank_file":
            approve_payout(approver, payout.pk, seen)
        changed = account(account_number="1")
        waiting = _meanwhile(monkeypatch, step, lambda: set_payee(clerk, cast.sakura, changed))
        if step == "draw_bank_file":
            export_payouts(operator)
        else:
            approve_payout(approver, payout.pk, seen)
    waiting[0].join(60)
    assert Payee.objects.count() == 2


def test_two_files_of_one_day_written_at_once_have_two_names(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    approver, operators = person("approver"), [person("operator") for _ in range(2)]
    together = Barrier(2)
    true_writer = zengin.transfer_file

    def writer(*words: Any) -> bytes:
        together.wait(60)
        return true_writer(*words)

    monkeypatch.setattr(zengin, "transfer_file", writer)
    with clock.frozen(AT):
        ids = []
        for owner in (cast.sakura, cast.aoba):
            make_payee(owner)
            ids.append(approved(make_payout(owner), approver).pk)

    def export(place: int) -> BankFile:
        with clock.frozen(AT):
            return export_payouts(operators[place], [ids[place]])

    outcomes = in_threads(export, 2)
    assert all(isinstance(outcome, BankFile) for outcome in outcomes)
    assert len({bank_file.name for bank_file in BankFile.objects.all()}) == 2


def test_a_returned_payout_is_reissued_once(cast: Cast):
    operator = person("operator")
    with clock.frozen(AT):
        make_payee(cast.sakura)
        payout = approved(make_payout(cast.sakura), person("approver"))
        export_payouts(operator)
        take_back(operator, payout.pk, "口座なし")
    outcomes = in_threads(lambda _place: reissue(operator, payout.pk), 4)
    assert sum(isinstance(outcome, Payout) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyReissued) for outcome in outcomes) == 3
