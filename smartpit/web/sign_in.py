"""Signing in and out, and setting one's own password, on Django's own views and forms."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash, views
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants.models import Staff
from tenants.passwords import (
    LinkRefused,
    ask_for_letter,
    change_own_password,
    person_of_link,
    set_own_password,
)


class AnyCase(AuthenticationForm):
    """A mail address is the same however it is typed; ours are kept in small letters."""

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class SignIn(views.LoginView):
    authentication_form = AnyCase
    redirect_authenticated_user = True
    next_page = "home"


class SignOut(views.LogoutView):
    next_page = "home"


class ChangePassword(views.PasswordChangeView):
    success_url = reverse_lazy("home")

    def form_valid(self, form: Form) -> HttpResponse:
        staff = change_own_password(
            cast("Staff", self.request.user), form.cleaned_data["new_password1"]
        )
        update_session_auth_hash(self.request, staff)
        messages.success(self.request, "パスワードを変更しました。")
        return HttpResponseRedirect(self.get_success_url())


class WhoForgot(forms.Form):
    email = forms.EmailField(
        label="メールアドレス", widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


@never_cache
@require_http_methods(["GET", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Have the link mailed; the page says the same to everybody, known or not."""
    form = WhoForgot(request.POST or None)
    if not form.is_valid():
        return render(request, "registration/forgot.html", {"form": form})
    ask_for_letter(form.cleaned_data["email"])
    messages.success(
        request,
        "登録のあるアドレスであれば、1分ほどでパスワード設定の案内が届きます。",
    )
    return redirect("login")


@never_cache
@require_http_methods(["GET", "POST"])
def set_password(request: HttpRequest, link: str) -> HttpResponse:
    """Let whom a link was mailed to set their own password, once."""
    try:
        staff = person_of_link(link)
        form = SetPasswordForm(staff, request.POST or None)
        if not form.is_valid():
            words = {"form": form, "person": staff}
            return render(request, "registration/set_password.html", words)
        set_own_password(link, form.cleaned_data["new_password1"])
    except LinkRefused as refused:
        return render(request, "registration/link_refused.html", {"why": refused.title}, status=410)
    messages.success(request, "パスワードを設定しました。サインインしてください。")
    return redirect("login")


def locked(request: HttpRequest, *_args: object, **_words: object) -> HttpResponse:
    """Tell who failed too often to wait; django-axes asks for this page."""
    return render(request, "registration/locked.html", status=429)
