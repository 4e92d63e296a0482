"""Many invoices by one file (contract section 5): each row is as by ``POST invoices``."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from billing import invoice_file, tasks
from billing.models import ImportJob, ImportPiece, Invoice, InvoiceVersion, Registration
from billing.tests.import_cast import asked, errors, imported, sheet
from cards.services import issue_card
from smartpit.kernel import clock
from tenants.services import TenantAsked, open_tenant
from tests.cast import Caller, Cast, code_of, jst, make_card, system, told


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.import_task, "apply_async", lambda *_args, **_words: None)


@pytest.fixture
def number(cast: Cast) -> str:
    return make_card(cast.sakura).number


def test_good_rows_land_and_bad_ones_are_told_by_row(cast: Cast, number: str):
    content = sheet(
        asked(number, reference="A-1"),
        asked("2000000000008", reference="A-2"),
        asked(number, reference="A-3", amount_yen=0),
        asked(number, reference="A-4", tenant="dormitory", tax_yen=5_000, due_on=""),
    )
    job = imported(cast, content)
    assert {name: job[name] for name in ("state", "done", "total", "registered", "refused")} == {
        "state": "done", "done": 4, "total": 4, "registered": 2, "refused": 2,
    }  # fmt: skip
    assert [tuple(fault.values()) for fault in errors(cast, job)] == [
        ("3", "number", "unknown_number", "", "A-2"),
        ("4", "amount_yen", "malformed", "range", "A-3"),
    ]
    landed = Invoice.objects.order_by("reference").values_list(
        "reference", "tenant__code", "status"
    )
    assert list(landed) == [("A-1", "own", "open"), ("A-4", "dormitory", "open")]
    assert not ImportPiece.objects.exists()


def test_the_same_file_again_is_the_same_job(cast: Cast, number: str):
    content = sheet(asked(number), asked("2000000000008", reference="A-2"))
    first = imported(cast, content)
    assert imported(cast, content) == first
    assert (ImportJob.objects.count(), Invoice.objects.count()) == (1, 1)


def test_a_row_that_was_entered_before_changes_nothing(cast: Cast, number: str):
    imported(cast, sheet(asked(number), asked(number, reference="A-2")))
    more = sheet(
        asked(number),
        asked(number, reference="A-2", title="別の件"),
        asked(number, reference="A-3"),
    )
    job = imported(cast, more)
    assert (job["registered"], job["unchanged"], job["refused"]) == (1, 1, 1)
    assert [(row["row"], row["code"]) for row in errors(cast, job)] == [("3", "reference_reused")]
    assert Invoice.objects.count() == 3


WHOLE_ROWS: list[dict[str, Any]] = [
    {},
    {"title": 'quote " and, comma \\ and 〒 髙橋 𠮷'},
    {"tax_yen": 0},
    {"tax_yen": 5_000, "tenant": "dormitory"},
    {"due_on": "2026-12-24"},
    {"repeats": True},
    {"repeats": True, "due_on": "2028-02-29"},
    {"repeats": True, "limits": {"count_max": 3, "per_day_yen_max": 2**31 - 1}},
    {"repeats": True, "limits": {"per_month_count_max": 1, "gap_seconds_min": 60}},
]


@pytest.mark.parametrize("words", WHOLE_ROWS)
def test_an_imported_row_is_what_post_would_have_made(
    cast: Cast, number: str, words: dict[str, Any]
):
    """The row, its version and its first answer are equal; and either way finds the other's."""
    with clock.frozen(jst("2026-11-24 12:00")):
        by_post = asked(number, reference="P-1") | words
        posted = system(cast.keys["sakura"]).post("invoices", by_post)
        assert posted.status_code == 201
        by_file = asked(number, reference="F-1") | words
        job = imported(cast, sheet(flat(by_file), flat(by_post)))
    assert (job["registered"], job["unchanged"], job["refused"]) == (1, 1, 0)
    again = system(cast.keys["sakura"]).post("invoices", by_file)
    assert again.status_code == 200
    assert bytes_of(again, "F-1") == bytes_of(posted, "P-1")
    for model in (Invoice, InvoiceVersion, Registration):
        assert facts(model, "F-1") == facts(model, "P-1")


