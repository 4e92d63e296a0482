"""代替の通知: where an owner is told when its system does not take what is pushed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from billing.models.notice import WAIT_MINUTES_MAX
from billing.services.channels import ChannelAsked, channel_of, gateway, set_channel
from smartpit.edge.pages import obeyed
from tenants.access import Scope
from tenants.web.gates import StaffRequest


class ChannelForm(forms.Form):
    mail_to = forms.CharField(
        label="メールの宛先",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="1行に1件、5件まで。空欄のときはメールを送りません。",
    )
    mail_after_minutes = forms.IntegerField(
        label="メールまでの時間（分）", min_value=1, max_value=WAIT_MINUTES_MAX
    )
    fax_number = forms.CharField(
        label="FAX番号",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "placeholder": "03-1234-5678"}),
        help_text="空欄のときはFAXを送りません。FAXは送信が完了するごとに10円（税別）です。",
    )
    fax_after_minutes = forms.IntegerField(
        label="FAXまでの時間（分）", min_value=1, max_value=WAIT_MINUTES_MAX
    )


@require_http_methods(["GET", "POST"])
def channel(request: StaffRequest, scope: Scope) -> HttpResponse:
    standing = channel_of(scope)
    asked = ChannelAsked()
    first: dict[str, Any] = {
        "mail_to": "\n".join(standing.mail_to if standing else asked.mail_to),
        "mail_after_minutes": (standing or asked).mail_after_minutes,
        "fax_number": (standing or asked).fax_number,
        "fax_after_minutes": (standing or asked).fax_after_minutes,
    }
    form = ChannelForm(request.POST or None, initial=first)
    if gateway() is None:
        form.fields["fax_number"].disabled = True
        form.fields["fax_number"].help_text = "このセンターではFAXによる通知を利用できません。"
    changed = obeyed(form, lambda words: set_channel(scope, request.user, _asked(words)))
    if changed is None:
        words = {
            "form": form,
            "title": "メールとFAXによる通知",
            "lead": "収納データ通知が届かず、取得もされない収納を、まとめてお知らせします。",
            "frame": request.gate.frame,
            "back": reverse("dashboard:connection"),
        }
        return render(request, "form_page.html", words)
    messages.success(request, "メールとFAXによる通知を設定しました。")
    return redirect("dashboard:connection")


def _asked(words: dict[str, Any]) -> ChannelAsked:
    return ChannelAsked(
        mail_to=tuple(words["mail_to"].split()),
        mail_after_minutes=words["mail_after_minutes"],
        fax_number=words["fax_number"],
        fax_after_minutes=words["fax_after_minutes"],
    )
