"""センター管理: the calendar's page, and its count on the first page."""

import pytest
from django.test import Client

from settlement.tests.payout_cast import make_payee, make_payout, person
from settlement.tests.scene import at, cast_of
from tests.cast import Cast
from tests.people import sign_in_as

PAGE = "/admin/agenda/"


@pytest.fixture
def five(db: None) -> Cast:
    return cast_of()


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("role", ["administrator", "operator", "approver", "auditor"])
def test_everybody_of_the_centre_sees_what_is_late_and_where_it_is_mended(
    five: Cast, role: str
) -> None:
    with at("11-13"):
        make_payee(five.sakura)
        payout = make_payout(five.sakura)
    with at("11-20", "10:00"):
        client = sign_in_as(person(role))
        page = text(client.get(PAGE))
        first = client.get("/admin/")
    assert f'href="/admin/settlement/payout/{payout.pk}/change/"' in page
    assert "22時間" in page
    assert "入金の承認" in page
    waiting = {line["word"]: line["count"] for line in first.context["waiting"]}
    assert waiting["遅れている仕事"] >= 1
    assert 'href="/admin/agenda/"' in text(first)


def test_nothing_is_done_by_looking_and_strangers_see_nothing(five: Cast) -> None:
    owners = sign_in_as(person("administrator", owner=five.sakura))
    for client in (owners, Client()):
        assert client.get(PAGE).status_code in (302, 404)
    assert sign_in_as(person("operator")).post(PAGE).status_code == 405


def test_a_calm_day_says_that_nothing_is_late(db: None) -> None:
    page = text(sign_in_as(person("auditor")).get(PAGE))
    assert "遅れている仕事はありません" in page
