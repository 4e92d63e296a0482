"""The bank and the chains, for tests of money in: terms, lines, statements."""

from datetime import date, timedelta
from typing import Any

from billing.models import Chain
from settlement.bank_statement import (
    IN,
    OTHER,
    OUT,
    Account,
    AccountStatement,
    Line,
    statement_file,
)
from settlement.models import BankEntry, RemittanceTerms
from settlement.services.bank_statements import StatementSent, Taken, take_bank_statement
from settlement.services.remittances import TermsAgreed, agree_remittance
from settlement.tests.payout_cast import person
from settlement.tests.scene import at, day_of
from tenants.selectors import centre

LAWSON = "ｶ)ﾛ-ｿﾝ"
FAMILYMART = "ｶ)ﾌｱﾐﾘ-ﾏ-ﾄ"


def agreed(chain: str = "lawson", **words: Any) -> RemittanceTerms:
    """Agree with a chain: every five days, remitted ten days later, under its name."""
    asked: dict[str, Any] = {
        "starts_on": date(2026, 11, 1),
        "cut_off": "5-day",
        "after_days": 10,
        "sender_kana": {"lawson": LAWSON, "familymart": FAMILYMART}.get(chain, chain.upper()),
    } | words
    return agree_remittance(person("operator"), Chain.objects.get(pk=chain), TermsAgreed(**asked))


def own(**words: Any) -> Account:
    """Return the account the centre of the tests pays from."""
    standing = centre()
    assert standing is not None
    told: dict[str, Any] = {
        "bank_code": standing.bank_code,
        "branch_code": standing.branch_code,
        "kind": standing.account_kind,
        "number": standing.account_number.zfill(10),
        "bank_name": "ﾐﾂﾋﾞｼUFJ",
        "branch_name": "ｼﾝｼﾞﾕｸ",
        "name": "ｽﾏ-ﾄﾋﾟﾂﾄ",
    }
    return Account(**told | words)


def came(day: str, amount_yen: int, sender: str = LAWSON, **words: Any) -> Line:
    return Line(day_of(day), IN, amount_yen, sender_name=sender, **words)


def went(day: str, amount_yen: int, **words: Any) -> Line:
    told: dict[str, Any] = {"summary": "ｿｳｺﾞｳﾌﾘｺﾐ", "trade": OTHER} | words
    return Line(day_of(day), OUT, amount_yen, **told)


def told(*lines: Line, opening_yen: int = 0, account: Account | None = None) -> AccountStatement:
    """Return the statement of these lines' days, made on the morning after."""
    days = [line.day for line in lines]
    return AccountStatement(
        made_on=max(days) + timedelta(days=1),
        first_day=min(days),
        last_day=max(days),
        account=account or own(),
        opening_yen=opening_yen,
        lines=lines,
    )


def bank_says(*lines: Line, opening_yen: int = 0, name: str = "meisai.txt") -> Taken:
    """Let the bank's file of these lines be taken in at noon of their last day."""
    statement = told(*lines, opening_yen=opening_yen)
    with at(statement.last_day.isoformat()):
        return take_bank_statement(StatementSent(name, statement_file([statement])))


def entry_of(amount_yen: int) -> BankEntry:
    return BankEntry.objects.get(amount_yen=amount_yen)
