"""精算書 on paper: each item of a 適格請求書 is there, its number is whose invoice it is."""

import hashlib
import re
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest
from django.test import Client

from settlement.models import Issuer, Statement, SubStatement
from settlement.paper import printable, yen
from settlement.qualified_invoice import sum_before_tax, sum_with_tax
from settlement.selectors import issuer_of
from settlement.services.issuers import IssuerAsked, tell_issuer
from settlement.statement_pdf import IssuerUnknown, statement_pdf
from settlement.tenant_pdf import tenant_pdf
from settlement.tests.papers_cast import take, worked_example
from settlement.tests.test_statement_rows import TAMPERINGS as OF_FIGURES
from settlement.tests.test_statement_rows import accountant_of, carried, tamper
from smartpit.kernel import clock
from tenants.access import NotAllowed
from tenants.models import Centre, Staff, Tenant
from tenants.registration_number import RegistrationNumberRefused
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, jst, make_cast
from tests.people import sign_in
from tests.tamperings import change

CENTRES = "T8000000000001"
OWNERS = "T7000012050002"  # The vector of domain.md 6.


def text_of(content: bytes) -> str:
    """Return what a reader would copy out of all pages, without its blanks."""
    pages = pypdfium2.PdfDocument(content)
    words = "".join(page.get_textpage().get_text_range() for page in pages)
    return re.sub(r"\s", "", words)


def administrator_of(cast: Cast) -> Staff:
    asked = StaffAsked("boss@example.com", "長", "administrator", cast.sakura)
    return invite_staff(asked, "a long password")[0]


def test_the_paper_is_a_qualified_invoice_of_the_fees(cast: Cast) -> None:
    text = text_of(statement_pdf(worked_example(cast)))
    for item in (
        "精算書兼適格請求書",
        "試験センター",
        f"登録番号{CENTRES}",
        "発行日2026年11月9日",
        "取引年月日2026年1月1日から2026年10月31日まで",
        "学校法人さくら学園御中",
        "収納手数料312010%360",
        "精算入金手数料11,50010%1,500",
        "FAX通信費11010%10",
        "10%対象1,8701872,057",
        "不課税（収入印紙相当額）200—200",
        "117,742円",
        "軽減税率（8%）の対象はありません",
        "1/2",
    ):
        assert item in text, item


def test_every_letter_is_embedded_and_the_page_is_a4(cast: Cast) -> None:
    content = statement_pdf(worked_example(cast))
    with pikepdf.open(BytesIO(content)) as paper:
        for page in paper.pages:
            width, height = (float(length) for length in page.mediabox[2:])
            assert (round(width), round(height)) == (595, 842)
            fonts = [font for _, font in page.resources["/Font"].items()]
            assert fonts
            assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_the_same_statement_gives_the_same_bytes(cast: Cast) -> None:
    statement = worked_example(cast)
    first, second = (hashlib.sha256(statement_pdf(statement)).hexdigest() for _ in range(2))
    assert first == second


def test_a_long_paper_repeats_its_heads_and_counts_its_pages(cast: Cast) -> None:
    for day in range(1, 29):
        with clock.frozen(jst(f"2026-10-{day:02d} 12:00")):
            take(cast, "寮費", 1_000, None)
    content = statement_pdf(worked_example(cast))
    pages = pypdfium2.PdfDocument(content)
    assert len(pages) == 2
    second = re.sub(r"\s", "", pages[1].get_textpage().get_text_range())
    assert "2/2" in second
    assert "営業日収納（件）訂正（件）収納額（円）" in second


def test_a_carried_balance_says_that_nothing_is_paid(cast: Cast) -> None:
    first, second = carried(cast)
    text = text_of(statement_pdf(first))
    assert "今回のお振り込みはありません" in text
    assert "次回への繰越" in text
    assert "前回からの繰越" in text_of(statement_pdf(second))


