"""Who takes part, in the back office."""

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from smartpit.edge.back_office import Done, LinesInline, RowsAdmin, Step, site
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import ApiKey, Centre, Clearance, Contract, Owner, Plan, Staff, Tenant
from tenants.networks import fingerprint_of
from tenants.selectors import centre
from tenants.services import (
    CentreTold,
    Contact,
    TermsSigned,
    move_tenant,
    open_owner,
    open_tenant,
    tell_centre,
    waive_connection_test,
)
from tenants.staff_admin import StaffAdmin
from tenants.web.forms import TenantForm

_SCREENED, _LIVE, _CLOSED = Tenant.Status.SCREENED, Tenant.Status.LIVE, Tenant.Status.CLOSED


_FIRST_DAY = date(2000, 1, 1)
_DAYS_AHEAD = timedelta(days=5 * 366)


def require_likely_year(day: date) -> None:
    """Refuse a day that can only be mistyped: what is signed stays, and its periods are closed."""
    if not _FIRST_DAY <= day <= clock.business_date() + _DAYS_AHEAD:
        raise forms.ValidationError("年を確かめてください（2000年から、5年先まで）。")


class DayInput(forms.DateInput):
    input_type = "date"


class WordsField(forms.CharField):
    """Several words, parted by commas or spaces."""

    def clean(self, value: Any) -> Any:
        return tuple(super().clean(value).replace(",", " ").replace("、", " ").split())


class TermsForm(forms.Form):
    """The words of a contract row (契約)."""

    starts_on = forms.DateField(
        label="適用開始日", widget=DayInput(), validators=[require_likely_year]
    )
    plan = forms.ChoiceField(label="プラン")
    connection = forms.ChoiceField(label="接続タイプ", choices=Contract.Connection.choices)
    certified_product = forms.ChoiceField(
        label="認定製品",
        choices=[("", "なし"), *Contract.CertifiedProduct.choices],
        required=False,
    )
    cycle = forms.ChoiceField(
        label="精算サイクル", choices=Contract.Cycle.choices, initial=Contract.Cycle.MONTH_END
    )
    setup_fees = forms.ChoiceField(label="初期費用", choices=Contract.SetupFees.choices)
    stamp = forms.ChoiceField(label="収入印紙", choices=Contract.Stamp.choices)
    stamp_reason = forms.CharField(label="非課税の理由", max_length=100, required=False)
    repeat_yearly_yen = forms.IntegerField(
        label="リピート年額",
        min_value=0,
        required=False,
        help_text="リピートオプションの契約があるときだけ、年額と初回登録料の両方を入れます。",
    )
    first_registration_yen = forms.IntegerField(label="初回登録料", min_value=0, required=False)
    first_registration_basis = forms.ChoiceField(
        label="初回登録料の単位", choices=Contract.RegistrationBasis.choices
    )
    networks = WordsField(
        label="接続元ネットワーク",
        required=False,
        help_text="スーパータイプはプライベートなものだけを必ず。例: 10.20.0.0/16, 192.168.7.0/24",
    )
    client_certificates = WordsField(
        label="クライアント証明書",
        required=False,
        help_text="スーパータイプは SHA-256 の指紋（64桁）を必ず。更新のときは新旧を並べます。",
    )
    ends_on = forms.DateField(
        label="契約終了日", widget=DayInput(), required=False, validators=[require_likely_year]
    )

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["plan"] = forms.ChoiceField(label="プラン", choices=_plans())

    def clean(self) -> dict[str, Any]:
        words = super().clean() or self.cleaned_data
        if words.get("stamp") == Contract.Stamp.EXEMPT and not words.get("stamp_reason"):
            self.add_error("stamp_reason", "非課税のときは理由を入力してください。")
        option = (words.get("repeat_yearly_yen"), words.get("first_registration_yen"))
        if (option[0] is None) != (option[1] is None):
            self.add_error("first_registration_yen", "年額と初回登録料は両方を入力してください。")
        if (
            words.get("ends_on")
            and words.get("starts_on")
            and words["ends_on"] < words["starts_on"]
        ):
            self.add_error("ends_on", "適用開始日より前です。")
        self._look_at_connection(words)
        return words

    def clean_client_certificates(self) -> tuple[str, ...]:
        """Take fingerprints as openssl and browsers write them."""
        told: tuple[str, ...] = self.cleaned_data["client_certificates"]
        return tuple(fingerprint_of(text) or text for text in told)

    def _look_at_connection(self, words: dict[str, Any]) -> None:
        """A super contract that names no network or certificate is closed to its own owner."""
        is_super = words.get("connection") == Contract.Connection.SUPER
        if not is_super:
            if words.get("client_certificates"):
                self.add_error("client_certificates", "スーパータイプのときだけ登録します。")
            return
        if "networks" in words and not words["networks"]:
            self.add_error("networks", "スーパータイプのときは入力してください。")
        founded = centre()
        if founded is not None and founded.is_demo:
            return
        if "client_certificates" in words and not words["client_certificates"]:
            self.add_error("client_certificates", "スーパータイプのときは入力してください。")


