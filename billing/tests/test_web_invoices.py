"""請求情報 and チャージメニュー: registered, found, changed and withdrawn in the browser."""

import pytest
from django.test import Client

from billing.models import Invoice, Menu
from billing.services.payments import receive_payment
from cards.models import Member
from smartpit.kernel import clock
from tenants.services import StaffAsked
from tests.cast import Cast, make_card, notice, register
from tests.people import sign_in


@pytest.fixture
def administrator(cast: Cast) -> Client:
    return sign_in(StaffAsked("head@example.com", "管理", "administrator", cast.sakura))


@pytest.fixture
def tutor(cast: Cast) -> Client:
    asked = StaffAsked("tutor@example.com", "教務", "staff", cast.sakura, cast.engineering)
    return sign_in(asked)


def words(number: str, **changes: object) -> dict[str, object]:
    return {
        "reference": "2026-001",
        "number": number,
        "tenant": "engineering",
        "title": "実習費",
        "amount_yen": 12_000,
        "tax_yen": "",
        "due_on": "",
    } | changes


def test_a_number_typed_in_groups_and_full_width_registers_one_invoice(
    cast: Cast, administrator: Client
) -> None:
    number = make_card(cast.sakura).number
    typed = f"{number[:4]}-{number[4:8]} {number[8:]}".translate({ord("1"): "１"})
    sent = administrator.post("/dashboard/invoices/register/single", words(typed))
    invoice = Invoice.objects.get()
    assert sent["Location"] == f"/dashboard/invoices/{invoice.pk}/"
    assert (invoice.amount_yen, invoice.card.number, invoice.repeats) == (12_000, number, False)
    again = administrator.post("/dashboard/invoices/register/single", words(typed), follow=True)
    assert "すでに登録されています" in again.content.decode()
    assert Invoice.objects.count() == 1


def test_a_kept_invoice_is_registered_with_its_limits(cast: Cast, administrator: Client) -> None:
    asked = words(make_card(cast.sakura).number, per_day_yen_max=50_000)
    administrator.post("/dashboard/invoices/register/kept", asked)
    invoice = Invoice.objects.get()
    assert invoice.repeats
    assert invoice.per_day_yen_max == 50_000


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"number": "1" * 13}, "番号が見つかりません"),
        ({"amount_yen": 300_001}, "300000 以下"),
        ({"tax_yen": 12_000}, "範囲外の値です"),
        ({"due_on": "2020-01-01"}, "今日以降"),
        ({"title": "\u202e円"}, "使えない文字"),
    ],
)
def test_a_refusal_is_told_on_the_form_and_writes_nothing(
    cast: Cast, administrator: Client, changes: dict[str, object], told: str
) -> None:
    asked = words(make_card(cast.sakura).number) | changes
    answer = administrator.post("/dashboard/invoices/register/single", asked)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not Invoice.objects.exists()


def test_an_invoice_is_found_by_reference_number_and_member(
    cast: Cast, administrator: Client
) -> None:
    card = make_card(cast.sakura)
    Member.objects.create(owner=cast.sakura, reference="S26001", card=card, joined_at=clock.now())
    register(cast.sakura, number=card.number, reference="2026-777", title="実習費")
    register(cast.sakura, reference="2026-888", title="教科書代")
    for text in ("2026-777", card.number, "S26001"):
        body = administrator.get("/dashboard/invoices/", {"q": text}).content.decode()
        assert "実習費" in body
        assert "教科書代" not in body


def test_a_tenant_cannot_find_an_invoice_by_the_owners_member(cast: Cast, tutor: Client) -> None:
    card = make_card(cast.sakura)
    Member.objects.create(owner=cast.sakura, reference="S26001", card=card, joined_at=clock.now())
    register(cast.sakura, number=card.number, tenant="engineering", title="実習費")
    assert "実習費" not in tutor.get("/portal/invoices/", {"q": "S26001"}).content.decode()


def test_suspending_changing_and_resuming_each_make_a_version(
    cast: Cast, administrator: Client
) -> None:
    invoice = register(cast.sakura, amount_yen=10_000)
    root = f"/dashboard/invoices/{invoice.pk}"
    administrator.post(f"{root}/suspend")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.version) == ("suspended", 2)
    administrator.post(f"{root}/resume")
    changed = {"title": "受講料", "amount_yen": 11_000, "due_on": invoice.due_on}
    administrator.post(f"{root}/change", changed)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.version, invoice.amount_yen) == ("open", 4, 11_000)
    body = administrator.get(f"{root}/").content.decode()
    assert "10,000円" in body
    assert "11,000円" in body


def test_a_store_was_faster_than_the_withdrawal(cast: Cast, administrator: Client) -> None:
    invoice = register(cast.sakura)
    receive_payment(notice(invoice))
    answer = administrator.post(f"/dashboard/invoices/{invoice.pk}/withdraw", follow=True)
    assert "収納済です" in answer.content.decode()
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_a_withdrawn_invoice_can_no_longer_be_changed(cast: Cast, administrator: Client) -> None:
    invoice = register(cast.sakura)
    answer = administrator.post(f"/dashboard/invoices/{invoice.pk}/withdraw", follow=True)
    assert "削除しました" in answer.content.decode()
    assert administrator.get(f"/dashboard/invoices/{invoice.pk}/withdraw").status_code == 405
    body = administrator.get(f"/dashboard/invoices/{invoice.pk}/").content.decode()
    assert "内容を変更" not in body


def test_a_tenant_registers_under_its_own_name_whatever_it_sends(cast: Cast, tutor: Client) -> None:
    asked = words(make_card(cast.sakura).number, tenant="dormitory")
    tutor.post("/portal/invoices/register/single", asked)
    assert Invoice.objects.get().tenant == cast.engineering


def test_a_menu_of_two_amounts_is_made(cast: Cast, administrator: Client) -> None:
    sent = {
        "code": "charge",
        "kind": "all",
        "tenant": "own",
        "items-TOTAL_FORMS": 3,
        "items-INITIAL_FORMS": 0,
        "items-0-title": "チャージ",
        "items-0-amount_yen": 1_000,
        "items-1-title": "チャージ",
        "items-1-amount_yen": 3_000,
    }
    administrator.post("/dashboard/menus/make", sent)
    menu = Menu.objects.get()
    assert [item.amount_yen for item in menu.items.all()] == [1_000, 3_000]
    assert "3,000円" in administrator.get("/dashboard/menus/").content.decode()
    again = administrator.post("/dashboard/menus/make", sent)
    assert "すでに使われています" in again.content.decode()
