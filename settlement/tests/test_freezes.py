"""凍結 and 支払保留: what stops payouts, and never a till."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from billing.models import Payment
from billing.services.payments import receive_payment
from settlement.books import trial_balance
from settlement.models import Payout, PayoutFreeze, PayoutHold
from settlement.refusals import (
    FreezeLifted,
    FreezeLiftedByItsMaker,
    PayoutsFrozen,
    ReasonMissing,
)
from settlement.services.freezes import freeze_payouts, lift_freeze
from settlement.services.payouts import export_payouts, hold_payout, mark_paid, release_payout
from settlement.tests.payout_cast import approved, make_payee, make_payout, person
from settlement.tests.scene import at
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.access import NotAllowed, NotFound
from tenants.models import Staff
from tenants.passwords import PasswordNotOwn
from tests.cast import Cast, code_of, jst, notice, payment_body, register, till

REASON = "試算表の不一致"


def refuses(act: object, refusal: type[DomainError] = PayoutsFrozen) -> None:
    with pytest.raises(refusal):
        act()  # type: ignore[operator]


# Frozen


def test_while_all_is_frozen_nothing_is_approved_or_exported(
    cast: Cast, payout: Payout, approver: Staff, operator: Staff
):
    make_payee(cast.aoba)
    ours = approved(make_payout(cast.aoba), approver)
    freeze = freeze_payouts(operator, REASON)
    refuses(lambda: approved(payout, approver))
    refuses(lambda: export_payouts(operator))
    refuses(lambda: export_payouts(operator, [ours.pk]))
    assert PayoutsFrozen.code == "payouts_frozen"
    lift_freeze(approver, freeze.pk, "原因を確認した")
    approved(payout, approver)
    assert export_payouts(operator).count == 2


def test_a_freeze_of_one_owner_stops_no_other(
    cast: Cast, payout: Payout, approver: Staff, operator: Staff
):
    make_payee(cast.aoba)
    theirs = make_payout(cast.aoba)
    freeze_payouts(operator, "差押え", cast.sakura)
    refuses(lambda: approved(payout, approver))
    approved(theirs, approver)
    assert export_payouts(operator).count == 1


def test_an_owner_frozen_after_the_approval_keeps_no_others_money_back(
    cast: Cast, payout: Payout, approver: Staff, operator: Staff
):
    make_payee(cast.aoba)
    theirs = approved(make_payout(cast.aoba), approver)
    approved(payout, approver)
    freeze = freeze_payouts(operator, "差押え", cast.sakura)
    refuses(lambda: export_payouts(operator, [payout.pk, theirs.pk]))
    assert [sent.pk for sent in export_payouts(operator).payouts.all()] == [theirs.pk]
    refuses(lambda: export_payouts(operator))
    lift_freeze(approver, freeze.pk, "済")
    assert [sent.pk for sent in export_payouts(operator).payouts.all()] == [payout.pk]


def test_one_freeze_that_is_lifted_leaves_the_other(
    cast: Cast, payout: Payout, approver: Staff, operator: Staff
):
    of_all, of_one = freeze_payouts(operator, REASON), freeze_payouts(None, "差押え", cast.sakura)
    lift_freeze(approver, of_all.pk, "済")
    refuses(lambda: approved(payout, approver))
    lift_freeze(approver, of_one.pk, "済")
    assert approved(payout, approver).status == "approved"


def test_tills_go_on_while_payouts_are_frozen(cast: Cast, operator: Staff):
    freeze_payouts(operator, REASON)
    freeze_payouts(operator, REASON, cast.sakura)
    invoice = register(cast.sakura)
    answer = till(cast.lawson).post("payments", payment_body(invoice))
    assert answer.status_code == 201
    assert Payment.objects.get().status == "reported"
    receive_payment(notice(register(cast.sakura, repeats=True)))
    unknown = till(cast.lawson).post("inquiries", {"store": "1", "terminal": "1", "number": "0"})
    assert code_of(unknown)[0] in (404, 422)


def test_what_has_left_the_house_is_still_noted_while_frozen(
    payout: Payout, approver: Staff, operator: Staff
):
    with at("11-16"):
        approved(payout, approver)
        export_payouts(operator)
        freeze_payouts(operator, REASON)
    with at("11-20"):
        assert mark_paid(operator, payout.pk).status == "paid"


def test_a_freeze_says_who_and_why_and_is_lifted_by_another(operator: Staff, approver: Staff):
    refuses(lambda: freeze_payouts(operator, " "), ReasonMissing)
    freeze = freeze_payouts(operator, REASON)
    refuses(lambda: lift_freeze(operator, freeze.pk, "済"), FreezeLiftedByItsMaker)
    refuses(lambda: lift_freeze(approver, freeze.pk, ""), ReasonMissing)
    lift_freeze(approver, freeze.pk, "済")
    refuses(lambda: lift_freeze(approver, freeze.pk, "済"), FreezeLifted)
    refuses(lambda: lift_freeze(approver, 99_999, "済"), NotFound)
    refuses(lambda: lift_freeze(approver, "x", "済"), NotFound)
    kept = PayoutFreeze.objects.get()
    assert (kept.frozen_by, kept.reason) == (operator, REASON)
    assert (kept.lifted_by, kept.lifted_reason) == (approver, "済")


def test_an_auditor_or_an_owner_neither_freezes_nor_lifts(cast: Cast, operator: Staff):
    freeze = freeze_payouts(operator, REASON)
    for staff in (person("auditor"), person("administrator", owner=cast.sakura)):
        refuses(lambda staff=staff: freeze_payouts(staff, REASON), NotAllowed)
        refuses(lambda staff=staff: lift_freeze(staff, freeze.pk, "済"), NotAllowed)


def test_an_account_whose_password_another_set_lifts_nothing(operator: Staff, approver: Staff):
    freeze = freeze_payouts(operator, REASON)
    approver.set_password("known to another")
    approver.save(update_fields=["password"])
    refuses(lambda: lift_freeze(approver, freeze.pk, "済"), PasswordNotOwn)


def test_the_database_too_wants_another_person_and_a_reason(operator: Staff):
    freeze = freeze_payouts(operator, REASON)
    rows = PayoutFreeze.objects.filter(pk=freeze.pk)
    for words, truth in (
        (
            {"lifted_at": clock.now(), "lifted_by": operator, "lifted_reason": "x"},
            "freeze_is_lifted_by_another",
        ),
        ({"lifted_at": clock.now()}, "freeze_lifted_says_why"),
    ):
        with pytest.raises(IntegrityError, match=truth), transaction.atomic():
            rows.update(**words)


# The console


def told(*words: str) -> str:
    out = StringIO()
    call_command("freeze", *words, stdout=out)
    return out.getvalue()


def test_the_console_freezes_and_lists_but_lifts_nothing(cast: Cast, approver: Staff):
    assert told() == "凍結はありません。\n"
    with clock.frozen(jst("2026-11-16 10:00")):
        said = told("--reason", REASON, "--owner", "sakura")
    assert said == f"凍結中 2026-11-16 10:00 学校法人さくら学園: {REASON}（コンソール）\n"
    assert "全社: 停電" in told("--reason", "停電")
    assert PayoutFreeze.objects.get(owner=cast.sakura).frozen_by is None
    with pytest.raises(CommandError, match="理由"):
        told("--owner", "sakura")
    with pytest.raises(CommandError, match="nobody"):
        told("--reason", "x", "--owner", "nobody")
    for freeze in PayoutFreeze.objects.all():
        lift_freeze(approver, freeze.pk, "済")
    assert told() == "凍結はありません。\n"


# Held


@pytest.mark.fault("E17")
def test_a_held_payout_stays_owed_and_says_why(payout: Payout, approver: Staff, operator: Staff):
    owed_yen = trial_balance()
    refuses(lambda: hold_payout(operator, payout.pk, " "), ReasonMissing)
    hold_payout(operator, payout.pk, "破産手続開始の通知")
    assert trial_balance() == owed_yen
    refuses(lambda: export_payouts(operator, [payout.pk]), DomainError)
    kept = PayoutHold.objects.get()
    assert (kept.held_by, kept.reason, kept.released_at) == (operator, "破産手続開始の通知", None)
    release_payout(approver, payout.pk)
    kept.refresh_from_db()
    assert kept.released_by == approver
    assert kept.released_at is not None
    hold_payout(operator, payout.pk, "もう一度")
    assert PayoutHold.objects.count() == 2
