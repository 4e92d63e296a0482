"""Files as spreadsheets write them, and files that are none; a job that is killed goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError

from billing import invoice_file, tasks
from billing.api.owner import imports
from billing.models import ImportJob, ImportPiece, Invoice
from billing.services import imports as services
from billing.services.import_rows import Entered, enter_piece
from billing.services.imports import run_imports
from billing.tests.import_cast import asked, errors, imported, send, sheet
from smartpit.kernel import clock
from tests.cast import Cast, code_of, jst, make_card, system, told

HEADER = "reference,number,title,amount_yen"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.import_task, "apply_async", lambda *_args, **_words: None)


@pytest.fixture
def number(cast: Cast) -> str:
    return make_card(cast.sakura).number


SPREADSHEETS = {
    "utf-8": "utf-8",
    "with a mark": "utf-8-sig",
    "Shift_JIS": "cp932",
}


@pytest.mark.parametrize("encoding", SPREADSHEETS.values(), ids=SPREADSHEETS)
def test_a_spreadsheets_file_is_read_as_it_was_meant(cast: Cast, number: str, encoding: str):
    text = (
        "reference,number,title,amount_yen,due_on,repeats,\r\n"
        f"A-1,{number[:4]}-{number[4:8]}-{number[8:]},授業料①,1000,2026/12/1,FALSE,\r\n"
        ",,,,,,\r\n"
        f'A-2,{number},"髙橋, 様",1000\r\n'
    )
    with clock.frozen(jst("2026-11-24 12:00")):
        job = imported(cast, text.encode(encoding))
    assert (job["total"], job["registered"], job["refused"]) == (2, 2, 0), errors(cast, job)
    titles = Invoice.objects.order_by("reference").values_list("title", "due_on", "card__number")
    assert [(title, str(day), card) for title, day, card in titles] == [
        ("授業料①", "2026-12-01", number), ("髙橋, 様", "2027-01-22", number),
    ]  # fmt: skip


def test_a_broken_row_costs_only_itself(cast: Cast, number: str):
    good = f"{{}},{number},授業料,1000\n"
    content = (HEADER + "\n" + "".join(good.format(f"A-{place}") for place in range(6))).encode()
    content += b"B-1," + number.encode() + b",\x8e\xf6\x8b\xc6,1000\n"
    content += f'B-2,{number},"two\nA-7,{number},smuggled,1000\nlines",1000\n'.encode()
    content += f"B-3,{number},NUL\0,1000\nB-4,{number},long,1000,x\n".encode()
    content += f'B-5,{number},a"b"c,1000\nB-6,{number},"a"b,1000"",\n'.encode()
    job = imported(cast, content)
    faults = [(fault["row"], fault["reason"]) for fault in errors(cast, job)]
    assert faults == [
        ("8", "encoding"), ("9", "characters"), ("10", "characters"), ("11", "columns"),
        ("13", "quotes"),
    ]  # fmt: skip
    assert (job["total"], job["registered"], job["refused"]) == (12, 7, 5)
    assert not Invoice.objects.filter(title="smuggled").exists()


WHOLE_FILES: dict[str, bytes] = {
    "empty": b"",
    "blank": b"\n\n",
    "no header": b"A-1,2000000000008,title,1000\n",
    "a column is missing": b"reference,number,title\n",
    "a column nobody knows": f"{HEADER},colour\n".encode(),
    "a column twice": f"{HEADER},title\n".encode(),
    "UTF-16": f"{HEADER}\n".encode("utf-16"),
    "a quote never closed": f'{HEADER}\nA-1,"2000000000008,x,1\nA-2,y,x,1\n'.encode(),
    "one endless line": f"{HEADER}\n".encode() + b"x" * 70_000,
    "an endless quote": f'{HEADER}\n"'.encode() + b"x\n" * 40_000 + b'"',
}


@pytest.mark.parametrize("content", WHOLE_FILES.values(), ids=WHOLE_FILES)
def test_a_file_that_is_none_is_refused_as_a_whole(cast: Cast, content: bytes):
    assert code_of(send(cast.keys["sakura"], content)) == (422, "malformed")
    assert not ImportJob.objects.exists()


def test_too_many_rows_or_bytes_are_refused(
    cast: Cast, number: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(invoice_file, "ROWS_MAX", 2)
    rows = [asked(number, reference=f"A-{place}") for place in range(3)]
    assert code_of(send(cast.keys["sakura"], sheet(*rows))) == (422, "malformed")
    monkeypatch.setattr(imports.Import, "body_bytes_max", 50)
    assert code_of(send(cast.keys["sakura"], sheet(*rows))) == (413, "too_large")
    assert not ImportJob.objects.exists()


def test_a_forms_file_is_taken_too(cast: Cast, number: str):
    content = sheet(asked(number))
    form = b'--x\r\nContent-Disposition: form-data; name="f"; filename="seikyu.csv"\r\n\r\n'
    kind = "multipart/form-data; boundary=x"
    taken = send(cast.keys["sakura"], form + content + b"\r\n--x--\r\n", kind)
    assert taken.status_code == 202
    assert told(send(cast.keys["sakura"], content)) == told(taken)
    for broken in (b"", b"--x"):
        assert code_of(send(cast.keys["sakura"], broken, kind)) == (422, "malformed")


@pytest.mark.fault("B09")
def test_a_job_that_is_killed_twice_goes_on_with_the_next_piece(
    cast: Cast, number: str, monkeypatch: pytest.MonkeyPatch
):
    """Killed after a piece's rows and before its count, then after it: no row is lost or twice."""
    monkeypatch.setattr(invoice_file, "PIECE_ROWS", 2)
    content = sheet(
        *(asked(number, reference=f"A-{place}") for place in range(6)),
        asked("2000000000008", reference="A-6"),
    )
    taken = told(send(cast.keys["sakura"], content))
    for kill_after in (1, 2):
        with killed_at_piece(monkeypatch, kill_after), pytest.raises(KeyboardInterrupt):
            run_imports(cast.sakura.pk)
        assert told(system(cast.keys["sakura"]).get(f"jobs/{taken['job']}"))["state"] == "running"
    assert told(send(cast.keys["sakura"], content)) == taken, "uploaded again meanwhile"
    assert ImportJob.objects.get().done == 4
    run_imports(cast.sakura.pk)
    job = told(system(cast.keys["sakura"]).get(f"jobs/{taken['job']}"))
    assert (job["state"], job["done"], job["registered"], job["refused"]) == ("done", 7, 6, 1)
    assert Invoice.objects.count() == 6


