"""Invoices, payments, chains, cases and notifications, in the back office."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing import tasks
from billing.batch_admin import BatchAdmin
from billing.case_words import lines_of
from billing.connection_test_admin import ConnectionTestAdmin
from billing.event_admin import DeliveryAdmin, EndpointAdmin, EventAdmin
from billing.models import (
    Case,
    Chain,
    ChainKey,
    ConnectionTest,
    Delivery,
    Endpoint,
    Event,
    Invoice,
    InvoiceVersion,
    Menu,
    MenuItem,
    Notice,
    NoticeChannel,
    Payment,
    Slip,
    SlipLine,
    Terminal,
)
from billing.services.assignments import assign_suspense
from billing.services.cards import Retirement, replace_card, retire_card
from billing.services.cases import close_case
from billing.services.chains import let_registers_read_cards, rotate_chain_key
from billing.services.notices import (
    fax_bounced,
    fax_went_through,
    may_have_gone_through,
    send_again,
)
from cards.models import Batch, Card, CardMove, Kind
from cards.numbers import grouped
from cards.services import resume_card, suspend_card
from smartpit.edge.back_office import Done, LinesInline, RowsAdmin, Step, site
from tenants.access import CENTRE, NotAllowed
from tenants.models import Staff


class ResolutionForm(forms.Form):
    resolution = forms.CharField(label="処理内容", max_length=300)


def _make_key(_request: HttpRequest, chain: Chain, _words: dict[str, Any]) -> Done:
    _, secret = rotate_chain_key(chain)
    return Done(f"{chain.name} の新しいキー", secret=secret)


def _read_cards(_request: HttpRequest, chain: Chain, _words: dict[str, Any]) -> Done:
    let_registers_read_cards(chain, reads=True)
    return Done(f"{chain.name} のレジでカードのバーコードを読みます。")


def _read_no_cards(_request: HttpRequest, chain: Chain, _words: dict[str, Any]) -> Done:
    let_registers_read_cards(chain, reads=False)
    return Done(f"{chain.name} のレジではカードのバーコードを読みません。")


def _close(request: HttpRequest, case: Case, words: dict[str, Any]) -> Done:
    if not _is_open_and_free(case):
        raise NotAllowed
    close_case(cast("Staff", request.user), case.pk, words["resolution"])
    return Done("案件を処理済にしました。")


class AssignmentForm(forms.Form):
    invoice = forms.UUIDField(label="請求情報のID", help_text="請求情報の画面のアドレスにあるID")
    reason = forms.CharField(label="理由", max_length=300)


def _assign(request: HttpRequest, case: Case, words: dict[str, Any]) -> Done:
    if case.payment_id is None:  # Another kind's, asked for without the page's button.
        raise NotAllowed
    staff = cast("Staff", request.user)
    payment = assign_suspense(staff, case.payment_id, words["invoice"], words["reason"])
    tasks.ring()
    return Done(f"仮受金を {payment.owner} の請求に割り当て、オーナーへ通知しました。")


def _is_in_suspense(case: Case) -> bool:
    return case.payment is not None and case.payment.status == Payment.Status.SUSPENSE


def _is_open_and_free(case: Case) -> bool:
    """A difference of a chain's file ends in the ways its kind allows, each with its own step."""
    return case.status == Case.Status.OPEN and not case.kind.startswith("file_")


class ReasonForm(forms.Form):
    reason = forms.CharField(label="理由", max_length=200)


def _suspend(request: HttpRequest, card: Card, _words: dict[str, Any]) -> Done:
    suspend_card(CENTRE, _standard(card), cast("Staff", request.user))
    return Done("カードを停止しました。")


def _resume(request: HttpRequest, card: Card, _words: dict[str, Any]) -> Done:
    resume_card(CENTRE, _standard(card), cast("Staff", request.user))
    return Done("カードの利用を再開しました。")


def _replace(request: HttpRequest, card: Card, _words: dict[str, Any]) -> Done:
    new = replace_card(CENTRE, _standard(card), cast("Staff", request.user))
    tasks.ring()
    return Done(f"新しい番号 {grouped(new.number)} に替えました。")


