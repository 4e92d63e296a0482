"""確報ファイル in the back office: the three sides of a day, and how a difference is ended."""

import pytest
from django.test import Client

from billing.models import Case, ChainFile, Payment
from billing.services.payments import receive_payment
from settlement.tests.chain_file_cast import file_bytes, row, send
from settlement.tests.scene import take
from tenants.services import StaffAsked
from tests.cast import Cast, notice, register
from tests.people import sign_in


@pytest.fixture
def case(cast: Cast) -> Case:
    payment = take(register(cast.sakura, amount_yen=12_345))
    send(file_bytes(row(payment, amount_yen=9_999)), "day.dat")
    return Case.objects.get()


def centre_person(role: str) -> Client:
    return sign_in(StaffAsked(f"{role}@centre.example", role, role))


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_the_days_show_payments_files_and_books(case: Case):
    client = centre_person("auditor")
    page = text(client.get("/admin/billing/chainfile/days/?chain=lawson"))
    for words in ("12,345円", "9,999円", "要確認"):
        assert words in page
    assert "12,345円" not in text(client.get("/admin/billing/chainfile/days/?chain=familymart"))
    assert client.get("/admin/billing/chainfile/days/?chain=nobody").status_code == 200
    file = ChainFile.objects.get()
    page = text(client.get(f"/admin/billing/chainfile/{file.pk}/change/"))
    assert "金額相違" in page


def test_a_difference_has_the_buttons_of_its_kind_and_no_other(case: Case):
    client, address = centre_person("operator"), f"/admin/billing/case/{case.pk}"
    page = text(client.get(f"{address}/change/"))
    assert "do/file_amount-confirm" in page
    assert "do/file_unknown-advised" not in page
    assert 'action="../do/close"' not in page
    client.post(f"{address}/do/file_unknown-advised", {})
    client.post(f"{address}/do/close", {"resolution": "見なかったことにする"})
    assert Case.objects.get().status == "open"
    client.post(f"{address}/do/file_amount-confirm", {"note": "本部に確認"})
    closed = Case.objects.get()
    assert (closed.status, closed.resolution) == (
        "closed", "センターの収納どおりに確報する。本部に確認",
    )  # fmt: skip
    assert Payment.objects.get().status == "confirmed"


def test_an_answer_that_is_noted_has_words(case: Case):
    client, address = centre_person("operator"), f"/admin/billing/case/{case.pk}"
    client.post(f"{address}/do/file_amount-asked_chain", {"note": ""})
    assert Case.objects.get().status == "open"
    client.post(f"{address}/do/file_amount-asked_chain", {"note": "9,999円が正しい"})
    assert Case.objects.get().resolution.endswith("9,999円が正しい")


def test_a_day_tells_how_many_are_of_no_known_invoice(case: Case):
    receive_payment(notice("00000000-0000-4000-8000-000000000000", advice=True))
    page = text(centre_person("auditor").get("/admin/billing/chainfile/days/?chain=lawson"))
    assert "（うち仮受" in page


def test_an_auditor_only_looks(case: Case):
    client = centre_person("auditor")
    answer = client.post(f"/admin/billing/case/{case.pk}/do/file_amount-confirm", {})
    assert answer.status_code == 403
    assert Payment.objects.get().status == "reported"
