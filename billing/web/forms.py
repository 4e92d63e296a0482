"""Forms of billing's pages: they read words; what is allowed is the services' to say."""

from typing import Any

from django import forms

from billing.models import Invoice, Menu, Payment
from billing.services.invoices import InvoiceAsked, Limits
from billing.services.menus import ItemAsked, MenuAsked
from billing.services.notifications import EndpointAsked
from billing.web.words import EVENT_CHOICES
from cards.numbers import ungrouped
from tenants.access import Scope
from tenants.models import Tenant
from tenants.selectors import tenants_of

_ANY = ("", "すべて")


class NumberField(forms.CharField):
    """A card's number as people write it: in groups, with hyphens, in full-width digits."""

    def __init__(self, **words: Any) -> None:
        marks = {"inputmode": "numeric", "autocomplete": "off", "placeholder": "1234 5678 90123"}
        super().__init__(max_length=30, widget=forms.TextInput(attrs=marks), **words)

    def to_python(self, value: Any) -> str:
        return ungrouped(super().to_python(value) or "")


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _whole(label: str, **words: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, required=False, **words)


def _tenants(scope: Scope) -> list[tuple[str, str]]:
    live = list(tenants_of(scope).filter(status=Tenant.Status.LIVE))
    live.sort(key=lambda tenant: tenant.code != Tenant.OWN)
    return [(tenant.code, tenant.name) for tenant in live]


class PaymentFilter(forms.Form):
    tenant = forms.ChoiceField(label="テナント", required=False)
    status = forms.ChoiceField(
        label="状態", required=False, choices=[_ANY, *Payment.Status.choices[:4]]
    )
    day = forms.DateField(label="営業日", required=False, widget=DayInput())

    def __init__(self, words: Any, scope: Scope) -> None:
        super().__init__(words)
        tenants = [(tenant.code, tenant.name) for tenant in tenants_of(scope)]
        self.fields["tenant"] = forms.ChoiceField(
            label="テナント", required=False, choices=[_ANY, *tenants]
        )
        if scope.tenant_id is not None:
            del self.fields["tenant"]


class InvoiceFilter(forms.Form):
    q = forms.CharField(
        label="請求番号・番号・会員番号",
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    status = forms.ChoiceField(
        label="状態", required=False, choices=[_ANY, *Invoice.Status.choices]
    )


class _InvoiceForm(forms.Form):
    """What single and kept invoices share."""

    repeats = False

    reference = forms.CharField(
        label="請求番号",
        max_length=60,
        help_text="貴社で管理する番号です。テナントごとに一度だけ使えます。",
    )
    number = NumberField(label="番号（13桁）")
    tenant = forms.ChoiceField(label="テナント")
    title = forms.CharField(
        label="件名", max_length=60, help_text="コンビニの画面とレシートに表示されます。"
    )
    amount_yen = forms.IntegerField(label="金額（税込）", min_value=1, max_value=300_000)
    tax_yen = forms.IntegerField(
        label="うち消費税",
        min_value=0,
        required=False,
        help_text="空欄のときは、収入印紙の要否を税込の金額で判定します。",
    )
    due_on = forms.DateField(label="支払期限", required=False, widget=DayInput())

    def __init__(self, *args: Any, scope: Scope, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["tenant"] = forms.ChoiceField(label="テナント", choices=_tenants(scope))
        if scope.tenant_id is not None:
            del self.fields["tenant"]

    def asked(self, words: dict[str, Any]) -> InvoiceAsked:
        limits = Limits(**{name: words.get(name) for name in Limits.__dataclass_fields__})
        names = ("reference", "number", "title", "amount_yen", "tax_yen", "due_on")
        return InvoiceAsked(
            **{name: words[name] for name in names},
            tenant=words.get("tenant"),
            repeats=self.repeats,
            limits=limits,
        )


class SingleInvoiceForm(_InvoiceForm):
    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["due_on"].help_text = "空欄のときは、登録日を含めて60日目です。"


class KeptInvoiceForm(_InvoiceForm):
    repeats = True

    count_max = _whole("支払回数の上限")
    per_day_yen_max = _whole("1日の上限額")
    per_month_count_max = _whole("1か月の回数の上限")
    gap_seconds_min = _whole("次の支払いまでの間隔（秒）")

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["due_on"].label = "受付の終了日"
        self.fields["due_on"].help_text = "空欄のときは、削除するまで何度でも支払えます。"


class ChangeInvoiceForm(forms.Form):
    title = forms.CharField(label="件名", max_length=60)
    amount_yen = forms.IntegerField(label="金額（税込）", min_value=1, max_value=300_000)
    tax_yen = forms.IntegerField(label="うち消費税", min_value=0, required=False)
    due_on = forms.DateField(label="支払期限", required=False, widget=DayInput())


class MenuForm(forms.Form):
    code = forms.SlugField(
        label="コード",
        max_length=40,
        help_text="半角の英数字とハイフン。例: charge",
        error_messages={"invalid": "半角の英数字とハイフンで入力してください。"},
    )
    kind = forms.ChoiceField(label="種類", choices=Menu.Kind.choices)
    tenant = forms.ChoiceField(label="テナント")
    count_max = _whole("支払回数の上限")
    per_day_yen_max = _whole("1日の上限額")
    per_month_count_max = _whole("1か月の回数の上限")
    gap_seconds_min = _whole("次の支払いまでの間隔（秒）")

    def __init__(self, *args: Any, scope: Scope, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["tenant"] = forms.ChoiceField(label="テナント", choices=_tenants(scope))

    def asked(self, words: dict[str, Any], items: list[dict[str, Any]]) -> MenuAsked:
        limits = Limits(**{name: words[name] for name in Limits.__dataclass_fields__})
        return MenuAsked(
            code=words["code"],
            kind=words["kind"],
            tenant=words["tenant"],
            items=tuple(ItemAsked(**item) for item in items if item),
            limits=limits,
        )


class MenuItemForm(forms.Form):
    title = forms.CharField(label="件名", max_length=60)
    amount_yen = forms.IntegerField(label="金額（税込）", min_value=1, max_value=300_000)
    tax_yen = forms.IntegerField(label="うち消費税", min_value=0, required=False)


MenuItemForms = forms.formset_factory(MenuItemForm, extra=6, max_num=10)


class EndpointForm(forms.Form):
    url = forms.URLField(
        label="URL",
        max_length=500,
        assume_scheme="https",
        help_text="通知を受け取る https の宛先。",
    )
    types = forms.MultipleChoiceField(
        label="通知の種類",
        required=False,
        choices=EVENT_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text="選ばないときは、すべての種類が届きます。",
    )
    tenant = forms.ChoiceField(
        label="通知の範囲",
        required=False,
        help_text="テナントを選ぶと、そのテナントの通知だけが届きます。",
    )

    def __init__(self, *args: Any, scope: Scope, **words: Any) -> None:
        super().__init__(*args, **words)
        choices = [("", "オーナー全体"), *_tenants(scope)]
        self.fields["tenant"] = forms.ChoiceField(
            label="通知の範囲",
            required=False,
            choices=choices,
            help_text="テナントを選ぶと、そのテナントの通知だけが届きます。",
        )


def asked_of(words: dict[str, Any]) -> EndpointAsked:
    """Return what an ``EndpointForm`` asks, on the live side as on the test side."""
    return EndpointAsked(words["url"], tuple(words["types"]), words["tenant"] or None)
