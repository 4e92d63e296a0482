"""Signing in and out, and changing one's password, on Django's own views."""

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy


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
        messages.success(self.request, "パスワードを変更しました。")
        return super().form_valid(form)  # type: ignore[arg-type]  # Django's form it is.


def locked(request: HttpRequest, *_args: object, **_words: object) -> HttpResponse:
    """Tell who failed too often to wait; django-axes asks for this page."""
    return render(request, "registration/locked.html", status=429)
