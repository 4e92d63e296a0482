"""センター管理: rows are looked at, steps go through services, and nothing is edited or deleted."""

import re
from datetime import date

import pytest
from django.test import Client

from billing.models import Case, Chain, ChainKey, Event
from billing.services.invoices import withdraw_invoice
from billing.services.payments import receive_payment
from cards.models import Block
from settlement.models import BankFile, Payout
from settlement.tests.payout_cast import approved, make_payee, make_payout, person
from settlement.tests.scene import settled
from smartpit.edge.back_office import site
from smartpit.kernel import clock
from tenants.models import Centre, Contract, Owner, Staff, Tenant
from tenants.services import StaffAsked, TenantAsked, open_tenant
from tests.cast import Cast, notice, register
from tests.people import sign_in

CENTRE_ROLES = ("administrator", "operator", "approver", "auditor")


def member_of_centre(role: str) -> Client:
    return sign_in(StaffAsked(f"{role}@centre.example", role, role))


@pytest.fixture
def administrator(cast: Cast) -> Client:
    return member_of_centre("administrator")


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


TERMS = {
    "starts_on": "2026-11-01",
    "plan": "plan-120",
    "connection": "regular",
    "certified_product": "",
    "cycle": "10-day",
    "setup_fees": "first_statement",
    "stamp": "by_amount",
    "first_registration_basis": "contract",
}


@pytest.mark.parametrize("role", CENTRE_ROLES)
def test_every_list_and_every_row_can_be_looked_at(cast: Cast, role: str) -> None:
    receive_payment(notice(register(cast.sakura)))
    receive_payment(notice("00000000-0000-4000-8000-000000000000", advice=True))
    make_payee(cast.sakura)
    make_payout(cast.sakura)
    client = member_of_centre(role)
    for model, admin in site._registry.items():
        root = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.get(root).status_code == 200, root
        row = admin.get_queryset(None).first()
        if row is not None:
            assert client.get(f"{root}{row.pk}/change/").status_code == 200, root
            assert client.get(f"{root}{row.pk}/history/").status_code == 200, root


def test_nothing_can_be_edited_or_deleted_by_anybody(cast: Cast, administrator: Client) -> None:
    for model, admin in site._registry.items():
        root = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        row = admin.get_queryset(None).first()
        assert "delete_selected" not in text(administrator.get(root))
        if row is not None:
            assert administrator.post(f"{root}{row.pk}/change/", {}).status_code == 403, root
            assert administrator.post(f"{root}{row.pk}/delete/", {}).status_code == 403, root
            assert administrator.get(f"{root}{row.pk}/delete/").status_code == 403, root


def test_no_secret_is_on_any_page(cast: Cast, administrator: Client) -> None:
    hashes = {
        *ChainKey.objects.values_list("sha256", flat=True),
        *cast.sakura.api_keys.values_list("sha256", flat=True),
        *Staff.objects.values_list("password", flat=True),
    }
    for model, admin in site._registry.items():
        row = admin.get_queryset(None).first()
        if row is not None:
            address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/change/"
            body = text(administrator.get(address))
            assert not [secret for secret in hashes if secret in body], address


def test_a_confirmation_is_shown_with_the_words_it_is_told_with(cast: Cast) -> None:
    settled(cast.sakura, "11-24", 12_345)
    event = Event.objects.get(type="payment.confirmed")
    page = member_of_centre("auditor").get(f"/admin/billing/event/{event.pk}/change/")
    assert "12345" in text(page)


def test_what_no_page_shows_is_not_found_out_by_a_filter(cast: Cast) -> None:
    """A list that may be filtered by it would tell a secret letter by letter."""
    auditor = member_of_centre("auditor")
    asked = [(model, name) for model, admin in site._registry.items() for name in admin.hidden]
    assert (Staff, "password") in asked
    for model, name in asked:
        root = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for lookup in (name, f"{name}__startswith", f"{name}__isnull"):
            assert auditor.get(root, {lookup: "0"}).status_code == 400, f"{root}?{lookup}"
    assert auditor.get("/admin/tenants/staff/", {"role": "auditor"}).status_code == 200


def test_an_owner_is_opened_with_its_first_contract(cast: Cast, administrator: Client) -> None:
    asked = {"code": "tsubasa", "name": "つばさファンクラブ", **TERMS}
    answer = administrator.post("/admin/tenants/owner/add/", asked, follow=True)
    assert "つばさファンクラブ を登録しました" in text(answer)
    owner = Owner.objects.get(code="tsubasa", is_test=False)
    assert owner.contracts.get().cycle == "10-day"
    assert owner.twin.is_test
    again = administrator.post("/admin/tenants/owner/add/", asked)
    assert "すでに使われています" in text(again)


