"""振込金額確定のお知らせ: the owner's accountants are mailed what was stated.

Claimed, sent and recorded as every letter about money (``accountants``).
"""

from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string

from settlement.models import Statement, StatementMail
from settlement.services.accountants import CLAIM_HOLDS, TRIED_FOR, Letter, accountants_of, send
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from tenants.selectors import centre


def mail_statements(as_of: date) -> int:
    """Mail every statement that is not yet mailed; return how many went out."""
    waiting = Statement.objects.filter(
        Q(mail=None) | Q(mail__sent_at=None, mail__claimed_at__lte=clock.now() - CLAIM_HOLDS),
        stated_on__range=(as_of - TRIED_FOR, as_of),
    )
    claimed = (_claim(statement) for statement in waiting.select_related("owner").order_by("pk"))
    return sum(_send(mail) for mail in claimed if mail is not None)


def _claim(statement: Statement) -> StatementMail | None:
    """Take a statement's mail upon us; None if another did, or if nobody could read it yet."""
    to = accountants_of(statement.owner_id)
    if not to:
        return None
    now = clock.now()
    with transaction.atomic(durable=True):
        lock("statement_mail", statement.pk)
        mail = StatementMail.objects.filter(statement=statement).first()
        if mail is None:
            return StatementMail.objects.create(
                statement=statement, owner=statement.owner, to=to, claimed_at=now
            )
        if mail.sent_at is not None or mail.claimed_at > now - CLAIM_HOLDS:
            return None
        StatementMail.objects.filter(pk=mail.pk).update(to=to, claimed_at=now)
    mail.statement, mail.to, mail.claimed_at = statement, to, now
    return mail


def _send(mail: StatementMail) -> bool:
    def record() -> None:
        with transaction.atomic(durable=True):
            StatementMail.objects.filter(pk=mail.pk, sent_at=None).update(sent_at=clock.now())

    statement = mail.statement
    key = f"statement-{statement.pk}"
    return send(Letter(key, _subject(statement), _text(statement), mail.to), record)


def _subject(statement: Statement) -> str:
    closes_on = statement.closes_on
    return f"振込金額確定のお知らせ（{closes_on.year}年{closes_on.month}月{closes_on.day}日締め）"


def _text(statement: Statement) -> str:
    figures = [
        ("収納額　　　　　", statement.gross_yen),
        ("手数料　　　　　", -statement.fees_yen),
        ("消費税　　　　　", -statement.tax_yen),
        ("収入印紙相当額　", -statement.stamp_yen),
        ("前回からの繰越　", statement.carried_in_yen),
        ("次回への繰越　　", statement.carried_out_yen),
        ("精算入金額　　　", statement.payout_yen),
    ]
    context = {
        "statement": statement,
        "figures": [(label, f"{amount_yen:,}円") for label, amount_yen in figures],
        "centre": centre(),
        "site_url": settings.SITE_URL,
    }
    return render_to_string("mail/statement.txt", context)
