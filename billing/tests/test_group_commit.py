"""The clerk by itself: who comes together shares a batch, and nobody is left waiting."""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from billing.tills.group_commit import GroupCommit, Lost

PATIENCE_SECONDS = 20


class Ledger:
    """A book that notes its batches and does what a notice says."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.alone: list[str] = []
        self.asked = Counter[str]()
        self.gate = threading.Event()
        self.gate.set()
        self.began = threading.Event()

    def book(self, notices: Sequence[str]) -> list[str | None]:
        self.began.set()
        assert self.gate.wait(PATIENCE_SECONDS)
        self.batches.append(list(notices))
        if "lost" in notices:
            raise Lost from OSError("gone")
        if "bad" in notices:
            raise ValueError("the statement failed")
        self.asked.update(notices)
        return [
            None if notice.startswith("again") and self.asked[notice] == 1 else f"{notice}!"
            for notice in notices
        ]

    def book_alone(self, notice: str) -> str:
        self.alone.append(notice)
        if notice == "bad":
            raise ValueError("the statement failed")
        return f"{notice}, alone"


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def book(ledger: Ledger) -> GroupCommit[str, str]:
    return GroupCommit(ledger.book, ledger.book_alone, size_max=8)


def _together(
    book: GroupCommit[str, str], ledger: Ledger, notices: Sequence[str]
) -> list[str | Exception]:
    """Hand in notices that all wait while the first batch is being booked."""

    def hand_in(notice: str) -> str | Exception:
        try:
            return book(notice)
        except Exception as failure:  # noqa: BLE001 - the caller looks at each
            return failure

    ledger.gate.clear()
    with ThreadPoolExecutor(len(notices) + 1) as pool:
        first = pool.submit(hand_in, "first")
        assert ledger.began.wait(PATIENCE_SECONDS)
        rest = []
        for place, notice in enumerate(notices, start=1):
            rest.append(pool.submit(hand_in, notice))
            while book._queue.qsize() < place:
                time.sleep(0.001)
        ledger.gate.set()
        assert first.result(PATIENCE_SECONDS) == "first!"
        return [one.result(PATIENCE_SECONDS) for one in rest]


def test_a_lonely_notice_is_booked_at_once(book: GroupCommit[str, str], ledger: Ledger):
    assert book("a") == "a!"
    assert book("b") == "b!"
    assert ledger.batches == [["a"], ["b"]]


def test_who_comes_while_a_batch_is_booked_shares_the_next(
    book: GroupCommit[str, str], ledger: Ledger
):
    notices = [f"n{place}" for place in range(10)]
    assert _together(book, ledger, notices) == [f"{notice}!" for notice in notices]
    assert [len(batch) for batch in ledger.batches] == [1, 8, 2]


def test_who_has_to_ask_again_comes_first_in_the_next_batch(
    book: GroupCommit[str, str], ledger: Ledger
):
    notices = ["again1", *(f"n{place}" for place in range(9))]
    assert _together(book, ledger, notices) == [f"{notice}!" for notice in notices]
    waited = next(batch for batch in ledger.batches if "again1" in batch)
    assert ledger.batches[ledger.batches.index(waited) + 1][0] == "again1"


def test_one_bad_notice_never_harms_its_neighbours(book: GroupCommit[str, str], ledger: Ledger):
    good, bad, other = _together(book, ledger, ["good", "bad", "other"])
    assert (good, other) == ("good, alone", "other, alone")
    assert isinstance(bad, ValueError)
    assert sorted(ledger.alone) == ["bad", "good", "other"]
    assert book("later") == "later!"


def test_a_lost_connection_is_told_to_its_batch_only_and_books_nothing_twice(
    book: GroupCommit[str, str], ledger: Ledger
):
    outcomes = _together(book, ledger, ["a", "lost"])
    assert [type(outcome) for outcome in outcomes] == [Lost, Lost]
    assert ledger.alone == []
    assert book("later") == "later!"


def _in_a_loop(book: GroupCommit[str, str], notices: Sequence[str]) -> list[str | BaseException]:
    async def hand_in_all() -> list[str | BaseException]:
        waiting = (book.soon(notice) for notice in notices)
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(hand_in_all())


def test_who_waits_in_a_loop_is_answered_like_who_waits_in_a_thread(
    book: GroupCommit[str, str], ledger: Ledger
):
    ledger.gate.clear()
    threading.Timer(0.2, ledger.gate.set).start()
    notices = ["first", *(f"n{place}" for place in range(10)), "again1"]
    assert _in_a_loop(book, notices) == [f"{notice}!" for notice in notices]
    assert len(ledger.batches) < len(notices)


def test_in_a_loop_too_only_what_is_wrong_fails(book: GroupCommit[str, str]):
    outcomes = _in_a_loop(book, ["good", "bad"] * 4)
    assert [type(outcome) for outcome in outcomes] == [str, ValueError] * 4
    assert [type(outcome) for outcome in _in_a_loop(book, ["lost"])] == [Lost]
    assert _in_a_loop(book, ["later"]) == ["later!"]


def test_who_hangs_up_while_the_batch_is_booked_leaves_the_others_their_answers(
    book: GroupCommit[str, str], ledger: Ledger
):
    async def hang_up() -> str:
        ledger.gate.clear()
        gone, stays = (asyncio.create_task(book.soon(notice)) for notice in ("gone", "stays"))
        while not ledger.began.is_set():
            await asyncio.sleep(0.001)
        gone.cancel()
        ledger.gate.set()
        return await stays

    assert asyncio.run(hang_up()) == "stays!"
    assert book("later") == "later!"


def test_a_book_that_answers_too_few_leaves_nobody_waiting():
    def forgetful(_notices: Sequence[str]) -> list[str | None]:
        return []

    book = GroupCommit(forgetful, lambda notice: f"{notice}, alone", size_max=8)
    assert book("a") == "a, alone"


def test_in_a_storm_everyone_is_answered_right_and_nobody_left_waiting(
    book: GroupCommit[str, str],
):
    def till(place: int) -> int:
        dice = random.Random(place)
        for turn in range(50):
            kind = dice.choice(["n", "n", "n", "again", "bad", "lost"])
            notice = kind if kind in ("bad", "lost") else f"{kind}{place}-{turn}"
            try:
                assert book(notice) in (f"{notice}!", f"{notice}, alone")
            except ValueError:
                assert notice == "bad"
            except Lost:
                pass
        return 50

    with ThreadPoolExecutor(24) as pool:
        assert sum(pool.map(till, range(24), timeout=PATIENCE_SECONDS)) == 24 * 50
