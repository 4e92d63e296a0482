"""カード発行の下書き: a member file goes up, its columns are named, the dry run is looked at."""

import re
from dataclasses import replace
from typing import Any, Final, Literal
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.selectors import menus_of
from billing.services.batches import (
    MEMBER_FILE_BYTES_MAX,
    BatchAsked,
    Paper,
    draft_batch,
    drop_draft,
    first_row_of,
    layout_of,
    members_of_batch,
    place_batch,
    plan_of,
    redraft_batch,
)
from billing.tasks import ring_printer
from cards.member_columns import COLUMNS, columns_of
from cards.member_file_errors import REASONS, errors_csv
from cards.models import Batch, Design, Kind
from cards.printing.layout import Medium
from cards.printing.render import preview
from cards.selectors import DEFAULT_DESIGN, artworks_of, batch_of, designs_of, profiles_of
from cards.web.samples import sample_face
from cards.workbook import as_csv
from smartpit.edge.pages import obeyed, pressed
from smartpit.kernel.errors import DomainError, Malformed
from tenants.access import NotFound, Scope
from tenants.web.gates import StaffRequest

ROWS_SHOWN = 200
SIDES: Final[dict[str, Literal["front", "back"]]] = {"front": "front", "back": "back"}
_COLUMN: Final = re.compile(r"[0-9]{1,6}")
COLUMN_WORDS = {
    "member_reference": "会員番号",
    "member_name": "氏名",
    "print_name": "印刷用氏名",
    "postal_code": "郵便番号",
    "address1": "住所1",
    "address2": "住所2",
}


class OrderForm(forms.Form):
    """What is ordered: cards of the members in a file, or blank ones to be handed over later."""

    member_file = forms.FileField(
        label="会員ファイル（CSV・Excel）",
        required=False,
        help_text="列の名前は次の画面で対応づけられます。文字コードは UTF-8 または Shift_JIS。",
    )
    count = forms.IntegerField(
        label="無記名の枚数",
        required=False,
        min_value=1,
        max_value=100_000,
        help_text="窓口で渡すカードを先に印刷しておくときに入力します。会員ファイルは選びません。",
    )
    kind = forms.ChoiceField(
        label="カードの種類",
        choices=[(kind.value, kind.label) for kind in (Kind.JOINT, Kind.STANDARD)],
    )
    design = forms.ChoiceField(label="デザイン")
    profile = forms.ChoiceField(
        label="プリンター設定",
        required=False,
        help_text="空欄なら、媒体に合う最初の設定を使います。",
    )
    start = forms.IntegerField(
        label="1枚目の開始位置",
        initial=1,
        min_value=1,
        help_text="使いかけの用紙は、空いている最初のマスを左上から数えます。",
    )
    part_cards = forms.IntegerField(
        label="1ファイルの枚数", initial=1_000, min_value=1, max_value=10_000
    )
    menu = forms.ChoiceField(label="チャージメニュー", required=False)
    reason = forms.CharField(label="発行の理由", required=False, max_length=200)

    def __init__(self, *args: Any, scope: Scope, design: str = "") -> None:
        super().__init__(*args)
        self.initial["design"] = design
        designs = [(design.code, _named(design)) for design in designs_of(scope)]
        if DEFAULT_DESIGN not in dict(designs):
            designs.append((DEFAULT_DESIGN, "標準デザイン"))
        self._offer("design", designs)
        self._offer("profile", [("", "自動"), *_printers(scope)])
        menus = [(menu.code, menu.code) for menu in menus_of(scope)]
        self._offer("menu", [("", "なし"), *menus])
        self.fields["menu"].help_text = "選ぶと、できたカードはすぐにコンビニで支払えます。"

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        words = super().clean() or {}
        if bool(words.get("member_file")) == bool(words.get("count")):
            raise forms.ValidationError(
                "会員ファイルか無記名の枚数の、どちらか一方を入力してください。"
            )
        return words


@require_http_methods(["GET", "POST"])
def order(request: StaffRequest, scope: Scope) -> HttpResponse:
    chosen = request.GET.get("design", "")
    form = OrderForm(request.POST or None, request.FILES or None, scope=scope, design=chosen)
    drafted = obeyed(form, lambda words: draft_batch(scope, _asked(request, words)))
    if drafted is None:
        words = {"form": form, "title": "カードの発行を依頼", "frame": request.gate.frame}
        back = reverse("dashboard:batches")
        return render(request, "form_page.html", words | {"submit": "内容を確かめる", "back": back})
    return redirect("dashboard:draft", batch_id=drafted.pk)