def terms_of_words(words: dict[str, Any]) -> TermsSigned:
    names = set(TermsSigned.__dataclass_fields__) - {"certified_product"}
    return TermsSigned(
        **{name: words[name] for name in names},
        certified_product=words["certified_product"] or None,
    )


class CentreForm(forms.Form):
    """振込元: what bank files and statements need, told at any time after the founding."""

    contact_email = forms.EmailField(label="連絡先メール")
    contact_phone = forms.CharField(label="連絡先電話", max_length=20, required=False)
    registration_number = forms.CharField(
        label="登録番号（T + 13桁）", max_length=14, required=False
    )
    consignor_code = forms.RegexField(
        r"[0-9]{10}", label="振込依頼人コード（10桁）", required=False
    )
    consignor_kana = forms.CharField(label="振込依頼人名（カナ）", max_length=40, required=False)
    bank_code = forms.RegexField(r"[0-9]{4}", label="銀行番号", required=False)
    bank_kana = forms.CharField(label="銀行名（カナ）", max_length=15, required=False)
    branch_code = forms.RegexField(r"[0-9]{3}", label="支店番号", required=False)
    branch_kana = forms.CharField(label="支店名（カナ）", max_length=15, required=False)
    account_kind = forms.ChoiceField(label="預金種目", choices=[("1", "普通"), ("2", "当座")])
    account_number = forms.RegexField(r"[0-9]{7}", label="口座番号（7桁）", required=False)


class OwnerForm(TermsForm):
    """A company signs: its name, whom payers ask, and its first contract."""

    code = forms.SlugField(
        label="オーナーコード",
        max_length=40,
        help_text="半角の英数字とハイフン。あとから変更できません。",
        error_messages={"invalid": "半角の英数字とハイフンで入力してください。"},
    )
    name = forms.CharField(label="名称", max_length=100)
    contact_name = forms.CharField(label="問合せ先名称", max_length=100, required=False)
    contact_phone = forms.CharField(label="問合せ先電話", max_length=20, required=False)
    contact_hours = forms.CharField(label="受付時間", max_length=60, required=False)
    contact_email = forms.EmailField(label="連絡先メール", required=False)

    field_order = (
        "code",
        "name",
        "contact_name",
        "contact_phone",
        "contact_hours",
        "contact_email",
    )


class WaiverForm(forms.Form):
    reason = forms.CharField(label="免除の理由", max_length=200)


class ApplyForm(TenantForm):
    owner = forms.ModelChoiceField(label="オーナー", queryset=Owner.objects.filter(is_test=False))

    field_order = ("owner",)


def _plans() -> list[tuple[str, str]]:
    rows = Plan.objects.order_by("code", "starts_on").values_list("code", "is_fictitious")
    return [(code, f"{code}（架空）" if made_up else code) for code, made_up in dict(rows).items()]


def _waive(request: HttpRequest, owner: Owner, words: dict[str, Any]) -> Done:
    waive_connection_test(owner, cast("Staff", request.user), words["reason"])
    return Done(f"{owner.name} の接続試験を免除しました。")


def _is_untested(owner: Owner) -> bool:
    return not owner.is_test and not Clearance.objects.filter(owner=owner).exists()


