"""Who is in the demo world. All of it is invented."""

from dataclasses import dataclass, field
from typing import Any

CENTRE_STAFF = (
    ("admin@centre.example", "運営 管理", "administrator"),
    ("operator@centre.example", "運営 操作", "operator"),
    ("approver@centre.example", "運営 承認", "approver"),
    ("auditor@centre.example", "運営 監査", "auditor"),
    ("checker@centre.example", "運営 照査", "approver"),  # Of accounts: payouts take two others.
)
OWNER_ROLES = (
    ("admin", "管理 太郎", "administrator"),
    ("accountant", "経理 花子", "accountant"),
    ("desk", "受付 次郎", "desk"),
    ("developer", "開発 三郎", "developer"),
    ("viewer", "閲覧 四郎", "viewer"),
)
FAMILY_NAMES = (
    "髙橋",
    "山﨑",
    "佐藤",
    "鈴木",
    "田中",
    "渡邉",
    "伊藤",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山本",
)
GIVEN_NAMES = ("さくら", "翔", "美咲", "大輝", "葵", "蓮", "結衣", "陽斗", "凛", "湊", "花", "樹")
CARDS_EACH = 12
STANDARD_CARDS = 12
BLANK_CARDS = {"sakura": 30, "pixel": 30}  # Printed beforehand, for the desk to hand over.

# How the chains remit; invented, as no chain's terms are public.
REMITTANCES: dict[str, dict[str, Any]] = {
    "lawson": {
        "cut_off": "5-day",
        "after_days": 10,
        "payment_fee_yen": 30,
        "sender_kana": "カ)ローソン",
        "sender_code": "0000000021",
    },
    "ministop": {
        "cut_off": "10-day",
        "after_days": 8,
        "transfer_fee_yen": 440,
        "sender_kana": "ミニストツプ(カ",
    },
    "familymart": {
        "cut_off": "5-day",
        "after_days": 9,
        "payment_fee_yen": 30,
        "transfer_fee_yen": 440,
        "sender_kana": "カ)フアミリーマート",
        "sender_code": "0000000051",
    },
}


@dataclass(frozen=True)
class DemoTenant:
    code: str
    name: str
    display_name: str
    phone: str
    commission_yen: int = 0
    commission_basis_points: int = 0
    passes_fees: bool = False


@dataclass(frozen=True)
class DemoOwner:
    """An owner with its terms, tenants, menu amounts, and the account it is paid into."""

    code: str
    name: str
    phone: str
    terms: dict[str, Any]
    account: tuple[str, str]
    tenants: tuple[DemoTenant, ...] = ()
    menu_yen: tuple[int, ...] = field(default=())


LOOPBACK = ("127.0.0.0/8", "::1/128")
OWNERS = (
    DemoOwner(
        code="sakura",
        name="学校法人さくら学園",
        phone="03-0000-1001",
        terms={
            "cycle": "month-end",
            "setup_fees": "apart",
            "stamp": "exempt",
            "stamp_reason": "学校法人が発行する受取書（営業に関しないもの）",
            "repeat_yearly_yen": 12_000,
            "first_registration_yen": 3_000,
        },
        account=("1000001", "ガク)サクラガクエン"),
        tenants=(
            DemoTenant("engineering", "工学部", "さくら学園 工学部", "03-0000-1011"),
            DemoTenant("dormitory", "学生寮", "さくら学園 学生寮", "03-0000-1012"),
        ),
    ),
    DemoOwner(
        code="aoba",
        name="あおばモール",
        phone="03-0000-2001",
        # Its set-up fees come off the first statements: a negative balance is carried.
        terms={"cycle": "10-day", "setup_fees": "first_statement"},
        account=("1000002", "カ)アオバモール"),
        tenants=(
            DemoTenant(
                "books",
                "青葉書房",
                "青葉書房",
                "03-0000-2011",
                commission_basis_points=300,
                passes_fees=True,
            ),
            DemoTenant("cafe", "喫茶こもれび", "喫茶こもれび", "03-0000-2012", commission_yen=30),
        ),
    ),
    DemoOwner(
        code="pixel",
        name="ピクセル通信",
        phone="03-0000-3001",
        terms={
            "cycle": "5-day",
            "connection": "super",
            "certified_product": "CSAS",
            "setup_fees": "apart",
            "networks": LOOPBACK,
            "repeat_yearly_yen": 36_000,
            "first_registration_yen": 5_000,
        },
        account=("1000003", "カ)ピクセルツウシン"),
        menu_yen=(1_000, 2_000, 3_000, 5_000, 10_000),
    ),
    DemoOwner(
        code="tsubasa",
        name="つばさファンクラブ",
        phone="03-0000-4001",
        terms={"cycle": "half-month", "setup_fees": "apart"},
        account=("1000004", "ツバサフアンクラブ"),
    ),
)


def tax_within(amount_yen: int) -> int:
    """Return the 10 % consumption tax inside a price, fractions dropped."""
    return amount_yen * 10 // 110
