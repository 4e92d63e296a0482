"""請求情報の一括登録: a person sends a file, watches it and takes the refused rows away."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing import tasks
from billing.models import ImportJob, Invoice
from billing.services.imports import run_imports
from billing.tests.import_cast import asked, sheet
from tenants.services import StaffAsked
from tests.cast import Cast, make_card
from tests.people import sign_in

SEND = "/dashboard/invoices/imports/send"


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    told: list[int] = []
    monkeypatch.setattr(tasks.import_task, "apply_async", lambda args, **_words: told.extend(args))
    return told


@pytest.fixture
def clerk(cast: Cast) -> Client:
    return sign_in(StaffAsked("k@sakura.example", "経理", "accountant", cast.sakura))


def plain(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_file_is_sent_watched_and_its_refused_rows_taken_away(
    cast: Cast, clerk: Client, rung: list[int]
):
    number = make_card(cast.sakura).number
    content = sheet(asked(number), asked("2000000000008", reference="=A-2"))
    sent = clerk.post(SEND, {"file": SimpleUploadedFile("11月.csv", content)})
    assert (sent.status_code, rung) == (302, [cast.sakura.pk])
    address = sent["Location"]
    waiting = clerk.get(address)
    assert f'hx-get="{address}progress"' in waiting.content.decode()
    assert "0 / 2 行" in plain(waiting)
    assert "HX-Refresh" not in clerk.get(f"{address}progress")
    run_imports(cast.sakura.pk)
    assert clerk.get(f"{address}progress")["HX-Refresh"] == "true"
    done = clerk.get(address)
    assert "hx-get" not in done.content.decode().partition('id="import-progress"')[2][:200]
    assert "2 / 2 行" in plain(done)
    assert "番号が見つかりません。 unknown_number" in plain(done)
    errors = b"".join(clerk.get(f"{address}errors.csv")).decode()
    assert "3,number,unknown_number,番号が見つかりません。,'=A-2" in errors
    assert "11月.csv" in plain(clerk.get("/dashboard/invoices/imports/"))
    assert Invoice.objects.get().card.number == number


def test_a_file_that_is_none_is_told_on_the_form(clerk: Client):
    answer = clerk.post(SEND, {"file": SimpleUploadedFile("x.csv", b"reference,colour\n")})
    assert (answer.status_code, ImportJob.objects.count()) == (200, 0)
    assert "見出しが正しくありません" in plain(answer)


def test_a_tenants_staff_import_for_their_tenant(cast: Cast):
    staff = StaffAsked("t@sakura.example", "寮", "administrator", cast.sakura, cast.dormitory)
    content = sheet(asked(make_card(cast.sakura).number))
    sent = sign_in(staff).post(
        "/portal/invoices/imports/send", {"file": SimpleUploadedFile("x.csv", content)}
    )
    assert sent.status_code == 302
    run_imports(cast.sakura.pk)
    assert Invoice.objects.get().tenant == cast.dormitory


def test_who_only_looks_sends_nothing(cast: Cast):
    viewer = sign_in(StaffAsked("v@sakura.example", "閲覧", "viewer", cast.sakura))
    assert viewer.get("/dashboard/invoices/imports/").status_code == 200
    assert viewer.get(SEND).status_code == 403


def test_a_file_that_is_none_is_told_what_is_wrong_once(cast: Cast, clerk: Client):
    file = SimpleUploadedFile("members.csv", b"member_reference,member_name\nM-1,x\n")
    body = clerk.post(SEND, {"file": file}).content.decode()
    assert body.count("知らない列: member_reference") == 1
    assert "入力してください" not in body