@contextmanager
def killed_at_piece(monkeypatch: pytest.MonkeyPatch, place: int) -> Iterator[None]:
    """End the worker when a piece's rows are written and not yet counted."""

    def enter_and_die(job: ImportJob, piece: ImportPiece) -> Entered:
        entered = enter_piece(job, piece)
        if piece.place == place:
            raise KeyboardInterrupt
        return entered

    with monkeypatch.context() as patched:
        patched.setattr(services, "enter_piece", enter_and_die)
        yield


def test_what_nobody_foresaw_fails_the_job_and_the_file_may_come_again(
    cast: Cast, number: str, monkeypatch: pytest.MonkeyPatch
):
    content = sheet(asked(number))
    with monkeypatch.context() as patched:
        patched.setattr(services, "enter_piece", lambda *_words: 1 // 0)
        send(cast.keys["sakura"], content)
        with pytest.raises(ZeroDivisionError):
            run_imports(cast.sakura.pk)
    failed = ImportJob.objects.get()
    assert (failed.status, failed.failure, ImportPiece.objects.count()) == (
        "failed", "unexpected", 0,
    )  # fmt: skip
    assert imported(cast, content)["state"] == "done"


def test_a_database_that_went_away_is_no_failure(
    cast: Cast, number: str, monkeypatch: pytest.MonkeyPatch
):
    def gone(*_words: Any) -> Entered:
        raise OperationalError

    send(cast.keys["sakura"], sheet(asked(number)))
    with monkeypatch.context() as patched:
        patched.setattr(services, "enter_piece", gone)
        with pytest.raises(OperationalError):
            run_imports(cast.sakura.pk)
    rung: list[int] = []
    monkeypatch.setattr(tasks.import_task, "apply_async", lambda args, **_words: rung.extend(args))
    tasks.sweep_imports()
    assert rung == [cast.sakura.pk]
    tasks.import_task(cast.sakura.pk)
    assert (ImportJob.objects.get().status, rung) == ("done", [cast.sakura.pk])
