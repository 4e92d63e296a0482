"""A sealed day holds its facts; what comes late is sealed later; and every tampering is named."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from settlement import seals
from settlement.models import DaySeal, LateFact
from settlement.seal_anchor import AnchorDiffers
from settlement.seal_anchor import anchor as anchor_line
from settlement.seal_check import broken_seals
from settlement.services.seals import seal_days
from settlement.tasks import sweep_seals
from settlement.tests.scene import at, confirm, day_of, take
from smartpit.platform.home import CHECKOUT
from tests.cast import Cast, make_cast, register
from tests.databases import owner_at
from tests.threads import in_threads

Owner = psycopg.Connection[tuple[object, ...]]
# A seal of version 1 is reckoned anew by this text for ten years: never touch it.
FROZEN = "c84b8e870bdbad1377549e891c1908501f9e1344c257912b23e57ad031ed4c74"

LOOSENED = b"ALTER TABLE billing_payment DROP CONSTRAINT payment_of_an_amount_that_was_asked"


@pytest.fixture
def anchor(settings, tmp_path: Path) -> Path:
    path = tmp_path / "seals" / "anchor.txt"
    settings.SEAL_ANCHOR = path
    return path


@pytest.fixture
def played(committed_db: str, anchor: Path) -> Cast:
    """Two days with facts, a quiet one between, all sealed on the fourth."""
    with at("11-03"):
        cast = make_cast(starts_on=day_of("11-01"))
        first = take(register(cast.sakura, amount_yen=10_000))
    with at("11-05"):
        take(register(cast.sakura, amount_yen=20_000))
        confirm(first, on="11-05")
    with at("11-06"):
        seal_days()
    return cast


@pytest.fixture
def owner(committed_db: str, played: Cast) -> Iterator[Owner]:
    with owner_at(committed_db) as connection:
        yield connection


def change(owner: Owner, table: str, what: str) -> None:
    for words in (
        f"ALTER TABLE {table} DISABLE TRIGGER USER",
        what.replace("$", table),
        f"ALTER TABLE {table} ENABLE TRIGGER USER",
    ):
        owner.execute(words.encode())


def first_broken() -> str:
    out = StringIO()
    with suppress(SystemExit):
        call_command("seal", "--verify", stdout=out)
    return out.getvalue()


def test_every_day_is_sealed_once_also_the_quiet_ones_and_all_hold(played: Cast, anchor: Path):
    assert [str(seal.day) for seal in DaySeal.objects.order_by("day")] == [
        "2026-11-03",
        "2026-11-04",
        "2026-11-05",
    ]
    assert DaySeal.objects.get(day="2026-11-04").facts_count == 0
    assert anchor.read_text().count("\n") == 3
    assert anchor.stat().st_mode & 0o077 == 0
    with at("11-06"):
        assert seal_days() == []
    assert first_broken() == "ok 3 日  最後の封印 2026-11-05\n"


def test_the_sweep_and_the_command_seal_what_a_standstill_left_out(played: Cast):
    with at("11-08"):
        sweep_seals()
    with at("11-09"):
        out = StringIO()
        call_command("seal", stdout=out)
    assert out.getvalue().startswith("2026-11-08 ")
    assert DaySeal.objects.count() == 6


def test_nothing_is_sealed_where_nothing_was_written(committed_db: str, anchor: Path):
    assert seal_days() == []
    assert first_broken().startswith("ok 0 日")


def test_of_many_who_seal_at_once_each_day_is_sealed_once(played: Cast, anchor: Path):
    def seal_later(_place: int) -> list[DaySeal]:
        with at("11-09"):
            return seal_days()

    done = in_threads(seal_later, 4)
    assert sorted(map(len, done)) in ([0, 0, 0, 3],)  # type: ignore[arg-type]
    assert DaySeal.objects.count() == 6
    assert anchor.read_text().count("\n") == 6
    assert broken_seals_now() == []


def test_who_looks_while_a_day_is_being_sealed_sees_nothing_broken(
    played: Cast, monkeypatch: pytest.MonkeyPatch
):
    """For a moment the anchor is a line ahead; an audit then would freeze every payout."""
    is_ahead = Event()

    def anchor_slowly(*words: Any) -> None:
        anchor_line(*words)
        is_ahead.set()
        time.sleep(0.5)

    monkeypatch.setattr("settlement.services.seals.anchor", anchor_slowly)

    def work(place: int) -> list[str]:
        if place == 0:
            with at("11-07"):
                return [str(seal.day) for seal in seal_days()]
        assert is_ahead.wait(30)
        return [first_broken()]

    assert in_threads(work, 2) == [["2026-11-06"], ["ok 4 日  最後の封印 2026-11-06\n"]]


def broken_seals_now() -> list[str]:
    with transaction.atomic(durable=True):
        return [str(one) for one in broken_seals()]


def test_a_late_fact_is_taken_and_sealed_with_the_next_day(played: Cast):
    with at("11-05"):
        late = take(register(played.sakura, amount_yen=30_000))
    assert [(row.kind, row.fact_id, str(row.day)) for row in LateFact.objects.all()] == [
        ("payment", str(late.pk), "2026-11-06")
    ]
    assert first_broken().startswith("ok 3 日")
    with at("11-07"):
        seal_days()
    assert DaySeal.objects.get(day="2026-11-06").facts_count == 1
    assert first_broken().startswith("ok 4 日")


@pytest.mark.parametrize(
    ("day", "table", "what"),
    [
        ("2026-11-05", "billing_payment", "UPDATE $ SET amount_yen = 1 WHERE amount_yen = 20000"),
        ("2026-11-03", "billing_payment", "UPDATE $ SET receipt = 'R' WHERE amount_yen = 10000"),
        ("2026-11-03", "billing_payment", "UPDATE $ SET booked_at = '2026-11-04'"),
        ("2026-11-05", "billing_confirmation", "DELETE FROM $"),
        ("2026-11-04", "settlement_dayseal", "UPDATE $ SET facts_count = 1 WHERE facts_count = 0"),
        ("2026-11-04", "settlement_dayseal", "DELETE FROM $ WHERE facts_count = 0"),
        ("2026-11-05", "settlement_dayseal", "DELETE FROM $ WHERE day = '2026-11-05'"),
        ("2026-11-03", "settlement_dayseal", "DELETE FROM $ WHERE day = '2026-11-03'"),
        (
            "2026-11-05",
            "settlement_latefact",
            (
                "INSERT INTO $ (kind, fact_id, day) SELECT 'payment', id, '2026-11-07' "
                "FROM billing_payment WHERE amount_yen = 20000"
            ),
        ),
    ],
)
def test_the_first_day_that_was_tampered_with_is_named(
    owner: Owner, day: str, table: str, what: str
):
    owner.execute(LOOSENED)
    change(owner, table, what)
    assert first_broken().startswith(f"NG {day}: ")


def test_a_fact_slipped_into_a_sealed_day_past_its_trigger_is_named(owner: Owner):
    change(
        owner,
        "billing_payment",
        "CREATE TABLE twin AS SELECT * FROM billing_payment WHERE amount_yen = 10000;"
        "UPDATE twin SET id = gen_random_uuid(), receipt = 'TWIN', status = 'reversed';"
        "INSERT INTO billing_payment SELECT * FROM twin",
    )
    assert "2026-11-03: 記録は 2 件、封印は 1 件" in first_broken()


def test_a_day_sealed_anew_over_changed_facts_is_given_away_by_the_anchor(
    owner: Owner, anchor: Path
):
    owner.execute(LOOSENED)
    change(owner, "billing_payment", "UPDATE billing_payment SET amount_yen = amount_yen + 1")
    change(owner, "settlement_dayseal", "DELETE FROM settlement_dayseal")
    with at("11-06"), pytest.raises(AnchorDiffers):
        seal_days()
    kept = anchor.read_bytes()
    anchor.unlink()
    with at("11-06"):
        seal_days()
    assert first_broken().startswith("ok")  # All is forged, but for the file kept elsewhere.
    anchor.write_bytes(kept)
    assert "NG 2026-11-03: 封印が控えのファイルと違う" in first_broken()
    with at("11-07"), pytest.raises(CommandError, match="控えのファイル"):
        call_command("seal")


@pytest.mark.parametrize(
    ("tamper", "day"),
    [
        (lambda text: text.replace("2026-11-04 ", "2026-11-04 0"), "2026-11-04"),
        (lambda text: text[: text.index("2026-11-05")], "2026-11-05"),
        (lambda text: text + f"2026-11-06 {'0' * 64}\n", "2026-11-06"),
        (lambda _: "", "2026-11-03"),
    ],
)
def test_a_changed_anchor_is_named_by_its_day(played: Cast, anchor: Path, tamper, day: str):
    anchor.write_text(tamper(anchor.read_text()))
    with pytest.raises(SystemExit, match="1"):
        call_command("seal", "--verify", stdout=StringIO())
    assert first_broken().startswith(f"NG {day}: ")


def test_a_run_killed_between_anchor_and_commit_is_taken_up_by_the_next(owner: Owner, anchor: Path):
    change(
        owner,
        "settlement_dayseal",
        "DELETE FROM settlement_dayseal WHERE day = '2026-11-05'",
    )
    for kept in (anchor.read_text(), anchor.read_text()[:-40]):
        anchor.write_text(kept)
        with at("11-06"):
            seal_days()
        assert first_broken().startswith("ok 3 日")
        change(
            owner,
            "settlement_dayseal",
            "DELETE FROM settlement_dayseal WHERE day = '2026-11-05'",
        )


def test_a_day_waits_for_a_writer_that_could_not_see_its_mark(
    played: Cast, owner: Owner, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("settlement.services.seals.QUIET_WITHIN_SECONDS", 0.2)
    with at("11-07"), owner.transaction():
        owner.execute(
            b"CREATE TABLE slow (id int)"  # Any writer: it holds a number of a transaction.
        )
        assert seal_days() == []
    with at("11-07"):
        assert [seal.day for seal in seal_days()] == [date(2026, 11, 6)]


def test_the_text_of_version_1_is_frozen():
    text = (CHECKOUT / "settlement" / f"sealed_facts_{seals.VERSION}.sql").read_bytes()
    assert hashlib.sha256(text).hexdigest() == FROZEN