def flat(words: dict[str, Any]) -> dict[str, Any]:
    """Return the words of ``POST invoices`` as a row of a file: each limit is a column."""
    row = dict(words)
    row.update(row.pop("limits", {}))
    return row


def bytes_of(answer: HttpResponse, reference: str) -> bytes:
    invoice = json.loads(answer.content)["invoice"]
    return answer.content.replace(invoice.encode(), b"*").replace(reference.encode(), b"*")


def facts(model: Any, reference: str) -> dict[str, Any]:
    """Return a row without what names it."""
    named = "reference" if model is Invoice else "invoice__reference"
    (row,) = model.objects.filter(**{named: reference}).values()
    for name in ("id", "reference", "invoice_id", "answer"):
        row.pop(name, None)
    row.get("as_sent", {}).pop("reference", None)
    return dict(row)


REFUSED_ROWS: list[dict[str, Any]] = [
    {"amount_yen": 0}, {"amount_yen": 300_001}, {"amount_yen": -1}, {"amount_yen": 10**12},
    {"tax_yen": 55_000}, {"tax_yen": -1}, {"tax_yen": 300_001}, {"title": "　"},
    {"title": "x" * 61}, {"title": "\u202eevil"}, {"title": "\u0085"}, {"title": "a\u200bb"},
    {"title": "\x7f"}, {"reference": "\u3000"}, {"reference": "x" * 61}, {"reference": "a\u2060"},
    {"number": "123"}, {"number": "１２３４５６７８９０１２３"}, {"due_on": "2020-01-01"},
    {"due_on": "soon"}, {"due_on": "2199-01-01"}, {"due_on": "2027-02-29"},
    {"due_on": "2027-13-01"}, {"due_on": "2027-00-10"}, {"due_on": "2027-01-32"},
    {"due_on": "0000-01-01"}, {"due_on": "２０２７-01-01"}, {"due_on": "2027-1-1 "},
    {"due_on": "9999-12-31"}, {"due_on": "2027-01-23"}, {"due_on": "2026-11-23"},
    {"repeats": "yes"}, {"limits": {"count_max": 1}},
    {"repeats": True, "limits": {"count_max": 0}},
    {"repeats": True, "limits": {"gap_seconds_min": 2**31}},
    {"repeats": True, "limits": {"per_day_yen_max": -1}},
    {"repeats": True, "limits": {"per_month_count_max": 10**20}},
    {"repeats": True, "due_on": "2026-11-23"},
    {"tenant": "nobody"}, {"tenant": "x" * 201}, {"tenant": "applied"},
    {"number": "2000000000008"}, {"number": "foreign"}, {"number": "suspended"},
    {"number": "replaced"}, {"number": "retired"}, {"number": "sheet"}, {"number": "test"},
    {"reference": "taken", "title": "別の件"}, {"reference": "taken", "number": "2000000000008"},
    {"tenant": "nobody", "number": "2000000000008"}, {"due_on": "2020-01-01", "number": "retired"},
]  # fmt: skip


def test_a_row_is_refused_with_the_code_that_post_would_give(cast: Cast, number: str):
    """The set-based checks stand against the one-by-one ones, case by case."""
    with clock.frozen(jst("2026-11-24 12:00")):
        numbers = cards_of_all_kinds(cast)
        open_tenant(cast.scope, TenantAsked("applied", "申請中"))
        system(cast.keys["sakura"]).post("invoices", asked(number, reference="taken"))
        rows = []
        for place, words in enumerate(REFUSED_ROWS):
            word = asked(number, reference=f"R{place}") | words
            rows.append(word | {"number": numbers.get(word["number"], word["number"])})
        job = imported(cast, sheet(*map(flat, rows)))
        expected = [refusal(system(cast.keys["sakura"]), row) for row in rows]
    seen: dict[int, set[tuple[str, str, str]]] = {}
    for fault in errors(cast, job):
        one = (fault["code"], fault["field"], fault["reason"])
        seen.setdefault(int(fault["row"]) - 2, set()).add(one)
    for place, row in enumerate(rows):
        code, faults = expected[place]
        assert {one[0] for one in seen.get(place, set())} == {code}, row
        if code == "malformed":
            assert {one[1:] for one in seen[place]} == faults, row
    assert Invoice.objects.count() == 1


