"""Two people at one payout, on real threads: it leaves the house once, or not at all."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from settlement import zengin
from settlement.models import BankFile, Payee, PayeeNotice, Payout, PayoutFreeze, PayoutMove
from settlement.refusals import (
    AlreadyReissued,
    FreezeLifted,
    NotApproved,
    PayeeProposed,
    PayoutsFrozen,
)
from settlement.services import payouts
from settlement.services.freezes import freeze_payouts, lift_freeze
from settlement.services.payees import approve_payee, propose_payee
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
from smartpit.kernel.errors import MoveRefused
from tests.cast import Cast, jst, make_cast
from tests.threads import in_threads

AT = jst("2026-11-16 10:00")


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return make_cast()


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


def test_an_account_changed_during_the_export_is_not_paid_before_it_holds(cast: Cast):
    """Whoever is first, the account in the file is the one that was approved."""
    approver, operator, checker = person("approver"), person("operator"), person("approver")
    for turn in range(5):
        with clock.frozen(AT):
            former = make_payee(cast.sakura, account_number=f"{turn * 2 + 1}")
            payout = make_payout(cast.sakura, closes_on=AT.date().replace(day=turn + 1))
            approved(payout, approver)
            asked = account(account_number=f"{turn * 2 + 2}")
            proposed = propose_payee(person("operator"), cast.sakura, asked)

        def play(
            place: int, payout: Payout = payout, proposed: Payee = proposed
        ) -> BankFile | Payee:
            with clock.frozen(AT):
                if place:
                    return approve_payee(checker, proposed.pk)
                return export_payouts(operator, [payout.pk])

        exported, changed = in_threads(play, 2)
        assert isinstance(changed, Payee)
        assert isinstance(exported, BankFile)
        payout.refresh_from_db()
        assert former.account_number.encode() in exported.content
        assert payout.payee == former


def test_of_two_who_approve_or_propose_an_account_one_is_first(cast: Cast):
    checkers, makers = [person("approver") for _ in range(4)], [person("operator") for _ in "1234"]
    with clock.frozen(AT):
        make_payee(cast.sakura)

    def propose(place: int) -> Payee:
        with clock.frozen(AT):
            asked = account(account_number=f"{place + 1}")
            return propose_payee(makers[place], cast.sakura, asked)

    outcomes = in_threads(propose, 4)
    assert sum(isinstance(outcome, Payee) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, PayeeProposed) for outcome in outcomes) == 3
    proposed = Payee.objects.get(status="proposed")

    def approve(place: int) -> Payee:
        with clock.frozen(AT):
            return approve_payee(checkers[place], proposed.pk)

    outcomes = in_threads(approve, 4)
    assert sum(isinstance(outcome, Payee) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, MoveRefused) for outcome in outcomes) == 3
    assert PayeeNotice.objects.count() == 1


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


@pytest.mark.parametrize("work", ["change the account", "freeze"])
@pytest.mark.parametrize("step", ["draw_bank_file", "content_sha256"])
def test_an_account_stays_and_nothing_is_frozen_in_the_middle_of_an_approval_or_an_export(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, step: str, work: str
):
    approver, operator, checker = person("approver"), person("operator"), person("approver")
    with clock.frozen(AT):
        payee = make_payee(cast.sakura)
        payout = make_payout(cast.sakura)
        proposed = propose_payee(person("operator"), cast.sakura, account(account_number="1"))
        seen = content_sha256(payout, payee)
        if step == "draw_bank_file":
            approve_payout(approver, payout.pk, seen)
        meanwhile = {
            "change the account": lambda: approve_payee(checker, proposed.pk),
            "freeze": lambda: freeze_payouts(checker, "調査"),
        }[work]
        waiting = _meanwhile(monkeypatch, step, meanwhile)
        if step == "draw_bank_file":
            export_payouts(operator)
        else:
            approve_payout(approver, payout.pk, seen)
    waiting[0].join(60)
    if work == "freeze":
        assert PayoutFreeze.objects.count() == 1
    else:
        assert Payee.objects.filter(status="approved").count() == 2


def test_a_payout_is_out_before_the_freeze_or_not_at_all(cast: Cast):
    approver, operator, stopper = person("approver"), person("operator"), person("operator")
    with clock.frozen(AT):
        make_payee(cast.sakura)
        payout = approved(make_payout(cast.sakura), approver)

    def play(place: int) -> object:
        with clock.frozen(AT):
            if place:
                return freeze_payouts(stopper, "調査")
            return export_payouts(operator, [payout.pk])

    exported, frozen = in_threads(play, 2)
    assert isinstance(frozen, PayoutFreeze)
    payout.refresh_from_db()
    if isinstance(exported, BankFile):
        assert payout.status == "exported"
    else:
        assert isinstance(exported, PayoutsFrozen)
        assert payout.status == "approved"


def test_of_two_who_lift_a_freeze_one_does(cast: Cast):
    freeze = freeze_payouts(person("operator"), "調査")
    lifters = [person("approver") for _ in range(4)]
    outcomes = in_threads(lambda place: lift_freeze(lifters[place], freeze.pk, "済"), 4)
    assert sum(isinstance(outcome, PayoutFreeze) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, FreezeLifted) for outcome in outcomes) == 3


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
