"""センター管理: a story is played by a child in a database of its own, and shown to people."""

import fcntl
import json
import subprocess
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from psycopg import sql
from psycopg.conninfo import make_conninfo

from settlement.tests.payout_cast import person
from smartpit.kernel import schema
from smartpit.kernel.scratch import drop_database
from smartpit.platform.connections import connections as addresses
from smartpit.platform.home import CHECKOUT
from smartpit.web import admin
from smartpit.web.story import child
from smartpit.web.story.child import (
    Limits,
    StoryBroke,
    StoryFaulty,
    StoryRunning,
    StoryTooLarge,
    StoryTooLong,
    StoryTooSlow,
    played,
)
from smartpit.web.story.shown import events_shown, fault_in_words, statement_shown
from tests.cast import Cast, make_cast
from tests.people import sign_in_as

WORKED = (CHECKOUT / "docs" / "examples" / "worked.json").read_bytes()
PAGE = "/admin/story/"


@pytest.fixture
def server(database_template: str, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def long_story(count: int) -> bytes:
    told = json.loads(WORKED)
    told["events"] += [{"at": "2026-11-05T12:00:00+09:00", "do": "fax"}] * count
    return json.dumps(told).encode()


def owner_at(**words: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(make_conninfo(**addresses(settings.HOME).owner | words))


def rows_of(database: str) -> dict[str, object]:
    """Count the rows of every table of a database."""
    with owner_at(dbname=database) as owner:
        tables = owner.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        counts = [owner.execute(f"SELECT count(*) FROM {name}".encode()) for (name,) in tables]
        found = [count.fetchone() for count in counts]
    return {str(name): count for (name,), count in zip(tables, found, strict=True)}


@pytest.fixture(autouse=True)
def own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Lend the one place where a story is played: tests that run beside this one have theirs."""
    monkeypatch.setattr(child, "folder", lambda *_names: tmp_path)
    return tmp_path


@pytest.fixture
def pids(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the children that are started."""
    started: list[int] = []
    true_start = subprocess.Popen

    def start(*words: Any, **named: Any) -> "subprocess.Popen[bytes]":
        running = true_start(*words, **named)
        started.append(running.pid)
        return running

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def copies_of(pids: list[int]) -> list[object]:
    """Return the scratch databases these processes left."""
    pattern = f"^smartpit_scratch_[0-9]+_({'|'.join(map(str, pids)) or 'none'})_"
    with owner_at() as owner:
        found = owner.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [pattern])
        return [row[0] for row in found]


@pytest.fixture
def live(committed_db: str, database_template: str) -> Iterator[str]:
    """Lend a database with the cast in it as the live one, with the template of its stories."""
    make_cast()
    with owner_at() as owner:
        owner.autocommit = True
        found = owner.execute("SELECT oid FROM pg_database WHERE datname = %s", [committed_db])
        (oid,) = found.fetchone() or ("",)
        blank = f"smartpit_blank_{oid}_{schema.fingerprint()[:16]}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        owner.execute(create.format(sql.Identifier(blank), sql.Identifier(database_template)))
        yield committed_db
        drop_database(owner, blank)


def test_the_live_database_is_not_touched(live: str, tmp_path: Path) -> None:
    """After the story each of its tables is as before."""
    address = addresses(settings.HOME).owner
    before = rows_of(live)
    assert before["tenants_owner"] != (0,)
    url = f"postgresql:///{live}?host={address['host']}&user={address['user']}"
    environment = {"DATABASE_URL": url, "SMARTPIT_HOME": str(tmp_path / "home")}
    told = played(WORKED, environment=environment)
    assert told["statements"][0]["payout_yen"] == 117_742
    assert rows_of(live) == before


@pytest.mark.parametrize(
    ("body", "limits", "refusal"),
    [
        (b"{", Limits(), StoryFaulty),
        (b" " * (child.STORY_BYTES_MAX + 1), Limits(), StoryTooLarge),
        (long_story(14_000), Limits(seconds=3), StoryTooSlow),
        (WORKED, Limits(answer_bytes=100), StoryTooLong),
        (WORKED, Limits(memory_bytes=50_000_000), StoryBroke),
    ],
    ids=["bad", "large", "slow", "long", "memory"],
)
def test_what_a_story_may_take_is_bounded(
    server: None, pids: list[int], body: bytes, limits: Limits, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        played(body, limits)
    assert copies_of(pids) == []
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_one_story_is_played_at_a_time(server: None, own_place: Path) -> None:
    with (own_place / "story.lock").open("w") as place:
        fcntl.flock(place, fcntl.LOCK_EX)
        with pytest.raises(StoryRunning):
            played(WORKED)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("file: json", "JSONとして読めません"),
        ("events[6]: do: unknown", "7番目の出来事のdo: 知らない項目または言葉です"),
        ("owner: unknown_plan", "owner: 知らないプランです"),
        (
            "events: required, settle_until: required",
            "events: ありません。settle_until: ありません",
        ),
        ("owner: tenants: code stands twice", "ownerのtenants: 同じコードが2つあります"),
        ("events[0]: not_an_object", "1番目の出来事: オブジェクトではありません"),
        ("x: never heard of", "x: never heard of"),
    ],
)
def test_a_fault_of_the_file_is_said_in_words(line: str, words: str) -> None:
    assert fault_in_words(line) == words