def cards_of_all_kinds(cast: Cast) -> dict[str, str]:
    yesterday = clock.business_date() - timedelta(days=1)
    return {
        "foreign": make_card(cast.aoba).number,
        "sheet": make_card(cast.sakura, registration_expires_on=yesterday).number,
        "test": issue_card("joint", owner=cast.sakura.twin, is_test=True).number,
        **{
            status: make_card(cast.sakura, status=status).number
            for status in ("suspended", "replaced", "retired")
        },
    }


def refusal(caller: Caller, row: dict[str, Any]) -> tuple[str, set[tuple[str, str]]]:
    """Return the code and the faults of ``POST invoices``, a limit's under its own name."""
    problem = told(caller.post("invoices", row))
    faults = set()
    for error in problem.get("errors", []):
        name, _, reason = error["code"].rpartition(":")
        faults.add((name or error["field"], reason))
    return problem["code"], faults


def test_of_a_reference_twice_in_a_file_the_first_that_can_be_entered_is_the_one(
    cast: Cast, number: str
):
    """As if the rows had been posted one after the other, within a piece and beyond it."""
    content = sheet(
        asked("2000000000008"), asked(number), asked(number), asked(number, title="別の件"),
        asked("2000000000008"), asked(number, tenant="dormitory"),
    )  # fmt: skip
    job = imported(cast, content)
    assert (job["registered"], job["unchanged"]) == (2, 1)
    assert [(fault["row"], fault["code"]) for fault in errors(cast, job)] == [
        ("2", "unknown_number"), ("5", "reference_reused"), ("6", "reference_reused"),
    ]  # fmt: skip


def test_a_reference_twice_in_pieces_of_their_own_is_the_same(
    cast: Cast, number: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(invoice_file, "PIECE_ROWS", 1)
    job = imported(cast, sheet(asked(number), asked(number), asked(number, title="別の件")))
    assert (job["registered"], job["unchanged"], job["refused"]) == (1, 1, 1)


def test_without_the_repeat_option_or_a_contract_rows_are_refused_by_name(cast: Cast):
    rows = [asked(make_card().number), asked(make_card().number, reference="A-2", repeats="TRUE")]
    job = imported(cast, sheet(*rows), key="aoba", owner=cast.aoba)
    assert [fault["code"] for fault in errors(cast, job, "aoba")] == ["repeat_option_missing"]
    with clock.frozen(jst("2025-06-01 12:00")):
        row = asked(make_card().number, reference="A-3")
        job = imported(cast, sheet(row), key="aoba", owner=cast.aoba)
        assert [fault["code"] for fault in errors(cast, job, "aoba")] == ["tenant_not_live"]


def test_a_tenants_key_imports_for_its_tenant_only(cast: Cast, number: str):
    rows = [
        asked(number, reference=f"A-{place}", tenant=code)
        for place, code in enumerate(("", "dormitory", "engineering", "own"))
    ]
    job = imported(cast, sheet(*rows), key="dormitory")
    assert (job["registered"], job["refused"]) == (2, 2)
    codes = {fault["code"] for fault in errors(cast, job, "dormitory")}
    assert codes == {"unknown_tenant"}
    assert set(Invoice.objects.values_list("tenant__code", flat=True)) == {"dormitory"}


def test_a_job_is_its_senders_own(cast: Cast, number: str):
    job = imported(cast, sheet(asked(number)), key="dormitory")
    for key in ("engineering", "aoba", "test"):
        for path in ("", "/errors"):
            answer = system(cast.keys[key]).get(f"jobs/{job['job']}{path}")
            assert code_of(answer) == (404, "not_found")
    assert told(system(cast.keys["sakura"]).get(f"jobs/{job['job']}")) == job
    own = imported(cast, sheet(asked(number)), key="sakura")
    assert own["job"] != job["job"], "another key's file is another file"


def test_the_test_side_imports_onto_its_own_numbers(cast: Cast, number: str):
    twin = issue_card("joint", owner=cast.sakura.twin, is_test=True).number
    content = sheet(asked(twin), asked(number, reference="A-2"))
    job = imported(cast, content, key="test", owner=cast.sakura.twin)
    assert (job["registered"], job["refused"]) == (1, 1)
    assert Invoice.objects.get().owner == cast.sakura.twin