@pytest.mark.parametrize("number", ["", "T9000000000001", "T800000000000"])
def test_no_invoice_is_issued_without_a_right_number(cast: Cast, number: str) -> None:
    statement = worked_example(cast)
    Centre.objects.update(registration_number=number)
    with pytest.raises((IssuerUnknown, RegistrationNumberRefused)):
        statement_pdf(statement)


def test_a_reader_is_told_why_there_is_no_invoice(cast: Cast) -> None:
    statement = worked_example(cast)
    Centre.objects.update(registration_number="")
    client = accountant_of(cast)
    answer = client.get(f"/dashboard/statements/{statement.pk}/statement.pdf", follow=True)
    assert "登録番号が登録されていないため" in answer.content.decode()


def test_a_statement_that_does_not_sum_is_not_printed(committed_db: str) -> None:
    cast = make_cast()
    statement = worked_example(cast)
    client = accountant_of(cast)
    address = f"/dashboard/statements/{statement.pk}/statement.pdf"
    assert client.get(address)["Content-Type"] == "application/pdf"
    tamper(committed_db, OF_FIGURES["the tax"][0])
    answer = client.get(address)
    assert answer.status_code == 500
    assert "消費税が、手数料に税率を掛けた額と一致しません" in answer.content.decode()


def test_tax_is_rounded_once_for_a_rate() -> None:
    """Three lines of 105 yen: 31 yen of tax, not three times 10 (domain.md 6)."""
    assert sum_before_tax(105 * 3, percent=10).tax_yen == 31
    assert sum_with_tax(350, percent=10).tax_yen == 31
    assert sum_with_tax(350, percent=10).net_yen == 319
    assert sum_with_tax(0, percent=10).total_yen == 0


def test_a_letter_the_typeface_lacks_is_set_as_a_geta() -> None:
    assert printable("髙﨑𠮷野家") == "髙﨑𠮷野家"
    assert printable("a\U0001f600b") == "a〓b"
    assert yen(-1_870) == "△1,870"


# A tenant's paper


def share_of(cast: Cast, **terms: Any) -> SubStatement:
    Tenant.objects.filter(pk=cast.dormitory.pk).update(
        commission_yen=100, commission_basis_points=50, **terms
    )
    share: SubStatement = worked_example(cast).sub_statements.get()
    return share


def test_without_the_owners_number_a_tenants_paper_is_no_invoice(cast: Cast) -> None:
    share = share_of(cast)
    assert share.commission_yen == 899
    text = text_of(tenant_pdf(share))
    assert "学生寮御中" in text
    assert "学校法人さくら学園" in text
    assert "兼適格請求書" not in text
    assert "適格請求書ではありません" in text
    assert CENTRES not in text


def test_the_owners_number_stands_on_its_invoice_to_the_tenant(cast: Cast) -> None:
    with clock.frozen(jst("2026-09-01 12:00")):
        boss = administrator_of(cast)
        tell_issuer(cast.scope, boss, IssuerAsked("学校法人さくら学園 本部", OWNERS))
    text = text_of(tenant_pdf(share_of(cast)))
    for item in (
        "テナント精算書兼適格請求書",
        f"登録番号{OWNERS}",
        "学校法人さくら学園本部",
        "10%対象の合計81881899",
        "119,100円",
    ):
        assert item in text, item
    assert CENTRES not in text
    assert "117,742" not in text


def test_what_the_owner_advanced_names_the_centre_as_who_charged_it(cast: Cast) -> None:
    share = share_of(cast, passes_fees=True)
    assert share.passed_yen == 360 + 36 + 200
    text = text_of(tenant_pdf(share))
    assert f"試験センター{CENTRES}596" in text
    assert "立替金の精算" in text


