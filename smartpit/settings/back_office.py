"""How the back office looks, and its menu: what unfold reads."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

_MENU: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "日々の仕事",
        (
            ("仕事の予定", "calendar_month", "settlement_agenda"),
            ("要確認案件", "report", "billing_case"),
            ("精算入金", "payments", "settlement_payout"),
            ("振込ファイル", "description", "settlement_bankfile"),
            ("銀行の入出金明細", "account_balance_wallet", "settlement_bankentry"),
            ("入出金明細ファイル", "upload_file", "settlement_bankstatement"),
            ("チェーンの入金予定", "event_upcoming", "settlement_remittance"),
            ("入金の凍結", "front_hand", "settlement_payoutfreeze"),
            ("収納", "point_of_sale", "billing_payment"),
            ("訂正の依頼", "undo", "settlement_refundrequest"),
            ("確報ファイル", "fact_check", "billing_chainfile"),
            ("確報レコード", "list", "billing_chainfilerecord"),
        ),
    ),
    (
        "参加者",
        (
            ("オーナー企業", "domain", "tenants_owner"),
            ("契約", "contract", "tenants_contract"),
            ("テナント", "storefront", "tenants_tenant"),
            ("入金口座", "account_balance", "settlement_payee"),
            ("担当者", "group", "tenants_staff"),
            ("料金プラン", "sell", "tenants_plan"),
        ),
    ),
    (
        "番号とカード",
        (
            ("番号ブロック", "pin", "cards_block"),
            ("カード", "credit_card", "cards_card"),
            ("会員", "badge", "cards_member"),
            ("カード発行依頼", "print", "cards_batch"),
            ("カード受付", "front_hand", "cards_handover"),
            ("デザインと校正", "palette", "cards_designversion"),
        ),
    ),
    (
        "収納と通知",
        (
            ("請求情報", "receipt_long", "billing_invoice"),
            ("チャージメニュー", "list_alt", "billing_menu"),
            ("イベント", "bolt", "billing_event"),
            ("収納データ通知", "outgoing_mail", "billing_delivery"),
            ("通知先", "link", "billing_endpoint"),
            ("接続試験", "fact_check", "billing_connectiontest"),
        ),
    ),
    (
        "精算",
        (
            ("精算書", "request_quote", "settlement_statement"),
            ("残高確認書", "verified", "books_balance"),
            ("日次試算表", "balance", "books_trial_balance"),
            ("経過勘定の年齢表", "hourglass", "books_ageing"),
            ("物語（シナリオ）", "auto_stories", "story"),
        ),
    ),
    (
        "接続",
        (
            ("コンビニチェーン", "store", "billing_chain"),
            ("チェーンの入金条件", "handshake", "settlement_remittanceterms"),
            ("端末", "devices", "billing_terminal"),
            ("APIキー", "key", "tenants_apikey"),
            ("センター", "apartment", "tenants_centre"),
        ),
    ),
)
# What is no list of rows but a page of its own.
_PAGES = {"story", "settlement_agenda", "books_balance", "books_trial_balance", "books_ageing"}

# The indigo of the house in unfold's ten steps.
_INDIGO = {
    "50": "#eef4f9",
    "100": "#d9e6f1",
    "200": "#b4cde3",
    "300": "#84abcd",
    "400": "#5486b3",
    "500": "#2f6798",
    "600": "#1c4f7c",
    "700": "#174266",
    "800": "#123a5e",
    "900": "#17263a",
    "950": "#0f1a28",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "センター管理",
    "SITE_HEADER": "センター管理",
    "SITE_SUBHEADER": "Smart Pit centre",
    "SITE_SYMBOL": "barcode",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("img/mark.svg"),
        }
    ],
    "THEME": "light",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "smartpit.web.back_office.overview",
    "COLORS": {"primary": _INDIGO},
    "STYLES": [lambda _request: static("css/back_office.css")],
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": title,
                "separator": True,
                "items": [
                    {
                        "title": word,
                        "icon": icon,
                        "link": reverse_lazy(
                            f"admin:{name}" if name in _PAGES else f"admin:{name}_changelist"
                        ),
                    }
                    for word, icon, name in items
                ],
            }
            for title, items in _MENU
        ],
    },
}
