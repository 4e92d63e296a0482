"""Forms of who takes part."""

from typing import Any

from django import forms

from tenants.services import Contact, TenantAsked


class TenantForm(forms.Form):
    """An owner applies for a tenant (申請); the centre screens it."""

    code = forms.SlugField(
        label="テナントコード",
        max_length=40,
        help_text="半角の英数字とハイフン。あとから変更できません。",
        error_messages={"invalid": "半角の英数字とハイフンで入力してください。"},
    )
    name = forms.CharField(label="名称", max_length=100)
    display_name = forms.CharField(
        label="表示名",
        max_length=60,
        required=False,
        help_text="コンビニの画面に出る名前。空欄のときは名称と同じです。",
    )
    contact_name = forms.CharField(label="問合せ先名称", max_length=100, required=False)
    contact_phone = forms.CharField(label="問合せ先電話", max_length=20, required=False)
    contact_hours = forms.CharField(label="受付時間", max_length=60, required=False)
    commission_yen = forms.IntegerField(
        label="手数料（1件あたりの円）", min_value=0, max_value=300_000, initial=0
    )
    commission_basis_points = forms.IntegerField(
        label="手数料（収納額の万分率）",
        min_value=0,
        max_value=10_000,
        initial=0,
        help_text="250 は 2.5 % です。",
    )
    passes_fees = forms.BooleanField(label="センター手数料をテナントが負担する", required=False)

    @staticmethod
    def asked_of(words: dict[str, Any]) -> TenantAsked:
        contact = Contact(words["contact_name"], words["contact_phone"], words["contact_hours"])
        return TenantAsked(
            code=words["code"],
            name=words["name"],
            display_name=words["display_name"],
            contact=contact,
            commission_yen=words["commission_yen"],
            commission_basis_points=words["commission_basis_points"],
            passes_fees=words["passes_fees"],
        )
