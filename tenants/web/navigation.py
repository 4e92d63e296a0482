"""The menus of the dashboard and the portal, cut down to what a person may see."""

from dataclasses import dataclass

from tenants.models import Staff
from tenants.web.roles import Section, may_see


@dataclass(frozen=True)
class Item:
    section: Section
    word: str
    url_name: str
    icon: str


@dataclass(frozen=True)
class Group:
    word: str
    items: tuple[Item, ...]


DASHBOARD = (
    Group("", (Item(Section.HOME, "ホーム", "dashboard:home", "home"),)),
    Group(
        "収納",
        (
            Item(Section.PAYMENTS, "収納", "dashboard:payments", "cash"),
            Item(Section.INVOICES, "請求情報", "dashboard:invoices", "file-invoice"),
            Item(Section.MENUS, "チャージメニュー", "dashboard:menus", "menu"),
        ),
    ),
    Group(
        "カード",
        (
            Item(Section.DESK, "会員カード受付", "dashboard:desk", "barcode"),
            Item(Section.CARDS, "カード・会員", "dashboard:cards", "card"),
            Item(Section.DESIGNS, "デザイン", "dashboard:designs", "design"),
            Item(Section.BATCHES, "カード発行依頼", "dashboard:batches", "batch"),
        ),
    ),
    Group(
        "精算",
        (
            Item(Section.STATEMENTS, "精算書", "dashboard:statements", "statement"),
            Item(Section.OUTLOOK, "精算の見通し", "dashboard:outlook", "history"),
            Item(Section.PAYOUTS, "精算入金", "dashboard:payouts", "payout"),
            Item(Section.RECORDS, "帳簿・書類", "dashboard:records", "history"),
        ),
    ),
    Group(
        "設定",
        (
            Item(Section.TENANTS, "テナント", "dashboard:tenants", "tenant"),
            Item(Section.CONNECTION, "システム連携", "dashboard:connection", "link"),
            Item(Section.DEVELOPER, "開発者", "dashboard:developer", "webhook"),
        ),
    ),
)
PORTAL = (
    Group("", (Item(Section.HOME, "ホーム", "portal:home", "home"),)),
    Group(
        "収納",
        (
            Item(Section.PAYMENTS, "収納", "portal:payments", "cash"),
            Item(Section.INVOICES, "請求情報", "portal:invoices", "file-invoice"),
        ),
    ),
    Group("精算", (Item(Section.STATEMENTS, "精算書", "portal:statements", "statement"),)),
)


def visible_to(staff: Staff, groups: tuple[Group, ...]) -> list[Group]:
    shown = [
        Group(group.word, tuple(item for item in group.items if may_see(staff, item.section)))
        for group in groups
    ]
    return [group for group in shown if group.items]
