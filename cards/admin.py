"""Numbers, members and orders, in the back office; cards stand beside the money on them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from cards.design_admin import DesignVersionAdmin
from cards.models import Block, DesignVersion, HandOver, HandOverUndone, Kind, Member
from cards.services import allot_block
from smartpit.edge.back_office import Done, LinesInline, RowsAdmin, site
from tenants.models import Owner


class BlockForm(forms.Form):
    """番号割当: whose numbers, of which kind, and how many."""

    kind = forms.ChoiceField(label="種類", choices=Kind.choices)
    owner = forms.ModelChoiceField(
        label="オーナー",
        queryset=Owner.objects.order_by("code", "is_test"),
        required=False,
        help_text="ジョイントカードのときは必ず選びます。スタンダードカードのときは選びません。",
    )
    size = forms.IntegerField(label="件数", min_value=1, max_value=1_000_000, initial=10_000)

    def clean(self) -> dict[str, Any]:
        words = super().clean() or self.cleaned_data
        if words.get("kind") == Kind.JOINT and not words.get("owner"):
            self.add_error("owner", "オーナーを選んでください。")
        if words.get("kind") == Kind.STANDARD and words.get("owner"):
            self.add_error("owner", "スタンダードカードはどのオーナーのものでもありません。")
        return words


@admin.register(Block, site=site)
class BlockAdmin(RowsAdmin):
    list_display = ("kind", "owner", "is_test", "size", "used", "allotted_at")
    list_filter = ("kind", "is_test")
    list_select_related = ("owner",)
    ordering = ("-allotted_at",)
    adding = BlockForm
    adding_lead = "番号は一度だけ割り当てられ、二度と使われません。"

    def add(self, _request: HttpRequest, words: dict[str, Any]) -> tuple[Model, Done]:
        owner = words["owner"]
        is_test = owner is not None and owner.is_test
        block = allot_block(words["kind"], words["size"], owner=owner, is_test=is_test)
        return block, Done(f"{block.size:,}件の番号を割り当てました。")


@admin.register(Member, site=site)
class MemberAdmin(RowsAdmin):
    list_display = ("reference", "name", "owner", "card", "joined_at")
    search_fields = ("reference", "card__number")
    list_select_related = ("owner", "card")
    ordering = ("-joined_at",)


class UndoneInline(LinesInline):
    model = HandOverUndone
    verbose_name_plural = "取消"
    fields = ("undone_at", "undone_by", "reason")


@admin.register(HandOver, site=site)
class HandOverAdmin(RowsAdmin):
    list_display = ("handed_at", "owner", "member", "card", "menu", "handed_by")
    search_fields = ("member__reference", "card__number")
    list_select_related = ("owner", "member", "card", "handed_by")
    ordering = ("-handed_at",)
    inlines = (UndoneInline,)


site.register(DesignVersion, DesignVersionAdmin)