def test_a_later_number_changes_no_earlier_paper(cast: Cast) -> None:
    boss = administrator_of(cast)
    with clock.frozen(jst("2026-09-01 12:00")):
        tell_issuer(cast.scope, boss, IssuerAsked("旧名", OWNERS))
    share = share_of(cast)
    before = tenant_pdf(share)
    with clock.frozen(jst("2026-11-20 12:00")):
        tell_issuer(cast.scope, boss, IssuerAsked("新名", CENTRES))
        tell_issuer(cast.scope, boss, IssuerAsked("新名", CENTRES))
    assert Issuer.objects.count() == 2
    assert tenant_pdf(share) == before


@pytest.mark.parametrize("number", ["T1000012050002", "7000012050002", "T70000120500021"])
def test_a_wrong_number_is_refused_where_it_is_told(cast: Cast, number: str) -> None:
    client = sign_in(StaffAsked("b@example.com", "長", "administrator", cast.sakura))
    told = {"name": "さくら", "registration_number": number}
    body = client.post("/dashboard/tenants/issuer", told).content.decode()
    assert "登録番号は T と13桁の数字です" in body or "14" in body
    assert issuer_of(cast.sakura.pk) is None


def test_a_persons_number_needs_no_check_digit(cast: Cast) -> None:
    client = sign_in(StaffAsked("b@example.com", "長", "administrator", cast.sakura))
    told = {"name": "さくら", "registration_number": "T1000012050002", "is_person": "on"}
    assert client.post("/dashboard/tenants/issuer", told).status_code == 302
    standing = issuer_of(cast.sakura.pk)
    assert standing is not None
    assert standing.registration_number == "T1000012050002"
    asked = IssuerAsked("さくら", "T10000", is_person=True)
    boss = Staff.objects.get(email="b@example.com")
    with pytest.raises(RegistrationNumberRefused):
        tell_issuer(cast.scope, boss, asked)


@pytest.mark.parametrize("role", ["accountant", "desk"])
def test_only_an_owners_administrator_says_who_issues(cast: Cast, role: str) -> None:
    asked = StaffAsked("x@example.com", "人", role, cast.sakura)
    person = invite_staff(asked, "a long password")[0]
    with pytest.raises(NotAllowed):
        tell_issuer(cast.scope, person, IssuerAsked("名", ""))
    other = invite_staff(StaffAsked("y@example.com", "人", "administrator", cast.aoba), "x")[0]
    with pytest.raises(NotAllowed):
        tell_issuer(cast.scope, other, IssuerAsked("名", ""))


def test_owner_and_tenant_take_the_same_paper_and_nobody_else(cast: Cast) -> None:
    share = share_of(cast)
    owner = accountant_of(cast)
    warden, other = clients_of_tenants(cast)
    mine = owner.get(f"/dashboard/statements/{share.pk}/tenant.pdf")
    theirs = warden.get(f"/portal/statements/{share.pk}/statement.pdf")
    assert mine.content == theirs.content
    assert mine["Content-Type"] == "application/pdf"
    assert other.get(f"/portal/statements/{share.pk}/statement.pdf").status_code == 404


def clients_of_tenants(cast: Cast) -> list[Client]:
    return [
        sign_in(StaffAsked(f"{one.code}@example.com", "長", "administrator", cast.sakura, one))
        for one in (cast.dormitory, cast.engineering)
    ]


def test_a_payment_taken_from_a_tenants_rows_stops_its_paper(committed_db: str) -> None:
    share = share_of(make_cast())
    assert Statement.objects.count() == 1
    client = clients_of_tenants_warden(share)
    address = f"/portal/statements/{share.pk}/statement.pdf"
    assert client.get(address).status_code == 200
    gone = "DELETE FROM $ WHERE id = (SELECT min(id) FROM $)"
    tamper(committed_db, change("billing_confirmation", gone))
    assert client.get(address).status_code == 500


def clients_of_tenants_warden(share: SubStatement) -> Client:
    asked = StaffAsked("w@example.com", "長", "administrator", share.owner, share.tenant)
    return sign_in(asked)
