"""振込のお知らせ on the pay day, 振込不能のお知らせ when the bank sent the money back.

Each is told once for each payout: a re-issue is a payout of its own and told anew. A transfer is
told from its pay day on, if the bank's file has gone out; one that is returned before it was told
is told as returned only.
"""

from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.loader import render_to_string

from settlement.models import Payout, PayoutMail, PayoutMove
from settlement.services.accountants import CLAIM_HOLDS, TRIED_FOR, Letter, accountants_of, send
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from tenants.selectors import centre

_Kind = PayoutMail.Kind
_GONE_OUT = (Payout.Status.EXPORTED, Payout.Status.PAID)


def mail_payouts(as_of: date) -> int:
    """Mail what is to be told of payouts by ``as_of``; return how many went out."""
    return _mail(_paying(as_of), _Kind.PAYS) + _mail(_returned(as_of), _Kind.RETURNED)


def _paying(as_of: date) -> QuerySet[Payout]:
    return Payout.objects.filter(status__in=_GONE_OUT, pays_on__range=(as_of - TRIED_FOR, as_of))


def _returned(as_of: date) -> QuerySet[Payout]:
    came_back = PayoutMove.objects.filter(
        payout=OuterRef("pk"),
        kind=PayoutMove.Kind.RETURNED,
        day__range=(as_of - TRIED_FOR, as_of),
    )
    return Payout.objects.filter(Exists(came_back), status=Payout.Status.RETURNED)


def _mail(payouts: QuerySet[Payout], kind: PayoutMail.Kind) -> int:
    mails = PayoutMail.objects.filter(payout=OuterRef("pk"), kind=kind)
    closed = mails.filter(Q(sent_at__isnull=False) | Q(claimed_at__gt=clock.now() - CLAIM_HOLDS))
    waiting = payouts.exclude(Exists(closed)).select_related("owner", "statement", "payee")
    claimed = (_claim(payout, kind) for payout in waiting.order_by("pk"))
    return sum(_send(mail) for mail in claimed if mail is not None)


def _claim(payout: Payout, kind: PayoutMail.Kind) -> PayoutMail | None:
    """Take a mail upon us; None if another did, or if nobody could read it yet."""
    to = accountants_of(payout.owner_id)
    if not to:
        return None
    now = clock.now()
    with transaction.atomic(durable=True):
        lock("payout_mail", payout.pk)
        mail = PayoutMail.objects.filter(payout=payout, kind=kind).first()
        if mail is None:
            return PayoutMail.objects.create(
                payout=payout, owner=payout.owner, kind=kind, to=to, claimed_at=now
            )
        if mail.sent_at is not None or mail.claimed_at > now - CLAIM_HOLDS:
            return None
        PayoutMail.objects.filter(pk=mail.pk).update(to=to, claimed_at=now)
    mail.payout, mail.to, mail.claimed_at = payout, to, now
    return mail


def _send(mail: PayoutMail) -> bool:
    def record() -> None:
        with transaction.atomic(durable=True):
            PayoutMail.objects.filter(pk=mail.pk, sent_at=None).update(sent_at=clock.now())

    return send(_letter(mail), record)


def _letter(mail: PayoutMail) -> Letter:
    payout = mail.payout
    context = {
        "payout": payout,
        "payee": payout.payee,
        "is_returned": mail.kind == _Kind.RETURNED,
        "amount": f"{payout.amount_yen:,}円",
        "centre": centre(),
        "site_url": settings.SITE_URL,
    }
    day = payout.pays_on
    subject = f"{_Kind(mail.kind).label}（{day.year}年{day.month}月{day.day}日振込）"
    text = render_to_string("mail/payout.txt", context)
    return Letter(f"payout-{payout.pk}-{mail.kind}", subject, text, mail.to)
