"""The bank, played for demo folders: the statement it would send of a day.

It knows what chains were to remit and what the centre had ordered, so its files agree with the
books; what a real bank or chain gets wrong is for tests to invent.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from settlement.bank_kana import bank_kana, institution_kana
from settlement.bank_statement import (
    IN,
    OTHER,
    OUT,
    Account,
    AccountStatement,
    Line,
    statement_file,
)
from settlement.calendar import is_bank_day
from settlement.models import BankFile, BankStatement, Payout, Remittance
from settlement.money_in import balance_told
from settlement.services.bank_files import customer_codes
from settlement.services.bank_matching import returnable_payouts
from settlement.services.bank_statements import (
    StatementSent,
    Taken,
    account_key,
    own_account,
    take_bank_statement,
)
from settlement.services.remittances import draw_remittances
from smartpit.kernel import clock
from tenants.selectors import centre

OPENING_YEN = 5_000_000
SENT_FROM = time(18)
_ONE_DAY = timedelta(days=1)

ComesBack = Callable[[Payout], bool]


def send_days_statement(*, comes_back: ComesBack = lambda _payout: False) -> Taken | None:
    """Take in today's statement as if the bank had sent it, from six in the evening, once."""
    now = clock.now().astimezone(clock.JST)
    account = own_account()
    if account is None or now.time() < SENT_FROM or not is_bank_day(now.date()):
        return None
    if BankStatement.objects.filter(name=_name(now.date())).exists():
        return None
    content = statement_of(now.date(), comes_back=comes_back)
    return take_bank_statement(StatementSent(_name(now.date()), content))


def statement_of(day: date, *, comes_back: ComesBack = lambda _payout: False) -> bytes:
    """Return the bank's file from the day after its last one up to ``day``."""
    account = _dressed()
    last = BankStatement.objects.defer("content").order_by("-last_day", "-taken_at").first()
    first_day = min(last.last_day + _ONE_DAY, day) if last else day
    draw_remittances(datetime.combine(day, SENT_FROM, clock.JST))
    statement = AccountStatement(
        made_on=day,
        first_day=first_day,
        last_day=day,
        account=account,
        opening_yen=_opening(account, last, first_day),
        lines=tuple(_lines(day, comes_back)),
    )
    return statement_file([statement])


def _name(day: date) -> str:
    return f"meisai-{day:%Y%m%d}.txt"


def _opening(account: Account, last: BankStatement | None, first_day: date) -> int:
    return balance_told(account_key(account), first_day - _ONE_DAY) if last else OPENING_YEN


def _lines(day: date, comes_back: ComesBack) -> list[Line]:
    """Return the day's lines: what chains send, what our files cost, what could not be paid."""
    lines = (*_remitted(day), *_debited(day), *_sent_back(day, comes_back))
    return [replace(line, inquiry=f"{number:08}") for number, line in enumerate(lines, start=1)]


def _remitted(day: date) -> list[Line]:
    waiting = Remittance.objects.filter(receipt=None, amount_yen__gt=0, remits_on__lte=day)
    return [
        Line(
            day,
            IN,
            one.amount_yen,
            sender_code=one.terms.sender_code,
            sender_name=one.terms.sender_kana,
            summary="ﾌﾘｺﾐ",
        )
        for one in waiting.select_related("terms").order_by("remits_on", "chain")
    ]


def _debited(day: date) -> list[Line]:
    files = BankFile.objects.filter(ruling=None, pays_on__lte=day, pays_on__gt=day - 7 * _ONE_DAY)
    return [
        Line(day, OUT, one.total_yen, trade=OTHER, summary="ｿｳｺﾞｳﾌﾘｺﾐ", edi=one.name[:20].upper())
        for one in files.defer("content").order_by("pays_on", "name")
    ]


def _sent_back(day: date, comes_back: ComesBack) -> list[Line]:
    """A transfer comes back on the bank day after it was debited."""
    paid = returnable_payouts().filter(status=Payout.Status.PAID, pays_on__lt=day)
    return [
        Line(
            day,
            IN,
            payout.amount_yen,
            sender_name=payout.payee.holder_kana if payout.payee else "",
            summary="ﾌﾘｺﾐﾌﾉｳ",
            edi=customer_codes(payout)[1],
        )
        for payout in paid.select_related("payee").order_by("pk")
        if comes_back(payout)
    ]


def _dressed() -> Account:
    """Return the centre's account with the names a bank's header carries."""
    account, standing = own_account(), centre()
    assert account is not None
    assert standing is not None
    return replace(
        account,
        bank_name=institution_kana(standing.bank_kana),
        branch_name=institution_kana(standing.branch_kana),
        name=bank_kana(standing.consignor_kana, width=40),
    )
