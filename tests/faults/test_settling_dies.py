"""The settlement is killed, with SIGKILL, wherever it can be; whoever runs it again comes to the
same rows and the same bytes as if nothing had happened."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.models import Sum

from billing.models import Event
from billing.services.faxes import complete_fax
from settlement.models import BankFile, Payout, Statement, StatementMail
from settlement.services.accountants import CLAIM_HOLDS
from settlement.services.payouts import export_payouts
from settlement.services.settling import settle
from settlement.tests.payout_cast import approved, make_payee, person
from settlement.tests.scene import at, cast_of, close, day_of, instant, refund, settled
from settlement.zengin import NothingToTransfer
from smartpit.kernel import clock
from tests import databases
from tests.cast import Cast, register
from tests.faults.deadly import in_process
from tests.faults.settled_text import settled_text

Act = Callable[[int], object]
LATER = CLAIM_HOLDS + timedelta(minutes=1)


@pytest.fixture
def cast(committed_db: str) -> Cast:
    return cast_of()


def _world(cast: Cast) -> None:
    """Give two periods something to state, and an invoice its last day."""
    person("accountant", owner=cast.sakura)
    settled(cast.sakura, "11-03", 60_000, tenant="engineering")
    taken_back = settled(cast.sakura, "11-03", 20_000, tenant="dormitory")
    settled(cast.sakura, "11-07", 30_000)
    refund(taken_back, on="11-08")
    with at("11-07"):
        complete_fax(cast.sakura.pk)
        register(cast.sakura, due_on=day_of("11-10"))


def _settle(turn: int) -> None:
    with clock.frozen(instant("11-18") + turn * LATER):
        settle()


def _whole() -> None:
    """Require that no half of a statement is to be seen."""
    for statement in Statement.objects.all():
        assert statement.lines.aggregate(yen=Sum("amount_yen"))["yen"] == statement.fees_yen
        assert statement.sub_statements.exists()
        assert statement.closing.closes_on == statement.closes_on
        paid_yen = statement.payouts.aggregate(yen=Sum("amount_yen"))["yen"]
        assert (paid_yen or 0) == statement.payout_yen
        told = Event.objects.filter(type="statement.closed", body__statement=str(statement.pk))
        assert told.filter(tenant=None).exists()
        assert told.exclude(tenant=None).count() == statement.sub_statements.count()


def _undisturbed(act: Act) -> str:
    """Let ``act`` run in a copy of this world, twice and a claim's while later; return the end."""
    connection.close()  # None but the copier may be in a database that is copied.
    with databases.scratch_copy(str(connection.settings_dict["NAME"])):
        for turn in (0, 0, 90):
            assert not in_process(partial(act, turn)).was_killed
        return settled_text()


def _killed_everywhere(act: Act) -> set[str]:
    """Kill ``act`` at every point of every state it comes to, until it lives; return the states.

    From each state that is seen it would also come to its end without another death, to the same.
    """
    expected, points = _undisturbed(act), set[tuple[str, int]]()
    turn, deaths = 0, 0
    while True:
        before = settled_text()
        _whole()
        if before not in {state for state, _ in points}:
            assert _undisturbed(act) == expected
        point = next(place for place in count(1) if (before, place) not in points)
        points.add((before, point))
        ran = in_process(partial(act, turn), killed_at=point)
        deaths += ran.was_killed
        if not ran.was_killed:
            turn += 1
            assert turn < 30, "it never comes to its end"
            if before == settled_text() == expected:
                break
    assert deaths > 20
    return {state for state, _ in points}


@pytest.mark.fault("D03")
def test_a_settlement_that_is_killed_anywhere_ends_as_if_it_had_lived(
    cast: Cast, settings: LazySettings, tmp_path: Path
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    _world(cast)
    states = _killed_everywhere(_settle)
    assert Statement.objects.count() == 2
    assert not StatementMail.objects.filter(sent_at=None).exists()
    mails = "".join(path.read_text() for path in tmp_path.iterdir())
    assert mails.count("Subject:") >= 2
    # As it was, expired, each period closed, each mail claimed and sent, and what else there is.
    assert len(states) >= 1 + 1 + 2 + 2 * 2


@pytest.mark.fault("D03")
@pytest.mark.fault("E12")
def test_an_export_that_is_killed_anywhere_writes_each_file_once_with_the_same_bytes(cast: Cast):
    _world(cast)
    close("11-18")
    approver, operator = person("approver"), person("operator")
    with at("11-18"):
        make_payee(cast.sakura)
        for payout in Payout.objects.all():
            approved(payout, approver)

    def export(_turn: int) -> None:
        with at("11-18"), suppress(NothingToTransfer):
            while True:
                export_payouts(operator)

    states = _killed_everywhere(export)
    assert len(states) == 3
    assert [len(file.content) for file in BankFile.objects.all()] == [122 * 4] * 2
