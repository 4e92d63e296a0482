"""帳簿・書類 on pages: what an owner's accountant takes away, and what nobody is given."""

from io import BytesIO

import pypdfium2
import pytest
from django.test import Client

import settlement.standing
from settlement.tests.scene import at, cast_of, settled
from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import sign_in


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


@pytest.fixture
def accountant(five: Cast) -> Client:
    return sign_in(StaffAsked("accountant@example.com", "経理", "accountant", five.sakura))


@pytest.fixture
def auditor(five: Cast) -> Client:
    return sign_in(StaffAsked("auditor@example.com", "監査", "auditor"))


def text_of(paper: bytes) -> str:
    document = pypdfium2.PdfDocument(BytesIO(paper))
    return "".join(page.get_textpage().get_text_bounded() for page in document)


def spoil(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rows hold a yen more than the books."""
    query = settlement.standing._STANDING
    spoilt = query.replace("carried.yen::bigint", "carried.yen::bigint + 1")
    assert spoilt != query
    monkeypatch.setattr(settlement.standing, "_STANDING", spoilt)


def test_a_balance_is_shown_for_any_day_and_for_the_last_months_end(five, accountant):
    settled(five.sakura, "11-03", 119_999)
    with at("12-05"):
        page = accountant.get("/dashboard/records/balance/").content.decode()
        assert 'value="2026-11-30"' in page
        assert "確報済・精算前" in page
        early = accountant.get("/dashboard/records/balance/?on=2026-11-02").content.decode()
    assert page.count("119,999円") == 5  # The head, its part, the sum, the account, its sum.
    assert "119,999円" not in early


def test_a_day_to_come_has_no_balance(five, accountant):
    with at("12-05"):
        page = accountant.get("/dashboard/records/balance/?on=2026-12-06")
        paper = accountant.get("/dashboard/records/balance.pdf?on=2026-12-06")
    assert "今日までの日付" in page.content.decode()
    assert "現在の残高" not in page.content.decode()
    assert paper.status_code == 422


def test_the_paper_says_what_the_page_says_and_whose_it_is(five, accountant):
    settled(five.sakura, "11-03", 119_999)
    with at("12-05"):
        answer = accountant.get("/dashboard/records/balance.pdf?on=2026-11-30")
    assert answer["Content-Type"] == "application/pdf"
    told = text_of(answer.content)
    for words in ("残高確認書", "学校法人さくら学園", "119,999", "2026年11月30日", "試験センター"):
        assert words in told


def test_a_balance_that_the_books_deny_is_shown_nowhere(five, accountant, auditor, monkeypatch):
    settled(five.sakura, "11-03", 119_999)
    spoil(monkeypatch)
    asked = f"/admin/books/balance/?owner={five.sakura.pk}&on=2026-11-30"
    with at("12-05"):
        answers = [
            accountant.get("/dashboard/records/balance/?on=2026-11-30"),
            accountant.get("/dashboard/records/balance.pdf?on=2026-11-30"),
            auditor.get(asked),
            auditor.get(f"{asked}&pdf=1"),
        ]
    assert {answer.status_code for answer in answers} == {500}
    assert all("119,999" not in answer.content.decode() for answer in answers)


def test_staff_see_any_owners_balance_and_its_paper(five, auditor):
    settled(five.sakura, "11-03", 119_999)
    address = "/admin/books/balance/"
    with at("12-05"):
        assert "学校法人さくら学園" in auditor.get(address).content.decode()
        asked = f"{address}?owner={five.sakura.pk}&on=2026-11-30"
        assert "119,999円" in auditor.get(asked).content.decode()
        assert "119,999" in text_of(auditor.get(f"{asked}&pdf=1").content)


def test_who_has_nothing_to_do_with_money_sees_no_records(five):
    desk = sign_in(StaffAsked("desk@example.com", "受付", "desk", five.sakura))
    assert desk.get("/dashboard/records/").status_code == 403
    assert desk.get("/dashboard/records/balance.pdf").status_code == 403