def _retire(request: HttpRequest, card: Card, words: dict[str, Any]) -> Done:
    """An owner's invoices are its own to take back, so a card with any on it is refused here."""
    by = cast("Staff", request.user)
    retire_card(CENTRE, Retirement(_standard(card), reason=words["reason"], by=by))
    return Done("カードを廃止しました。")


def _standard(card: Card) -> str:
    """Return a standard card's number: joint cards are their owner's to move, not the centre's."""
    if card.kind != Kind.STANDARD:
        raise NotAllowed
    return card.number


def _is_standard(card: Card, *statuses: str) -> bool:
    return card.kind == Kind.STANDARD and card.status in statuses


class CardMoveInline(LinesInline):
    model = CardMove
    verbose_name_plural = "履歴"
    fields = ("at", "came_from", "to", "by", "reason")
    ordering = ("-at",)


class ChainKeyInline(LinesInline):
    model = ChainKey
    fields = ("prefix", "made_at", "expires_at")
    ordering = ("-made_at",)


class VersionInline(LinesInline):
    model = InvoiceVersion
    verbose_name_plural = "変更の履歴"
    fields = ("version", "title", "amount_yen", "tax_yen", "due_on", "changed_at")
    ordering = ("-version",)


class SlipLineInline(LinesInline):
    model = SlipLine
    fields = ("place", "owner", "invoice", "version", "amount_yen")


class MenuItemInline(LinesInline):
    model = MenuItem
    fields = ("place", "title", "amount_yen", "tax_yen")


@admin.register(Chain, site=site)
class ChainAdmin(RowsAdmin):
    list_display = ("code", "name", "file_code", "is_test", "reads_card_barcode")
    inlines = (ChainKeyInline,)
    steps = (
        Step(
            "key",
            "新しいキーを発行",
            _make_key,
            roles=frozenset({"administrator"}),
            asks="古いキーは24時間後に使えなくなります。最初のキーを発行すると、練習用端末は閉じます。",
        ),
        Step(
            "read-cards",
            "レジでカードを読む",
            _read_cards,
            offered=lambda chain: not chain.reads_card_barcode,
            asks="電子カードの画面に、このチェーンのレジで見せるバーコードが出ます。"
            "チェーンの読み取り試験が済んでから押してください。",
        ),
        Step(
            "read-no-cards",
            "レジでカードを読まない",
            _read_no_cards,
            offered=lambda chain: chain.reads_card_barcode,
            asks="電子カードの画面から、このチェーンの案内が消えます。",
        ),
    )


@admin.register(Card, site=site)
class CardAdmin(RowsAdmin):
    list_display = ("number", "barcode_number", "kind", "owner", "status", "issued_at")
    list_filter = ("kind", "status", "is_test")
    search_fields = ("number", "barcode_number")
    list_select_related = ("owner",)
    ordering = ("-issued_at",)
    hidden = ("page_key",)
    inlines = (CardMoveInline,)
    steps = (
        Step(
            "suspend",
            "停止する",
            _suspend,
            offered=lambda card: _is_standard(card, "active"),
            asks="どのオーナーの請求も、このカードでは支払えなくなります。あとで再開できます。",
        ),
        Step(
            "resume",
            "再開する",
            _resume,
            offered=lambda card: _is_standard(card, "suspended"),
        ),
        Step(
            "replace",
            "再発行",
            _replace,
            offered=lambda card: _is_standard(card, "active", "suspended"),
            asks="新しい番号になり、受付中の請求はすべて新しい番号へ移ります。",
        ),
        Step(
            "retire",
            "廃止する",
            _retire,
            offered=lambda card: _is_standard(card, "active", "suspended"),
            form=ReasonForm,
            asks="番号は二度と使われません。請求情報が残っているカードは廃止できません。",
        ),
    )


@admin.register(Terminal, site=site)
class TerminalAdmin(RowsAdmin):
    list_display = ("chain", "store", "terminal", "seen_first_at", "inquiries_from")
    list_filter = ("chain",)
    search_fields = ("store",)


@admin.register(Slip, site=site)
class SlipAdmin(RowsAdmin):
    list_display = ("printed_at", "chain", "store", "code", "amount_yen", "expires_at", "voided_at")
    list_filter = ("chain",)
    search_fields = ("code", "barcode", "card__number")
    list_select_related = ("chain",)
    ordering = ("-printed_at",)
    inlines = (SlipLineInline,)


