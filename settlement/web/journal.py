"""仕訳データ: an owner's journal for its accounting software, and its names for the accounts."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from settlement.journal import entries_of
from settlement.journal_files import SOFTWARE, journal_bytes
from settlement.models.account_mapping import NAME_LENGTH_MAX
from settlement.owner_entries import Accounts, Entry
from settlement.services.account_mappings import accounts_of, set_accounts
from settlement.web.records import day_field, last_month_end, owner_of
from smartpit.edge.pages import obeyed
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.web.gates import StaffRequest

ENTRIES_SHOWN = 50


class JournalForm(forms.Form):
    software = forms.ChoiceField(
        label="会計ソフト", choices=[(code, one.word) for code, one in SOFTWARE.items()]
    )
    since = day_field("開始日")
    upto = day_field("終了日")

    def clean(self) -> dict[str, Any]:
        words = self.cleaned_data
        since, upto = words.get("since"), words.get("upto")
        if since and upto and since > upto:
            self.add_error("upto", "開始日以降の日付を入力してください。")
        if upto and upto > clock.business_date():
            self.add_error("upto", "今日までの日付を入力してください。")
        return words


class AccountsForm(forms.Form):
    receivable = forms.CharField(
        label="センターへの債権",
        help_text="収納から入金までの残高。残高確認書の合計と一致します。",
    )
    receivable_sub = forms.CharField(label="同・補助科目", required=False)
    collected = forms.CharField(
        label="収納で消し込む科目", help_text="請求時に売上を計上済なら売掛金。"
    )
    collected_sub = forms.CharField(label="同・補助科目", required=False)
    bank = forms.CharField(label="入金口座")
    bank_sub = forms.CharField(label="同・補助科目", required=False)
    fee = forms.CharField(label="手数料")
    input_tax = forms.CharField(
        label="手数料の消費税", help_text="消費税を別の行にするときに使います。"
    )
    stamp = forms.CharField(
        label="収入印紙相当額", help_text="課税対象外です。租税公課、または立替金など。"
    )
    separates_tax = forms.BooleanField(
        label="消費税を別の行にする（別記）",
        required=False,
        help_text="しないときは手数料を税込の1行とし、消費税額を精算書のとおりに添えます。",
    )

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        for one in self.fields.values():
            if isinstance(one, forms.CharField):
                one.max_length = NAME_LENGTH_MAX
                one.widget.attrs["maxlength"] = NAME_LENGTH_MAX


@require_safe
def journal(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Show the entries that a file would hold, in the owner's own names."""
    form, accounts = _form(request), accounts_of(scope)
    words: dict[str, Any] = {"form": form, "accounts": accounts}
    if form.is_valid():
        entries = _entries(scope, form, accounts)
        words |= {
            "entries": [_shown(entry, accounts) for entry in entries[:ENTRIES_SHOWN]],
            "count": len(entries),
            "total_yen": sum(entry.amount_yen for entry in entries),
            "left_out": max(len(entries) - ENTRIES_SHOWN, 0),
            "asked": form.cleaned_data,
        }
    return render(request, "dashboard/records/journal.html", words)


@require_safe
def journal_file(request: StaffRequest, scope: Scope) -> HttpResponseBase:
    form, accounts = _form(request), accounts_of(scope)
    if not form.is_valid():
        words = {"form": form, "accounts": accounts}
        return render(request, "dashboard/records/journal.html", words, status=422)
    asked = form.cleaned_data
    software = SOFTWARE[asked["software"]]
    content = journal_bytes(software, _entries(scope, form, accounts), accounts)
    answer = StreamingHttpResponse(content, content_type=f"text/csv; charset={software.encoding}")
    name = f"journal-{asked['software']}-{asked['since']:%Y%m%d}-{asked['upto']:%Y%m%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_http_methods(["GET", "POST"])
def accounts(request: StaffRequest, scope: Scope) -> HttpResponse:
    form = AccountsForm(request.POST or None, initial=asdict(accounts_of(scope)))
    changed = obeyed(form, lambda words: set_accounts(scope, request.user, Accounts(**words)))
    if changed is None:
        words = {
            "form": form,
            "title": "勘定科目の設定",
            "lead": "仕訳データに書く勘定科目です。会計ソフトに登録した名称と同じにしてください。",
            "frame": request.gate.frame,
        }
        return render(request, "form_page.html", words)
    messages.success(request, "勘定科目を設定しました。")
    return redirect("dashboard:journal")


def _form(request: StaffRequest) -> JournalForm:
    ends = last_month_end()
    usual = {"software": "yayoi", "since": ends.replace(day=1), "upto": ends}
    return JournalForm(request.GET if "software" in request.GET else usual)


def _entries(scope: Scope, form: JournalForm, accounts: Accounts) -> list[Entry]:
    since: date = form.cleaned_data["since"]
    upto: date = form.cleaned_data["upto"]
    return entries_of(owner_of(scope), since, upto, separates_tax=accounts.separates_tax)


def _shown(entry: Entry, accounts: Accounts) -> dict[str, Any]:
    return {
        "day": entry.day,
        "text": entry.text,
        "lines": [
            (accounts.named(line.debit), accounts.named(line.credit), line) for line in entry.lines
        ],
    }
