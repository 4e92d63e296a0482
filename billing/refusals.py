"""Why a till is told no: the codes of contract section 4."""

from smartpit.kernel.errors import DomainError


class KeyReused(DomainError):
    code = "key_reused"
    title = "同じキーで別の内容が送られました"


class ReversedBefore(DomainError):
    code = "reversed_before"
    title = "このキーはすでに取り消されています"


class ClockWrong(DomainError):
    code = "clock"
    title = "端末の時刻が許容範囲を外れています"
    status = 422


class UnknownInvoice(DomainError):
    code = "unknown_invoice"
    title = "請求情報が見つかりません"
    status = 404


class UnknownMenu(DomainError):
    code = "unknown_menu"
    title = "チャージメニューが見つかりません"
    status = 404


class UnknownItem(DomainError):
    code = "unknown_item"
    title = "この金額はチャージメニューにありません"
    status = 404


class TooMany(DomainError):
    """Somebody who is not signed in came too often; ``retry_after_seconds`` says when to return."""

    status = 429

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class TooManyMisses(TooMany):
    code = "too_many_misses"
    title = "間違ったアドレスが続いたため、しばらく表示できません"


class TerminalMissedTooOften(TooMany):
    code = "too_many_misses"
    title = "番号違いが続いたため、この端末の照会をしばらく受け付けません"


class TooManyChoices(TooMany):
    code = "too_many_choices"
    title = "金額の選び直しが続いたため、しばらく選べません"


class TooManySheets(TooMany):
    code = "too_many_sheets"
    title = "シートの作成が続いたため、しばらく作成できません"


class UnknownSlip(DomainError):
    code = "unknown_slip"
    title = "申込券が見つかりません"
    status = 404


class SlipExpired(DomainError):
    code = "slip_expired"
    title = "申込券の有効時間が過ぎたか、新しい申込券が発行されています"


class InvoiceWithdrawn(DomainError):
    code = "invoice_withdrawn"
    title = "この請求は取り下げられました"


class AlreadyPaid(DomainError):
    code = "already_paid"
    title = "この請求は収納済です"


class InvoiceExpired(DomainError):
    code = "invoice_expired"
    title = "この請求は支払期限を過ぎています"


class InvoiceSuspended(DomainError):
    code = "invoice_suspended"
    title = "この請求は停止中です"


class VersionStale(DomainError):
    """The invoice changed since it was shown; ``current`` says what it is now."""

    code = "version_stale"
    title = "請求内容が変更されています"


class AmountDiffers(DomainError):
    code = "amount_differs"
    title = "金額が請求と一致しません"


class LimitReached(DomainError):
    code = "limit_reached"
    title = "利用の上限に達しています"


class ReversalTooLate(DomainError):
    code = "reversal_too_late"
    title = "取消できる時間を過ぎています"