def test_a_contract_is_superseded_only_from_a_periods_first_day(
    cast: Cast, administrator: Client
) -> None:
    today = clock.business_date()
    next_month = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    asked = {"owner": cast.sakura.pk, **TERMS, "starts_on": next_month.replace(day=2)}
    refused = administrator.post("/admin/tenants/contract/add/", asked)
    assert "精算期間の初日" in text(refused)
    assert Contract.objects.filter(owner=cast.sakura).count() == 1
    administrator.post("/admin/tenants/contract/add/", asked | {"starts_on": next_month})
    newest = Contract.objects.filter(owner=cast.sakura).order_by("number").last()
    assert newest is not None
    assert (newest.number, newest.cycle, newest.starts_on) == (2, "10-day", next_month)


def test_a_contract_is_ended_at_its_row(cast: Cast, administrator: Client) -> None:
    contract = Contract.objects.get(owner=cast.sakura)
    row = f"/admin/tenants/contract/{contract.pk}/"
    assert "契約を終了する" in text(administrator.get(f"{row}change/"))
    past = administrator.post(f"{row}do/end", {"last_day": "2026-01-31"}, follow=True)
    assert "本日以降" in text(past)
    last_day = clock.business_date().replace(year=clock.business_date().year + 1, day=28)
    done = administrator.post(f"{row}do/end", {"last_day": last_day}, follow=True)
    assert f"{last_day:%Y/%m/%d} で終了します" in text(done)
    ended = Contract.objects.filter(owner=cast.sakura).latest("number")
    assert (ended.ends_on, ended.cycle) == (last_day, contract.cycle)
    again = administrator.post(f"{row}do/end", {"last_day": last_day}, follow=True)
    assert "すでに終了日が決まっています" in text(again)
    auditor = member_of_centre("auditor")
    assert auditor.post(f"{row}do/end", {"last_day": last_day}).status_code == 403


def test_a_tenant_is_screened_and_made_live(cast: Cast, administrator: Client) -> None:
    tenant = open_tenant(cast.scope, TenantAsked("library", "図書館"))
    for step in ("screen", "live"):
        administrator.post(f"/admin/tenants/tenant/{tenant.pk}/do/{step}")
    tenant.refresh_from_db()
    assert tenant.status == Tenant.Status.LIVE
    answer = administrator.post(f"/admin/tenants/tenant/{tenant.pk}/do/screen", follow=True)
    assert "操作できません" in text(answer)


def test_staff_are_invited_and_nobody_at_the_centre_sees_a_password(
    cast: Cast, administrator: Client
) -> None:
    asked = {
        "email": "new@example.com",
        "name": "新人",
        "place": f"tenant:{cast.engineering.pk}",
        "role": "staff",
    }
    body = text(administrator.post("/admin/tenants/staff/add/", asked, follow=True))
    assert "招待のメールを送ります" in body
    staff = Staff.objects.get(email="new@example.com")
    assert not staff.has_usable_password()
    assert (staff.owner, staff.tenant) == (cast.sakura, cast.engineering)
    assert "/password/set/" not in body
    wrong = administrator.post("/admin/tenants/staff/add/", asked | {"role": "approver"})
    assert "この所属にはない役割です" in text(wrong)


def test_numbers_are_allotted_to_an_owner(cast: Cast, administrator: Client) -> None:
    asked = {"kind": "joint", "owner": cast.sakura.pk, "size": 5_000}
    administrator.post("/admin/cards/block/add/", asked)
    assert Block.objects.get(owner=cast.sakura).size == 5_000
    refused = administrator.post("/admin/cards/block/add/", {"kind": "joint", "size": 10})
    assert "オーナーを選んでください" in text(refused)


def test_a_chains_key_is_shown_once_and_works(cast: Cast, administrator: Client) -> None:
    before = ChainKey.objects.count()
    body = text(administrator.post("/admin/billing/chain/ministop/do/key"))
    assert "ck_live_" in body
    assert ChainKey.objects.count() == before + 1
    chain = Chain.objects.get(code="ministop")
    assert "ck_live_" not in text(administrator.get("/admin/"))
    assert chain.keys.count() == 1


