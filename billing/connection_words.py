"""接続試験 in words: what each item shows, what to do for it, and why it did not pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ItemTold:
    """``lead`` is for the developer; ``proven`` stands on the certificate."""

    lead: str
    proven: str


_TOLD = {
    "signature": ItemTold(
        "正しい通知のあとに、別の鍵の署名、改ざんした本文、署名なし、10分前の時刻の通知を送ります。"
        "正しいものだけに 2xx を返してください。",
        "正しい署名の通知だけを受け取り、偽の通知を拒否した",
    ),
    "duplicate": ItemTold(
        "同じ webhook-id の通知を2回送ります。どちらにも 2xx を返し、"
        "収納は1件だけ記録してください。",
        "同じ通知を2回受け取り、1件として記録した",
    ),
    "late": ItemTold(
        "削除した請求に、店舗の回線断のあとで収納が届きます（late: true）。"
        "お金は店舗で受け取り済みです。2xx を返し、収納として記録してください。",
        "削除後の請求に遅れて届いた収納を受け取った",
    ),
    "cursor": ItemTold(
        "いくつかのイベントは通知されません。GET events で番号順に取得し、"
        "POST events/acknowledge で最後の番号まで確認済みにしてください。",
        "通知されなかったイベントを欠番なく取得し、確認した",
    ),
    "error": ItemTold(
        "通知先が 500 番台を返すようにしてから「開始する」を押し、"
        "最初の通知に 500 を返したら元に戻してください。5秒後、その次は5分後に送り直します。",
        "エラーを返したあと、送り直された通知を受け取った",
    ),
    "outage": ItemTold(
        "通知先を止めてから「開始する」を押し、10分以上たったら動かしてください。復旧後は"
        "「いま送り直す」か events/resend、または30分後の再送で、止まっていた間の通知が届きます。",
        "10分以上の停止のあと、すべての通知を受け取った",
    ),
    "report": ItemTold(
        "請求番号がこの試験の記号で始まる収納のうち、取り消されていないものの件数と合計金額を報告してください。",
        "収納の件数と合計金額が、センターの記録と一致した",
    ),
}
_TOLD_TO_PULLERS = {
    "outage": ItemTold(
        "取得を止めてから「開始する」を押し、10分以上たったら再開して、すべてを取得・確認してください。",
        _TOLD["outage"].proven,
    ),
    "late": ItemTold(
        "削除した請求に、店舗の回線断のあとで収納が届きます（late: true）。取得して確認済みにし、"
        "収納として記録してください。",
        _TOLD["late"].proven,
    ),
}
REASONS = {
    "endpoint_closed": "通知先が無効になったか、削除されました。",
    "not_in_time": "時間内に終わりませんでした。",
    "forgery_accepted": "偽の通知に 2xx を返しました。"
    "署名と時刻の検証を直し、新しい試験を始めてください。",
    "forgery_unanswered": "偽の通知に応答がありませんでした。"
    "拒否するときも 400 番台で応答してください。",
    "duplicate_refused": "2回目の通知を拒否しました。受け取り済みのものにも 2xx を返してください。",
    "not_withheld": "通知の送信が先に進みました。もう一度始めてください。",
    "gap": "取得していないイベントまで確認済みにしました。番号順に、抜けなく取得してください。",
    "no_error_seen": "500 番台の応答がないまま通知を受け取りました。",
    "no_outage_seen": "通知先が止まっていませんでした。止めてから始めてください。",
    "outage_too_short": "停止が10分より短かったため、もう一度始めてください。",
    "report_differs": "件数または金額が一致しませんでした。",
    "tenant_not_live": "テスト環境の契約が適用期間外です。センターに連絡してください。",
}


def told_of(kind: str, *, pulls: bool = False) -> ItemTold:
    return (_TOLD_TO_PULLERS.get(kind) if pulls else None) or _TOLD[kind]


# How a reported figure differs, as a field and as a list say it.
_FIGURES = {"payments_count": "件数", "amount_yen": "金額"}
_DIFFERS = {"too_many": "多い", "too_few": "少ない", "same": "一致"}


def difference_told(field: str, differs: str) -> str:
    """Return what a report's form says of a wrong figure; of a right one, nothing."""
    if differs == "same":
        return ""
    return f"センターの記録より{_DIFFERS[differs]}{_FIGURES[field]}です"


def wrong_report_told(report: Mapping[str, Any]) -> str:
    """Return a wrong report and which way each of its figures differed, where that was kept."""
    ways = {field: _DIFFERS[way] for field, way in report.get("differs", {}).items()}
    told = {
        "payments_count": f"{report['payments_count']:,} 件",
        "amount_yen": f"{report['amount_yen']:,}円",
    }
    return "、".join(
        f"{words}（{ways[field]}）" if field in ways else words for field, words in told.items()
    )


def reason_told(code: str) -> str:
    return REASONS.get(code, code)
