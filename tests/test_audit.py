"""The audit is green on a healthy world, and each tampering turns the right check red."""

import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from settlement.services.matching import match_chain_files
from settlement.services.seals import seal_days
from settlement.tests.scene import at
from smartpit.platform.home import CHECKOUT
from smartpit.web.audit.checks import CHECKS, audit
from smartpit.web.audit.finding import Claims, Finding, ask, count_of
from tests import databases
from tests.books_world import make_world
from tests.notified_world import notify_two_endpoints
from tests.tampered_bank import OF_THE_BANK
from tests.tampered_claims import OF_CLAIMS
from tests.tampered_deliveries import OF_THE_DELIVERIES
from tests.tampered_events import OF_THE_EVENTS
from tests.tampered_keys import OF_THE_KEYS
from tests.tampered_refunds import OF_REFUNDS
from tests.tampered_schema import OF_THE_SCHEMA
from tests.tampered_seals import OF_THE_SEALS
from tests.tampered_sides import OF_THE_SIDES
from tests.tamperings import OF_ROWS

OF_WHAT_WAS_TOLD = OF_THE_EVENTS | OF_THE_DELIVERIES
OF_THE_MONEY = OF_ROWS | OF_REFUNDS | OF_THE_BANK
TAMPERINGS = (
    OF_THE_MONEY | OF_WHAT_WAS_TOLD | OF_THE_KEYS | OF_THE_SCHEMA | OF_THE_SEALS | OF_THE_SIDES
)
Owner = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def world(
    database_template: str,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Make the world once, sealed; each test tampers with a copy of its own."""
    anchor = tmp_path_factory.mktemp("seals") / "anchor.txt"
    with (
        django_db_blocker.unblock(),
        databases.scratch_copy(database_template) as name,
        override_settings(SEAL_ANCHOR=anchor),
    ):
        cast = make_world()
        with at("12-01"):
            notify_two_endpoints(cast)
        with at("12-02"):
            match_chain_files()
            seal_days()
        connections.close_all()
        yield name


@pytest.fixture
def owner(world: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Owner]:
    """Point at a fresh copy of the world, and lend its owner, who may tamper."""
    with (
        at("12-02"),
        django_db_blocker.unblock(),
        databases.scratch_copy(world) as copy,
        databases.owner_at(copy) as connection,
    ):
        yield connection


def red() -> set[str]:
    return {verdict.check.name for verdict in audit() if not verdict.is_ok}


def test_a_healthy_world_is_green_and_every_check_has_looked(owner: Owner):
    for verdict in audit():
        assert verdict.finding.faults == (), verdict.check.name
        assert verdict.finding.looked_at > 0, verdict.check.name


def test_an_empty_world_is_green(committed_db: str, tmp_path: Path):
    with override_settings(SEAL_ANCHOR=tmp_path / "anchor.txt"):
        assert red() == set()


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_turns_the_right_checks_red(owner: Owner, tampering: str):
    statements, expected = TAMPERINGS[tampering]
    for statement in statements:
        owner.execute(statement.encode())
    # What was sealed breaks its seal as well; a tampering names it where nothing else is red.
    assert red() - {"seals"} == expected - {"seals"}
    assert ("seals" in expected) <= ("seals" in red())


def test_each_single_claim_is_missed_by_some_tampering(owner: Owner):
    for statements in OF_CLAIMS.values():
        for statement in statements:
            owner.execute(statement.encode())
    told = {verdict.check.name: " ".join(verdict.finding.faults) for verdict in audit()}
    assert [claim for claim in OF_CLAIMS if claim[1] not in told[claim[0]]] == []


@pytest.mark.fault("D05")
def test_a_server_that_may_lose_commits_is_red_outside_the_tests(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
):
    assert "durability" not in red()
    monkeypatch.setattr(settings, "DATABASE_IS_DURABLE", True)
    assert red() == {"durability"}


def test_each_check_is_turned_red_by_some_tampering():
    """A check that leaves the table, or comes into it untried, is missed here."""
    named = {name for _, expected in TAMPERINGS.values() for name in expected} | {"durability"}
    assert {check.name for check in CHECKS} == named
    assert len(CHECKS) == len(named)


def test_forty_corruptions_of_rows_and_more_are_seeded():
    """Each is found and by the right checks, as tried above; in the healthy world none is."""
    assert len(OF_THE_MONEY | OF_WHAT_WAS_TOLD | OF_THE_KEYS | OF_THE_SEALS) >= 40


def test_the_page_names_what_looks_at_each_invariant_of_the_list():
    page = (CHECKOUT / "docs" / "audit.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (V\d\d) \| .* \| (.+) \|$", page, flags=re.MULTILINE)
    assert [name for name, _ in rows] == [f"V{number:02}" for number in range(1, 24)]
    named = {check for _, checks in rows for check in re.findall(r"`(\w+)`", checks)}
    assert named <= {check.name for check in CHECKS}
    assert all("`" in checks for _, checks in rows)


def test_a_claim_that_is_unknown_is_a_fault_like_one_that_is_false(owner: Owner):
    rows = "(VALUES (1, TRUE), (2, FALSE), (3, NULL)) v (id, holds)"
    finding = Claims(rows, key="v.id", hold={"x": "v.holds", "y": "TRUE", "z": "v.holds"}).look()
    assert finding == Finding(3, ("2: x、z", "3: x、z"))


def test_a_check_that_looked_at_too_little_or_broke_off_is_red(owner: Owner):
    check = next(check for check in CHECKS if check.name == "payment_amounts")
    (blind,) = audit((replace(check, there_are=lambda: 1_000),))
    assert blind.finding.faults[0].startswith("1000 件のうち")

    def broken() -> int:
        raise ValueError

    verdicts = audit((replace(check, there_are=broken), check))
    assert [verdict.is_ok for verdict in verdicts] == [False, True]


def test_the_audit_sees_one_instant_and_writes_nothing(owner: Owner):
    check = next(check for check in CHECKS if check.name == "payment_states")

    def commit_meanwhile() -> Finding:
        owner.execute("DELETE FROM billing_case")
        return Finding(1)

    def count() -> Finding:
        return Finding(count_of("billing_case"))

    def write() -> Finding:
        return Finding(len(ask("DELETE FROM billing_case RETURNING id")))

    looks = (count, commit_meanwhile, count, write)
    before, _, after, written = audit(
        tuple(replace(check, look=look, there_are=lambda: 0) for look in looks)
    )
    assert before.finding == after.finding
    assert before.finding.looked_at > 0
    assert "read-only" in written.finding.faults[0]


def test_the_page_about_the_audit_names_every_check():
    page = (CHECKOUT / "docs" / "audit.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE) == [
        check.name for check in CHECKS
    ]


def test_the_command_prints_a_line_a_check_and_ends_well(owner: Owner):
    out = StringIO()
    call_command("audit", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == len(CHECKS)
    assert all(line.startswith("ok ") for line in lines)


def test_the_command_says_what_is_wrong_and_ends_with_one(owner: Owner):
    owner.execute("ALTER TABLE billing_payment DISABLE TRIGGER payment_append_only_row")
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("audit", stdout=out)
    assert ended.value.code == 1
    lines = out.getvalue().splitlines()
    (at,) = [place for place, line in enumerate(lines) if line.startswith("NG")]
    assert "append_only" in lines[at]
    assert "billing_payment" in lines[at + 1]
