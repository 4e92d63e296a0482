"""The card that a design is shown with before there is one: nobody's number, an invented member."""

from typing import Final

from django.conf import settings

from cards.numbers import check_digit
from cards.page_links import ROOT, TOKEN_LENGTH
from cards.printing.face import CardFace
from tenants.models import Owner
from tenants.selectors import centre

# A body of the test side, which no live number has.
_NUMBER: Final = "299012345678"
_BARCODE_NUMBER: Final = "290123456789"
_NAMES: Final = {
    "short": "見本 花子",
    "long": "アレクサンドラ・マリア・フォン・ヴァイツゼッカー",
    "blank": "",
}
SAMPLES: Final = (("short", "短い氏名"), ("long", "長い氏名"), ("blank", "無記名"))


def sample_face(owner: Owner, sample: str) -> CardFace:
    """Return a card of this owner with a name short or long, or none."""
    founded = centre()
    assert founded is not None
    name = _NAMES.get(sample, _NAMES["short"])
    return CardFace(
        owner_name=owner.name,
        member_name=name,
        number=_NUMBER + check_digit(_NUMBER),
        barcode_number=_BARCODE_NUMBER + check_digit(_BARCODE_NUMBER),
        member_reference="M-000123" if name else "",
        postal_code="100-0001" if name else "",
        address1="東京都千代田区千代田1-1-1" if name else "",
        address2="見本ビル 101" if name else "",
        page_url=sample_url(),
        specimen=founded.is_demo or owner.is_test,
    )


def sample_url() -> str:
    """Return an address as long as a card's own, so that a QR code has as many modules."""
    return f"{settings.SITE_URL.rstrip('/')}{ROOT}{'0' * TOKEN_LENGTH}"
