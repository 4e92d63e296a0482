"""Two people at one payout, on real threads: it leaves the house once, or not at all."""

import pytest

from settlement.models import BankFile, Payee, Payout, PayoutMove
from settlement.refusals import AlreadyReissued, ContentChanged, NotApproved
from settlement.services.payees import set_payee
from settlement.services.payouts import export_payouts, reissue, take_back
from settlement.tests.payout_cast import account, approved, make_payee, make_payout, person
from settlement.zengin import NothingToTransfer
from smartpit.kernel import clock
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
        payouts = []
        for owner in (cast.sakura, cast.aoba):
            make_payee(owner)
            payouts.append(approved(make_payout(owner), approver))
    ids = [payout.pk for payout in payouts]

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