def test_the_paying_account_can_be_told_after_the_founding(
    cast: Cast, administrator: Client
) -> None:
    told = {
        "contact_email": "info@centre.example",
        "registration_number": "T8000000000001",
        "consignor_code": "0123456789",
        "consignor_kana": "ｾﾝﾀｰ",
        "bank_code": "0005",
        "bank_kana": "ﾐﾂﾋﾞｼ",
        "branch_code": "001",
        "branch_kana": "ﾎﾝﾃﾝ",
        "account_kind": "1",
        "account_number": "7654321",
    }
    administrator.post("/admin/tenants/centre/1/do/tell", told)
    assert Centre.objects.get().account_number == "7654321"
    wrong = told | {"registration_number": "T1000000000001"}
    answer = administrator.post("/admin/tenants/centre/1/do/tell", wrong, follow=True)
    assert "検査数字" in text(answer)
    assert member_of_centre("operator").post("/admin/tenants/centre/1/do/tell").status_code == 403


def test_a_case_is_closed_with_a_word(cast: Cast, administrator: Client) -> None:
    invoice = register(cast.sakura)
    withdraw_invoice(cast.scope, str(invoice.pk))
    receive_payment(notice(invoice, advice=True))
    case = Case.objects.get()
    silent = administrator.post(f"/admin/billing/case/{case.pk}/do/close", {}, follow=True)
    assert "必須" in text(silent)
    case.refresh_from_db()
    assert case.status == "open"
    administrator.post(f"/admin/billing/case/{case.pk}/do/close", {"resolution": "店舗へ照会済"})
    case.refresh_from_db()
    assert (case.status, case.resolution) == ("closed", "店舗へ照会済")
    assert case.closed_by is not None


def approval(client: Client, payout: Payout) -> str:
    """Return what the approver's button binds; what it is stands readable beside the button."""
    body = text(client.get(f"/admin/settlement/payout/{payout.pk}/change/"))
    form = body.partition("do/approve")[2].partition("</form>")[0]
    for words in ("117,742円", "2026/11/20 払い", "0005 ﾐﾂﾋﾞｼﾕ-ｴﾌｼﾞｴｲ / 341"):
        assert words in form
    found = re.search(r'name="content_sha256" value="([0-9a-f]{64})"', body)
    assert found is not None
    return found[1]


@pytest.mark.fault("E12")
def test_a_payout_of_117_742_yen_takes_two_people(cast: Cast) -> None:
    make_payee(cast.sakura)
    payout = make_payout(cast.sakura)
    root = f"/admin/settlement/payout/{payout.pk}/do"
    first, second = member_of_centre("administrator"), member_of_centre("operator")
    first.post(f"{root}/approve", {"content_sha256": approval(first, payout)})
    same = first.post("/admin/settlement/payout/do/export", follow=True)
    assert "承認した人は振込依頼できません" in text(same)
    written = second.post("/admin/settlement/payout/do/export", follow=True)
    assert "117,742円を作成しました" in text(written)
    payout.refresh_from_db()
    assert payout.status == "exported"
    bank_file = BankFile.objects.get()
    for count in (1, 2):
        sent = second.get(f"/admin/settlement/bankfile/{bank_file.pk}/content")
        assert sent.content == bytes(bank_file.content)
        history = text(second.get(f"/admin/settlement/bankfile/{bank_file.pk}/history/"))
        assert history.count("ダウンロード") == count


def test_a_payout_without_an_account_says_so_to_its_approver(cast: Cast) -> None:
    payout = make_payout(cast.sakura)
    root = f"/admin/settlement/payout/{payout.pk}"
    client = member_of_centre("approver")
    assert 'name="content_sha256"' in text(client.get(f"{root}/change/"))
    told = text(client.post(f"{root}/do/approve", {"content_sha256": ""}, follow=True))
    assert "入金口座が登録されていません" in told
    assert "sha256:" not in told
    payout.refresh_from_db()
    assert payout.status == "proposed"


def test_a_returned_payout_is_offered_to_be_reissued_once(cast: Cast) -> None:
    make_payee(cast.sakura)
    payout = approved(make_payout(cast.sakura), person("approver"))
    root = f"/admin/settlement/payout/{payout.pk}"
    client = member_of_centre("operator")
    client.post("/admin/settlement/payout/do/export")
    assert "do/reissue" not in text(client.get(f"{root}/change/"))
    client.post(f"{root}/do/returned", {"reason": "口座なし"})
    assert "do/reissue" in text(client.get(f"{root}/change/"))
    client.post(f"{root}/do/reissue")
    assert "do/reissue" not in text(client.get(f"{root}/change/"))


def test_what_changed_after_it_was_looked_at_is_not_approved(cast: Cast) -> None:
    make_payee(cast.sakura)
    payout = make_payout(cast.sakura)
    client = member_of_centre("approver")
    seen = approval(client, payout)
    make_payee(cast.sakura, account_number="1111111")
    root = f"/admin/settlement/payout/{payout.pk}/do/approve"
    assert "変更されています" in text(client.post(root, {"content_sha256": seen}, follow=True))
    payout.refresh_from_db()
    assert payout.status == "proposed"