@require_safe
def draft(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    """Show what would be printed, and what stands against it; nothing is spent yet."""
    found = batch_of(scope, str(batch_id))
    if found.status != Batch.Status.DRAFT:
        return redirect("dashboard:batch", batch_id=batch_id)
    plan = plan_of(scope, found)
    unprintable = [error for error in plan.members.errors if error.code == "glyph_missing"]
    words = {
        "batch": found,
        "plan": plan,
        "columns": _columns(found),
        "new_cards": plan.total - plan.reprints,
        "errors": [
            (error.row, REASONS[error.code], error.letters)
            for error in plan.members.errors[:ROWS_SHOWN]
        ],
        "errors_unshown": max(len(plan.members.errors) - ROWS_SHOWN, 0),
        "unprintable": [
            (error, found.fallbacks.get(error.member_reference, ""))
            for error in unprintable[:ROWS_SHOWN]
        ],
        "sides": list(SIDES)[: len(layout_of(found).sides)],
    }
    return render(request, "dashboard/billing/draft.html", words)


@require_safe
def picture(request: StaffRequest, scope: Scope, batch_id: UUID, side: str) -> HttpResponse:  # noqa: ARG001
    """Show a side of the first card as it would be printed; its number is a sample."""
    found = batch_of(scope, str(batch_id))
    layout = layout_of(found)
    if found.owner is None or side not in SIDES:
        raise NotFound
    face = sample_face(found.owner, "")
    row = first_row_of(found)
    if row is not None:
        face = replace(
            face,
            member_name=row.printed_name,
            member_reference=row.member_reference,
            postal_code=row.postal_code,
            address1=row.address1,
            address2=row.address2,
        )
    if found.count is not None:
        face = replace(face, member_name="", member_reference="")
    png = preview(
        layout, artworks_of(scope, layout), face, side=SIDES[side], dpi=150, with_bleed=False
    )
    return HttpResponse(png, "image/png")


@require_POST
def redraft(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    found = batch_of(scope, str(batch_id))
    return pressed(
        request,
        lambda: redraft_batch(
            scope, str(batch_id), _mapping(request), found.fallbacks | _fallbacks(request)
        ),
        done="入力した内容で見直しました。枚数を確かめて、発行を依頼してください。",
        to=reverse("dashboard:draft", args=[batch_id]),
    )


@require_POST
def place(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    """Place the order as it was shown; what was typed since is looked at first, not ordered."""
    found = batch_of(scope, str(batch_id))
    if _is_retyped(request, found):
        return redraft(request, scope, batch_id=batch_id)

    def placed() -> None:
        place_batch(scope, str(batch_id))
        ring_printer(batch_id)

    to = reverse("dashboard:draft", args=[batch_id])  # Which leads on, once it is placed.
    return pressed(request, placed, done="カードの発行を受け付けました。", to=to)


@require_POST
def drop(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    to = reverse("dashboard:batches")
    done = "下書きを取り消しました。"
    return pressed(request, lambda: drop_draft(scope, str(batch_id)), done=done, to=to)


@require_safe
def errors(request: StaffRequest, scope: Scope, batch_id: UUID) -> HttpResponse:
    """Give out the rows that make no card, as a file to correct and send again."""
    found = batch_of(scope, str(batch_id))
    if found.count is not None:
        raise NotFound
    try:
        faults = members_of_batch(found).errors
    except DomainError as refused:
        messages.error(request, refused.title)
        return redirect("dashboard:draft", batch_id=batch_id)
    answer = HttpResponse(errors_csv(faults), "text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="errors.csv"'
    return answer


def _asked(request: StaffRequest, words: dict[str, Any]) -> BatchAsked:
    sent = words["member_file"]
    if sent and sent.size > MEMBER_FILE_BYTES_MAX:
        # Looked at before it is read, for it would have to fit into the memory.
        raise Malformed([{"field": "member_file", "code": "too_long"}])
    # A workbook is opened once, here; what is kept and printed from is its CSV.
    content = as_csv(sent.read()) if sent else b""
    return BatchAsked(
        file_name=sent.name if sent else "",
        member_file=content,
        count=words["count"],
        kind=words["kind"],
        design=words["design"],
        menu=words["menu"],
        paper=Paper(words["profile"], words["start"], words["part_cards"]),
        mapping=columns_of(content).guess if sent else None,
        reason=words["reason"],
        ordered_by=request.user,
    )


def _columns(batch: Batch) -> list[dict[str, Any]]:
    """Return for each word we print which of the file's columns it is taken from."""
    if batch.count is not None:
        return []
    seen = columns_of(bytes(batch.member_file))
    mapped = seen.guess if batch.mapping is None else batch.mapping
    chosen = {name: place for name, place in mapped.items() if place < len(seen.header)}
    return [
        {
            "name": name,
            "word": COLUMN_WORDS[name],
            "heads": list(enumerate(seen.header)),
            "chosen": chosen.get(name),
            "sample": [row[chosen[name]] for row in seen.sample if name in chosen][:3],
        }
        for name in COLUMNS
    ]


def _mapping(request: StaffRequest) -> dict[str, int] | None:
    chosen = {name: request.POST.get(f"column-{name}", "") for name in COLUMNS}
    mapping = {name: int(place) for name, place in chosen.items() if _COLUMN.fullmatch(place)}
    return mapping or None


def _fallbacks(request: StaffRequest) -> dict[str, str]:
    """Return what is to be printed in place of names that cannot be, by the member."""
    references = request.POST.getlist("fallback-reference")
    names = request.POST.getlist("fallback-name")
    return {
        reference: name.strip()
        for reference, name in zip(references, names, strict=False)
        if reference and name.strip()
    }


def _is_retyped(request: StaffRequest, batch: Batch) -> bool:
    """Tell whether the page's form says something else than the draft it was shown with."""
    if batch.status != Batch.Status.DRAFT:
        return False
    mapping = _mapping(request)
    is_moved = mapping is not None and mapping != batch.mapping
    return is_moved or not _fallbacks(request).items() <= batch.fallbacks.items()


def _named(design: Design) -> str:
    return f"{design.name}（{design.get_medium_display()}）"


def _printers(scope: Scope) -> list[tuple[str, str]]:
    known = {code: it.name for medium in Medium for code, it in profiles_of(scope, medium).items()}
    return list(known.items())
