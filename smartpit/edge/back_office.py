"""The centre's back office on Django's admin: rows to look at, and steps that services take.

Nothing is edited in place and nothing is deleted. A row is added by a form that calls a service,
and moves on by a step: a button, perhaps with a few words, that calls a service too. A refusal is
told to the person; who did what is kept in the admin's log.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import AutoField, Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin, TabularInline
from unfold.sites import UnfoldAdminSite
from unfold.widgets import (
    CHECKBOX_CLASSES,
    DATETIME_CLASSES,
    INPUT_CLASSES,
    SELECT_CLASSES,
    TEXTAREA_CLASSES,
)

from smartpit.edge.columns import columns_of
from smartpit.edge.pages import obeyed

OPERATING = frozenset({"administrator", "operator"})
APPROVING = frozenset({"administrator", "approver"})


class BackOffice(UnfoldAdminSite):  # type: ignore[misc]  # unfold carries no types.
    """The admin site; people sign in at the same door as everybody else."""

    site_title = "センター管理"
    site_header = "センター管理"
    index_title = "本日の様子"
    enable_nav_sidebar = True

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self._pages: list[URLPattern] = []

    def add_page(self, address: str, view: Callable[..., HttpResponse], name: str) -> None:
        """Hang up a page that belongs to no model; an app's admin module does so."""
        self._pages.append(path(address, self.admin_view(view), name=name))

    def get_urls(self) -> list[URLPattern]:
        return [*self._pages, *super().get_urls()]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


site = BackOffice(name="admin")


@dataclass(frozen=True)
class Done:
    """What a step came to: a sentence, and perhaps a secret that is shown once."""

    told: str
    secret: str = ""


@dataclass(frozen=True)
class Step:
    """A button of a row's page. ``act(request, row, words)`` calls the service.

    ``offered`` says on which rows the button stands; whether the step is allowed is the service's
    to judge again.
    """

    name: str
    word: str
    act: Callable[[HttpRequest, Any, dict[str, Any]], Done]
    offered: Callable[[Any], bool] = field(default=lambda _row: True)
    roles: frozenset[str] = OPERATING
    form: type[forms.Form] = forms.Form
    first: Callable[[Any], dict[str, Any]] = field(default=lambda _row: {})
    asks: str = ""


class RowsAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types.
    """Rows of one model; by default only to look at."""

    steps: ClassVar[tuple[Step, ...]] = ()
    list_steps: ClassVar[tuple[Step, ...]] = ()
    adding: ClassVar[type[forms.Form] | None] = None
    adding_roles: ClassVar[frozenset[str]] = OPERATING
    adding_lead: ClassVar[str] = ""
    hidden: ClassVar[tuple[str, ...]] = ()
    first_shown: ClassVar[tuple[str, ...]] = ()
    ordering: tuple[str, ...] = ("-pk",)
    actions = None
    list_per_page = 50
    search_help_text = "検索"
    show_full_result_count = False
    list_disable_select_all = True
    list_before_template = "back_office/list_steps.html"
    change_form_outer_before_template = "back_office/steps.html"

    def has_add_permission(self, request: HttpRequest, _row: Any = None) -> bool:
        return self.adding is not None and _role(request) in self.adding_roles

    def has_change_permission(self, _request: HttpRequest, _row: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """A filter by what is hidden would tell it letter by letter."""
        if lookup.partition("__")[0] in self.hidden:
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    def get_fields(self, _request: HttpRequest, _row: Any = None) -> list[Any]:
        own = [one.name for one in self.model._meta.fields if not isinstance(one, AutoField)]
        shown = [name for name in own if name not in self.hidden]
        return [*self.first_shown, *columns_of(self.model, shown)]

    def get_readonly_fields(self, request: HttpRequest, _row: Any = None) -> list[Any]:
        return self.get_fields(request)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return columns_of(self.model, super().get_list_display(request))

    def get_urls(self) -> list[URLPattern]:
        opts = self.model._meta
        own = [
            path(
                "do/<slug:name>",
                self._served(self.list_step_view),
                name=f"{opts.app_label}_{opts.model_name}_list_step",
            ),
            path(
                "<path:object_id>/do/<slug:name>",
                self._served(self.step_view),
                name=f"{opts.app_label}_{opts.model_name}_step",
            ),
        ]
        return cast("list[URLPattern]", own + super().get_urls())

    def add(self, request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        """Call the service that adds a row; a subclass with an ``adding`` form says which."""
        raise NotImplementedError

    def adding_form(self, request: HttpRequest) -> forms.Form:
        assert self.adding is not None
        return self.adding(request.POST or None, request.FILES or None)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",  # noqa: ARG002  Django calls it so.
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = self.adding_form(request)
        added = obeyed(form, lambda words: self.add(request, words)) if request.POST else None
        if added is None:
            title = f"{self.model._meta.verbose_name}を追加"
            return self._form_page(request, form, title, lead=self.adding_lead)
        row, done = added
        self.log_addition(request, row, done.told)
        return self._after(request, done, self._row_address(row))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        steps = [(step, self._dressed(step, row)) for step in self._offered(request, row)]
        words = {"steps": steps, "step_root": "do/", **(extra_context or {})}
        answer: HttpResponse = super().change_view(request, object_id, form_url, words)
        return answer

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if any("\x00" in word for words in request.GET.lists() for word in words[1]):
            raise Http404  # No column holds it, and the database refuses to be asked.
        offered = [step for step in self.list_steps if _role(request) in step.roles]
        steps = [(step, self._dressed(step, None)) for step in offered]
        answer: HttpResponse = super().changelist_view(
            request, {"list_steps": steps, **(extra_context or {})}
        )
        return answer

    def step_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        step = next((one for one in self.steps if one.name == name), None)
        return self._taken(request, step, row, self._row_address(row))

    def list_step_view(self, request: HttpRequest, name: str) -> HttpResponse:
        step = next((one for one in self.list_steps if one.name == name), None)
        return self._taken(request, step, None, self._list_address())

    def _taken(self, request: HttpRequest, step: Step | None, row: Any, back: str) -> HttpResponse:
        if step is None:
            raise Http404
        if _role(request) not in step.roles:
            raise PermissionDenied
        form = step.form(request.POST)
        done = obeyed(form, lambda words: step.act(request, row, words))
        if done is None:
            for fault in _faults(form):
                messages.error(request, fault)
            return redirect(back)
        if row is not None:
            self.log_change(request, row, done.told)
        return self._after(request, done, back)

    def _after(self, request: HttpRequest, done: Done, back: str) -> HttpResponse:
        if not done.secret:
            messages.success(request, done.told)
            return redirect(back)
        words = {**self.admin_site.each_context(request), "done": done, "back": back}
        return render(request, "back_office/secret.html", words | {"title": done.told})

    def _form_page(
        self, request: HttpRequest, form: forms.Form, title: str, *, lead: str
    ) -> HttpResponse:
        words = {
            **self.admin_site.each_context(request),
            "title": title,
            "lead": lead,
            "form": dressed(form),
            "opts": self.model._meta,
            "back": self._list_address(),
        }
        return render(request, "back_office/add.html", words)

    def _offered(self, request: HttpRequest, row: Any) -> list[Step]:
        if row is None:
            return []
        return [step for step in self.steps if _role(request) in step.roles and step.offered(row)]

    def _dressed(self, step: Step, row: Any) -> forms.Form:
        return dressed(step.form(initial=step.first(row)))

    def _served(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        served = self.admin_site.admin_view(require_POST(view))
        return cast("Callable[..., HttpResponse]", update_wrapper(served, view))

    def _row_address(self, row: Model) -> str:
        opts = self.model._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])

    def _list_address(self) -> str:
        opts = self.model._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")


class LinesInline(TabularInline):  # type: ignore[misc]  # unfold carries no types.
    """Rows that belong to the row shown; only to look at."""

    ordering: tuple[str, ...] = ("pk",)
    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True
    per_page = 50

    def get_fields(self, _request: HttpRequest, _row: Any = None) -> list[Any]:
        return columns_of(self.model, self.fields or [])

    def get_readonly_fields(self, request: HttpRequest, _row: Any = None) -> list[Any]:
        return self.get_fields(request)

    def has_add_permission(self, _request: HttpRequest, _row: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _row: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: Any = None) -> bool:
        return False


_DRESS: Mapping[type[forms.Widget], list[str]] = {
    forms.CheckboxInput: CHECKBOX_CLASSES,
    forms.Select: SELECT_CLASSES,
    forms.Textarea: TEXTAREA_CLASSES,
    forms.DateInput: DATETIME_CLASSES,
}


def dressed(form: forms.Form) -> forms.Form:
    """Give a plain form's controls the admin's look."""
    for bound in form.fields.values():
        css = next(
            (css for kind, css in _DRESS.items() if isinstance(bound.widget, kind)), INPUT_CLASSES
        )
        bound.widget.attrs["class"] = " ".join(css)
    return form


def _faults(form: forms.Form) -> list[str]:
    found = [str(fault) for fault in form.non_field_errors()]
    for bound in form:
        found += [f"{bound.label}: {fault}" for fault in bound.errors]
    return found


def _role(request: HttpRequest) -> str:
    return getattr(request.user, "role", "")
