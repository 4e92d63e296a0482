"""接続試験's pages: a developer walks a test in the browser and takes the certificate."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pypdfium2
import pytest
from django.test import Client

from billing.models import ConnectionTest
from billing.services.connection_tests import standing
from billing.tests.connection_cast import Developer
from billing.tests.receiver import receiving
from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import sign_in

ROOT = "/dashboard/connection/tests/"


@pytest.fixture
def developer(cast: Cast) -> Iterator[Developer]:
    with receiving() as receiver:
        yield Developer(cast, receiver)


@pytest.fixture
def browser(cast: Cast) -> Client:
    return sign_in(StaffAsked("developer@example.com", "開発 太郎", "developer", cast.sakura))


def test_the_one_endpoint_there_is_stands_chosen(browser: Client, developer: Developer) -> None:
    assert f'value="{developer.endpoint.pk}" selected' in browser.get(ROOT).content.decode()


def started(browser: Client, developer: Developer) -> ConnectionTest:
    answer = browser.post(f"{ROOT}start", {"endpoint": str(developer.endpoint.pk)})
    test = ConnectionTest.objects.get()
    assert answer["Location"] == f"{ROOT}{test.pk}/"
    assert test.started_by is not None
    developer.at = test.started_at
    return test


def test_a_developer_passes_in_the_browser(browser: Client, developer: Developer) -> None:
    test = started(browser, developer)
    page = f"{ROOT}{test.pk}/"
    assert developer.receiver.url in browser.get(ROOT).content.decode()
    developer.work(test)
    developer.catch_up(test)
    body = browser.get(page).content.decode()
    assert "偽の通知（10分前の時刻）" in body
    assert "HTTP 401" in body
    assert f"{page}items/error" in body

    developer.status = 500
    browser.post(f"{page}items/error")
    developer.work(test)
    developer.status = None
    developer.work(test, timedelta(seconds=6))
    developer.status = 503
    browser.post(f"{page}items/outage")
    developer.work(test)
    assert f"{page}resend" in browser.get(f"{page}progress").content.decode()
    developer.at += timedelta(minutes=11)
    developer.status = None
    browser.post(f"{page}resend")
    developer.work(test)

    right = standing(test)
    wrong = {"payments_count": right.payments_count + 1, "amount_yen": right.amount_yen}
    assert "一致しません" in browser.post(f"{page}report", wrong).content.decode()
    assert browser.get(f"{page}certificate.pdf").status_code == 404
    told = browser.post(f"{page}report", vars(right), follow=True).content.decode()
    assert "接続試験に合格しました" in told

    paper = browser.get(f"{page}certificate.pdf")
    words = pypdfium2.PdfDocument(paper.content)[0].get_textpage().get_text_range()
    test.refresh_from_db()
    for word in ("接続試験合格証", "学校法人さくら学園", str(test.certificate), "重複した通知"):
        assert word in words
    assert "本番のAPIキーを発行できます" in browser.get(ROOT).content.decode()


def test_the_page_says_which_figure_of_a_report_is_wrong(
    browser: Client, developer: Developer
) -> None:
    test = developer.come_to("report")
    page = f"{ROOT}{test.pk}/"
    right = standing(test)
    count, yen = right.payments_count, right.amount_yen

    first = browser.post(f"{page}report", {"payments_count": count + 1, "amount_yen": yen})
    words = read(first.content.decode())
    assert "センターの記録より多い件数です" in words
    assert "円 センターの記録より" not in words
    assert "報告はあと2回です" in words
    assert f"報告 1回目: {count + 1} 件（多い）、{yen:,}円（一致）" in words

    second = browser.post(f"{page}report", {"payments_count": count, "amount_yen": yen - 1})
    words = read(second.content.decode())
    assert "センターの記録より少ない金額です" in words
    assert "多い件数" not in words
    assert "報告はあと1回です" in words

    browser.post(f"{page}report", {"payments_count": count - 1, "amount_yen": yen + 1})
    words = read(browser.get(page).content.decode())  # Whoever looks later reads all three.
    assert f"報告 2回目: {count} 件（一致）、{yen - 1:,}円（少ない）" in words
    assert f"報告 3回目: {count - 1} 件（少ない）、{yen + 1:,}円（多い）" in words
    assert "報告はあと" not in words
    for told in (f"{count} 件（一致）、{yen:,}円", f"正しい金額は {yen:,}円"):
        assert told not in words  # The right figures prove what was received: they are not told.


def read(body: str) -> str:
    """Return a page without its marks, its spaces made one."""
    return " ".join(re.sub(r"<[^>]+>", "", body).split())


def test_the_next_button_is_the_only_one_and_a_stop(browser: Client, developer: Developer) -> None:
    test = started(browser, developer)
    developer.work(test)
    page = f"{ROOT}{test.pk}/"
    assert actions(browser, page) == {f"{page}stop", "/logout"}
    refused = browser.post(f"{page}items/outage", follow=True).content.decode()
    assert "上から順に進めてください" in refused
    browser.post(f"{page}stop")
    assert actions(browser, page) == {"/logout"}


def test_a_viewer_looks_and_begins_nothing(cast: Cast, developer: Developer) -> None:
    viewer = sign_in(StaffAsked("viewer@example.com", "閲覧", "viewer", cast.sakura))
    test = developer.start()
    assert actions(viewer, ROOT) == {"/logout"}
    assert actions(viewer, f"{ROOT}{test.pk}/") == {"/logout"}
    assert viewer.post(f"{ROOT}start", {}).status_code == 403


def test_a_second_test_is_refused_with_a_word(browser: Client, developer: Developer) -> None:
    started(browser, developer)
    body = browser.post(f"{ROOT}start", {"endpoint": ""}).content.decode()
    assert "実施中の接続試験があります" in body


def actions(browser: Client, page: str) -> set[str]:
    body = browser.get(page).content.decode()
    return set(re.findall(r'<form method="post" action="([^"]*)"', body))