def _tell(_request: HttpRequest, _centre: Centre, words: dict[str, Any]) -> Done:
    tell_centre(CentreTold(**words))
    return Done("連絡先と振込元を登録しました。")


def _move(to: Tenant.Status) -> Any:
    def act(_request: HttpRequest, tenant: Tenant, _words: dict[str, Any]) -> Done:
        moved = move_tenant(tenant, to)
        return Done(f"{moved.name}: {Tenant.Status(to).label}")

    return act


def _goes_to(to: Tenant.Status) -> Any:
    return lambda tenant: to in Tenant.MOVES[Tenant.Status(tenant.status)]


class ContractInline(LinesInline):
    model = Contract
    fields = ("number", "starts_on", "ends_on", "plan", "connection", "cycle")
    ordering = ("-number",)


class TenantInline(LinesInline):
    model = Tenant
    fields = ("code", "name", "status")
    ordering = ("code",)


class ClearanceInline(LinesInline):
    model = Clearance
    fields = ("ground", "certificate", "waived_by", "reason", "cleared_at")


@admin.register(Centre, site=site)
class CentreAdmin(RowsAdmin):
    list_display = ("name", "registration_number", "contact_email", "founded_at")
    hidden = ("number_key",)
    steps = (
        Step(
            "tell",
            "連絡先と振込元を登録する",
            _tell,
            roles=frozenset({"administrator"}),
            form=CentreForm,
            first=lambda centre: {name: getattr(centre, name) for name in CentreForm.base_fields},
        ),
    )


@admin.register(Owner, site=site)
class OwnerAdmin(RowsAdmin):
    list_display = ("code", "name", "is_test", "contact_phone", "opened_at")
    list_filter = ("is_test",)
    search_fields = ("code", "name")
    ordering = ("code", "is_test")
    inlines = (ContractInline, TenantInline, ClearanceInline)
    steps = (
        Step(
            "waive",
            "接続試験を免除する",
            _waive,
            _is_untested,
            roles=frozenset({"administrator"}),
            form=WaiverForm,
            asks="接続試験なしで本番のAPIキーを発行できるようになります。記録は取り消せません。",
        ),
    )
    adding = OwnerForm
    adding_lead = "オーナー企業と最初の契約を登録します。テスト環境も同時に用意されます。"

    def add(self, _request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        contact = Contact(
            words["contact_name"],
            words["contact_phone"],
            words["contact_hours"],
            words["contact_email"],
        )
        owner = open_owner(words["code"], words["name"], contact, terms_of_words(words))
        return owner, Done(f"{owner.name} を登録しました。")


@admin.register(Tenant, site=site)
class TenantAdmin(RowsAdmin):
    list_display = ("name", "code", "owner", "status", "applied_at")
    list_filter = ("status", "owner__is_test")
    search_fields = ("code", "name", "owner__name")
    list_select_related = ("owner",)
    adding = ApplyForm
    adding_lead = "テナントを申請として登録します。審査のうえ、稼働にしてください。"
    steps = (
        Step(
            "screen",
            "審査済にする",
            _move(Tenant.Status.SCREENED),
            _goes_to(Tenant.Status.SCREENED),
        ),
        Step("live", "稼働させる", _move(Tenant.Status.LIVE), _goes_to(Tenant.Status.LIVE)),
        Step(
            "close",
            "終了する",
            _move(_CLOSED),
            _goes_to(_CLOSED),
            asks="終了すると、このテナントの請求は支払えなくなり、元に戻せません。",
        ),
    )

    def add(self, _request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        tenant = open_tenant(Scope(owner_id=words["owner"].pk), ApplyForm.asked_of(words))
        return tenant, Done(f"{tenant.name} を申請しました。")


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(RowsAdmin):
    list_display = ("prefix", "owner", "tenant", "made_at", "expires_at")
    list_select_related = ("owner", "tenant")
    ordering = ("-made_at",)
    hidden = ("sha256", "sealed")


@admin.register(Plan, site=site)
class PlanAdmin(RowsAdmin):
    list_display = ("code", "starts_on", "is_fictitious", "payment_yen", "transfer_yen", "fax_yen")
    ordering = ("code", "starts_on")


site.register(Staff, StaffAdmin)