def test_events_stand_in_the_order_they_were_played() -> None:
    told = {
        "events": [
            {"at": "2026-11-02T10:00:00+09:00", "do": "pay", "ref": "A", "receipt": "1"},
            {"at": "2026-11-01T10:00:00Z", "do": "confirm", "receipts": ["1", "2"]},
            {"at": "2026-11-01T09:00:00+09:00", "do": "register_invoice", "ref": "A",
             "amount_yen": 1_000, "repeats": True},
        ]
    }  # fmt: skip
    outcomes = [
        {"ok": True, "version": 1, "status": "open"},
        {"ok": False, "code": "not_reported"},
        {"ok": True, "status": "reported", "replayed": True},
    ]
    shown = events_shown(json.dumps(told).encode(), outcomes)
    assert [(one.word, one.words, one.is_ok, one.outcome) for one in shown] == [
        ("請求を登録", "請求 A、金額 1,000円、リピート あり", True, "受付中、第1版"),
        ("確報", "レシート 1・2", False, "not_reported"),
        ("収納", "請求 A、レシート 1", True, "速報、再送（記録済）"),
    ]


STATEMENT = {
    "closes_on": "2026-11-05", "stated_on": "2026-11-13", "pays_on": "2026-11-20",
    "payments_count": 3, "gross_yen": 119_999, "fees_yen": 1_870, "tax_yen": 187,
    "stamp_yen": 200, "carried_in_yen": 0, "payout_yen": 117_742, "carried_out_yen": 0,
    "owner_margin_yen": 117_742, "tenants": [],
    "lines": [
        {"kind": "payment", "count": 3, "unit_yen": 120, "amount_yen": 360},
        {"kind": "transfer", "count": 1, "unit_yen": 1_500, "amount_yen": 1_500},
        {"kind": "fax", "count": 1, "unit_yen": 10, "amount_yen": 10},
    ],
}  # fmt: skip


def test_a_statement_falls_from_gross_to_payout_and_one_that_does_not_sum_is_not_shown() -> None:
    shown = statement_shown(STATEMENT)
    assert ("収納手数料 3件", -360, False) in shown.falls
    assert shown.falls[-1] == ("精算入金額", 117_742, True)
    assert sum(amount_yen for _, amount_yen, _ in shown.falls[:-1]) == 117_742
    with pytest.raises(AssertionError):
        statement_shown(STATEMENT | {"payout_yen": 117_743})


# The page


@pytest.fixture
def client(cast: Cast) -> Client:
    return sign_in_as(person("operator"))


def test_a_pasted_and_a_sent_story_are_shown(client: Client) -> None:
    for words in ({"text": WORKED.decode()}, {"file": SimpleUploadedFile("s.json", WORKED)}):
        page = text(client.post(PAGE, words))
        for shown in ("117,742円", "請求を登録", "収納手数料 3件", "8</span>件", "2026/11/20"):
            assert shown in page
    assert "55000" in text(client.get(PAGE, {"example": "1"}))


def test_what_is_wrong_is_said_above_the_form_and_the_words_stay(client: Client) -> None:
    bad = WORKED.decode().replace('"do": "fax"', '"do": "telex"')
    page = text(client.post(PAGE, {"text": bad}))
    assert "7番目の出来事のdo: 知らない項目または言葉です" in page
    assert "telex" in page
    assert "ファイルを選ぶか、物語を貼り付けてください" in text(client.post(PAGE, {"text": " "}))
    large = SimpleUploadedFile("s.json", b" " * (child.STORY_BYTES_MAX + 1))
    assert "1MBまで" in text(client.post(PAGE, {"file": large}))


def test_a_file_that_a_windows_editor_saved_is_read(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[bytes] = []

    def play(body: bytes) -> dict[str, Any]:
        played.append(body)
        raise StoryBroke  # What it would tell is another test's.

    monkeypatch.setattr(admin, "played", play)
    client.post(PAGE, {"file": SimpleUploadedFile("s.json", BOM_UTF8 + WORKED)})
    assert played == [WORKED]


@pytest.mark.parametrize("refusal", [StoryRunning, StoryTooSlow, StoryTooLong, StoryBroke])
def test_a_child_that_could_not_says_why(
    client: Client, monkeypatch: pytest.MonkeyPatch, refusal: type[StoryRunning]
) -> None:
    def play(_body: bytes) -> dict[str, Any]:
        raise refusal

    monkeypatch.setattr(admin, "played", play)
    answer = client.post(PAGE, {"text": "{}"})
    assert answer.status_code == refusal.status
    assert refusal.title in text(answer)


def test_only_people_of_the_centre_play_stories(cast: Cast) -> None:
    owners = sign_in_as(person("administrator", owner=cast.sakura))
    for stranger in (owners, Client()):
        assert stranger.get(PAGE).status_code in (302, 404)
        assert stranger.post(PAGE, {"text": "{}"}).status_code in (302, 404)