STEPS = (
    "/admin/billing/chain/lawson/do/key",
    "/admin/settlement/payout/do/export",
    "/admin/tenants/owner/add/",
    "/admin/tenants/staff/add/",
    "/admin/tenants/contract/add/",
    "/admin/settlement/payee/add/",
    "/admin/cards/block/add/",
)


@pytest.mark.parametrize("step", STEPS)
def test_the_auditor_takes_no_step(cast: Cast, step: str) -> None:
    assert member_of_centre("auditor").post(step, {}).status_code == 403


def test_the_operator_does_not_approve_nor_the_approver_export(cast: Cast) -> None:
    make_payee(cast.sakura)
    payout = make_payout(cast.sakura)
    root = f"/admin/settlement/payout/{payout.pk}/do/approve"
    assert member_of_centre("operator").post(root, {}).status_code == 403
    assert (
        member_of_centre("approver").post("/admin/settlement/payout/do/export").status_code == 403
    )


def test_nobody_but_the_centre_enters(cast: Cast) -> None:
    owner = sign_in(StaffAsked("o@example.com", "経理", "administrator", cast.sakura))
    for client in (owner, Client()):
        for address in ("/admin/", "/admin/tenants/owner/", "/admin/billing/chain/lawson/do/key"):
            assert client.get(address).status_code in (302, 404)
            assert client.post(address).status_code in (302, 404)
    assert ChainKey.objects.count() == 2


SUPER = TERMS | {"connection": "super"}
FINGERPRINT = "ab" * 32


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({}, "スーパータイプのときは入力してください"),
        ({"networks": "10.20.0.0/16"}, "スーパータイプのときは入力してください"),
        ({"client_certificates": FINGERPRINT}, "スーパータイプのときは入力してください"),
        ({"networks": "203.0.113.0/24", "client_certificates": FINGERPRINT}, "プライベートな"),
        ({"networks": "10.20.0.1/16", "client_certificates": FINGERPRINT}, "範囲の先頭の番地"),
        ({"networks": "x", "client_certificates": FINGERPRINT}, "範囲の先頭の番地"),
        ({"networks": "10.20.0.0/16", "client_certificates": "abc"}, "16進数64桁"),
        ({"connection": "regular", "client_certificates": FINGERPRINT}, "スーパータイプのときだけ"),
        ({"connection": "regular", "networks": "999.0.0.0/8"}, "範囲の先頭の番地"),
    ],
)
def test_a_line_that_could_not_work_is_not_signed(
    cast: Cast, administrator: Client, words: dict[str, str], fault: str
) -> None:
    asked = {"code": "line", "name": "専用線", **SUPER, **words}
    assert fault in text(administrator.post("/admin/tenants/owner/add/", asked))
    assert not Owner.objects.filter(code="line").exists()


def test_a_super_contract_keeps_its_line_when_something_else_changes(
    cast: Cast, administrator: Client
) -> None:
    line = {
        "networks": "10.20.0.0/16、 192.168.7.0/24",
        "client_certificates": ":".join(["AB"] * 32),
    }
    asked = {"code": "line", "name": "専用線", **SUPER, **line}
    administrator.post("/admin/tenants/owner/add/", asked)
    owner = Owner.objects.get(code="line", is_test=False)

    def change(**words: str) -> Contract:
        told = {"owner": owner.pk, **SUPER, "starts_on": clock.business_date().isoformat()} | words
        administrator.post("/admin/tenants/contract/add/", told)
        newest = Contract.objects.filter(owner=owner).order_by("number").last()
        assert newest is not None
        return newest

    kept = change(setup_fees="apart")
    assert (kept.number, kept.setup_fees) == (2, "apart")
    assert kept.networks == ["10.20.0.0/16", "192.168.7.0/24"]
    assert kept.client_certificates == [FINGERPRINT]
    assert owner.twin.contracts.latest("number").client_certificates == [FINGERPRINT]
    renewed = change(client_certificates=f"{FINGERPRINT} {'cd' * 32}")
    assert renewed.client_certificates == [FINGERPRINT, "cd" * 32]
    assert change(networks="なし").number == renewed.number  # A line without networks is none.
    plain = change(connection="regular")
    assert (plain.networks, plain.client_certificates) == ([], [])
    page = text(administrator.get(f"/admin/tenants/contract/{kept.pk}/change/"))
    assert FINGERPRINT in page
    assert "10.20.0.0/16" in page
