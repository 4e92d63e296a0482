"""What our libraries say in English, or in odd Japanese, people read in our own words."""

import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from settlement.tests.payout_cast import person
from tests.cast import Cast
from tests.people import sign_in_as

_CATALOGUE = Path(settings.LOCALE_PATHS[0], "ja", "LC_MESSAGES")
_PAIR = re.compile(r'^msgid "(.+)"\nmsgstr "(.+)"$', re.MULTILINE)


@pytest.fixture
def client(cast: Cast) -> Client:
    return sign_in_as(person("administrator"))


def test_a_list_without_rows_says_so_in_japanese(client: Client) -> None:
    page = client.get("/admin/settlement/refundrequest/").content.decode()
    assert "該当するものはありません" in page
    for english in ("No results found", "Reset filters", "Type to search", "Go back"):
        assert english not in page
    assert re.search(r"<title>\s*訂正の依頼 \|", page)


def test_a_letter_nobody_can_see_is_named_as_what_is_wrong(client: Client) -> None:
    page = client.get("/admin/settlement/refundrequest/find", {"number": "1\0"}).content.decode()
    assert "使えない文字が含まれています。" in page


def test_a_text_that_is_too_long_is_told_by_how_much(client: Client) -> None:
    page = client.get("/admin/settlement/refundrequest/find", {"number": "1" * 21})
    assert "20文字までで入力してください（いまは21文字です）。" in page.content.decode()


def test_the_compiled_words_are_the_written_ones() -> None:
    written = _PAIR.findall((_CATALOGUE / "django.po").read_text(encoding="utf-8"))
    with (_CATALOGUE / "django.mo").open("rb") as compiled:
        catalogue = GNUTranslations(compiled)
    assert len(written) > 10
    assert [(said, catalogue.gettext(said)) for said, _ in written] == written