@admin.register(Invoice, site=site)
class InvoiceAdmin(RowsAdmin):
    list_display = ("reference", "title", "amount_yen", "owner", "tenant", "repeats", "status")
    list_filter = ("status", "repeats", "owner__is_test")
    search_fields = ("reference", "card__number")
    list_select_related = ("owner", "tenant")
    ordering = ("-registered_at",)
    inlines = (VersionInline,)


site.register(Batch, BatchAdmin)
site.register(ConnectionTest, ConnectionTestAdmin)
site.register(Event, EventAdmin)
site.register(Endpoint, EndpointAdmin)
site.register(Delivery, DeliveryAdmin)


@admin.register(Payment, site=site)
class PaymentAdmin(RowsAdmin):
    list_display = ("booked_at", "chain", "store", "receipt", "owner", "amount_yen", "status")
    list_filter = ("status", "chain__is_test", "chain", "business_date", "late")
    search_fields = ("receipt", "number", "invoice__reference")
    list_select_related = ("chain", "owner")
    ordering = ("-booked_at",)


@admin.register(NoticeChannel, site=site)
class NoticeChannelAdmin(RowsAdmin):
    list_display = ("owner", "mail_to", "mail_after_minutes", "fax_number", "fax_after_minutes")
    list_select_related = ("owner",)


def _went_through(_request: HttpRequest, notice: Notice, _words: dict[str, Any]) -> Done:
    fax_went_through(notice.pk)
    return Done("FAXの送信完了を記録しました。")


def _bounced(_request: HttpRequest, notice: Notice, words: dict[str, Any]) -> Done:
    fax_bounced(notice.pk, words["reason"])
    return Done("FAXの不達を記録しました。")


def _send_again(_request: HttpRequest, notice: Notice, _words: dict[str, Any]) -> Done:
    send_again(notice.pk)
    return Done("もう一度送ります。")


@admin.register(Notice, site=site)
class NoticeAdmin(RowsAdmin):
    list_display = ("made_at", "owner", "rung", "to", "status", "attempts", "sent_at")
    list_filter = ("status", "rung")
    list_select_related = ("owner",)
    ordering = ("-made_at",)
    steps = (
        Step(
            "through",
            "送信完了を記録",
            _went_through,
            offered=may_have_gone_through,
            asks="FAX業者から完了の知らせが届いたときに押してください。10円が精算に入ります。",
        ),
        Step(
            "bounced",
            "不達を記録",
            _bounced,
            offered=lambda notice: notice.status == Notice.Status.HANDED,
            form=ReasonForm,
        ),
        Step(
            "again",
            "もう一度送る",
            _send_again,
            offered=lambda notice: notice.status == Notice.Status.FAILED,
        ),
    )


@admin.register(Menu, site=site)
class MenuAdmin(RowsAdmin):
    list_display = ("code", "owner", "tenant", "kind", "made_at")
    list_select_related = ("owner", "tenant")
    inlines = (MenuItemInline,)


@admin.register(Case, site=site)
class CaseAdmin(RowsAdmin):
    list_display = ("opened_at", "kind", "owner", "chain", "due_on", "status", "closed_by")
    list_filter = ("status", "kind", "chain__is_test")
    search_fields = ("key",)
    list_select_related = ("owner", "chain", "closed_by")
    ordering = ("-status", "-opened_at")  # What is open stands above what is closed.
    hidden = ("told",)
    first_shown = ("record",)
    steps: ClassVar[tuple[Step, ...]] = (
        Step(
            "assign",
            "請求に割り当てる",
            _assign,
            offered=lambda case: case.kind == Case.Kind.SUSPENSE and _is_in_suspense(case),
            form=AssignmentForm,
            asks="オーナーへの収納になり、遅延した収納として通知されます。元に戻せません。",
        ),
        Step(
            "close",
            "処理済にする",
            _close,
            offered=_is_open_and_free,
            form=ResolutionForm,
        ),
    )

    @admin.display(description="記録")
    def record(self, case: Case) -> SafeString:
        return format_html_join("", "<div>{}: {}</div>", lines_of(case.told))
