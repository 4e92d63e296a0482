"""担当者 in the back office: invited, vouched for, sent a link; nobody sees a password."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from smartpit.edge.back_office import APPROVING, OPERATING, Done, RowsAdmin, Step
from tenants.invitations import send_invitation
from tenants.models import Owner, Staff, Tenant, Vouch
from tenants.passwords import is_vouched, send_letter, vouch
from tenants.services import StaffAsked


class StaffForm(forms.Form):
    """Whom to invite, and where; they set their password themselves, by the mailed link."""

    email = forms.EmailField(label="メールアドレス")
    name = forms.CharField(label="氏名", max_length=60)
    place = forms.ChoiceField(label="所属")
    role = forms.ChoiceField(label="役割", choices=Staff.Role.choices)

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["place"] = forms.ChoiceField(label="所属", choices=_places())

    def clean(self) -> dict[str, Any]:
        words = super().clean() or self.cleaned_data
        role, place = words.get("role"), words.get("place", "")
        if role and role not in _roles_of(place):
            self.add_error("role", "この所属にはない役割です。")
        return words


def _places() -> list[tuple[str, str]]:
    owners = Owner.objects.filter(is_test=False).order_by("code")
    tenants = Tenant.objects.filter(owner__is_test=False).exclude(code=Tenant.OWN)
    return [
        ("centre", "センター"),
        *((f"owner:{owner.pk}", owner.name) for owner in owners),
        *(
            (f"tenant:{tenant.pk}", f"{tenant.owner.name} / {tenant.name}")
            for tenant in tenants.select_related("owner").order_by("owner__code", "code")
        ),
    ]


def _roles_of(place: str) -> set[Staff.Role]:
    if place.startswith("owner:"):
        return Staff.OWNER_ROLES
    return Staff.TENANT_ROLES if place.startswith("tenant:") else Staff.CENTRE_ROLES


def _asked(words: dict[str, Any]) -> StaffAsked:
    kind, _, key = words["place"].partition(":")
    tenant = Tenant.objects.select_related("owner").get(pk=key) if kind == "tenant" else None
    owner = Owner.objects.get(pk=key) if kind == "owner" else tenant.owner if tenant else None
    return StaffAsked(words["email"], words["name"], words["role"], owner, tenant)


def _is_unknown(staff: Staff) -> bool:
    return staff.is_centre and staff.is_active and not is_vouched(staff)


def _vouch(request: HttpRequest, staff: Staff, _words: dict[str, Any]) -> Done:
    vouch(cast("Staff", request.user), staff)
    return Done(f"{staff.name} さんの在籍確認を記録しました。")


def _letter(request: HttpRequest, staff: Staff, _words: dict[str, Any]) -> Done:
    send_letter(staff, asked_by=cast("Staff", request.user))
    return Done(f"{staff.email} へパスワード設定の案内を送ります。")


class StaffAdmin(RowsAdmin):
    list_display = ("email", "name", "role", "owner", "tenant", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    list_select_related = ("owner", "tenant")
    hidden = ("password",)
    first_shown = ("known",)
    adding = StaffForm
    adding_roles = frozenset({"administrator"})
    adding_lead = (
        "本人にだけ、パスワードを設定するリンクがメールで届きます。"
        "センターの担当者は、招待した人とは別の人が在籍確認をするまで、振込に関わる操作ができません。"
        "確認できる人がほかにいないときは、サーバーのコンソールで2人目を指名します"
        "（manage.py second_person）。"
    )
    steps = (
        Step(
            "vouch",
            "在籍を確認した",
            _vouch,
            _is_unknown,
            roles=APPROVING | OPERATING,
            asks="この人を知っている、招待した人とは別の人が押します。記録は取り消せません。",
        ),
        Step(
            "letter",
            "パスワード設定の案内を送る",
            _letter,
            lambda staff: staff.is_active,
            roles=frozenset({"administrator"}),
            asks="本人のメールアドレスにだけ届きます。",
        ),
    )

    def add(self, request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        staff = send_invitation(cast("Staff", request.user), _asked(words))
        return staff, Done(f"担当者 {staff.email} へ招待のメールを送ります。")

    @admin.display(description="在籍確認")
    def known(self, staff: Staff) -> str:
        if not staff.is_centre:
            return "対象外"
        found = Vouch.objects.filter(staff=staff).select_related("vouched_by").first()
        if found is None:
            return "まだ"
        return f"{found.get_ground_display()} {found.vouched_by or ''}".strip()
