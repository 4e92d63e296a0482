"""入稿データ: an order's cards leave the centre for a card maker, under lock and on record.

Whoever takes all of an owner's members out at once is one of its administrators, says why, and is
written down; all of the owner's administrators are mailed. The file is locked with a password that
is shown once and kept nowhere, and it waits for an hour to be taken, once.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from billing.services.batches import SiteUrlUnset, is_led_nowhere, layout_of
from billing.services.pack_jobs import pack_job
from cards.models import Batch, CardPack, CardPackFile
from cards.printing.pack import build_pack
from cards.selectors import batch_of
from smartpit.kernel import clock
from smartpit.kernel.database import held
from smartpit.kernel.errors import DomainError, Malformed
from tenants.access import NotAllowed, Scope
from tenants.models import Staff
from tenants.selectors import centre

REASON_LENGTH_MAX: Final = 200
WAITS_FOR: Final = timedelta(hours=1)
# An alert that could not be sent for a month is no news any more; it ends a dead address's retries.
ALERTED_FOR: Final = timedelta(days=30)
# No letter that is taken for another when it is read out on the telephone.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 5, 5

_log = logging.getLogger(__name__)


class BatchNotPrinted(DomainError):
    """Only what was read back may go to a card maker."""

    code = "batch_not_printed"
    title = "完成していない発行依頼の入稿データは作成できません"


class PackGone(DomainError):
    code = "pack_gone"
    title = "この入稿データは受け取り済みか、受け取りの期限が過ぎています"


@dataclass(frozen=True)
class Pack:
    """What was made: the row that stays, the locked content, and the password to show once."""

    row: CardPack
    content: bytes
    password: str

    @property
    def sha256(self) -> str:
        return self.row.sha256

    @property
    def count(self) -> int:
        return self.row.count


def make_pack(scope: Scope, batch_id: str, *, made_by: Staff, reason: str) -> Pack:
    """Make a card maker's pack of a printed order, and write down who did and why."""
    batch = batch_of(scope, batch_id)
    require_administrator(scope, made_by)
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH_MAX:
        raise Malformed([{"field": "reason", "code": "too_long" if reason else "required"}])
    if batch.status != Batch.Status.PRINTED:
        raise BatchNotPrinted
    if is_led_nowhere(batch.owner, layout_of(batch)):
        raise SiteUrlUnset  # The address may have changed since the order was printed.

    job = pack_job(batch, made_at=clock.now().astimezone(clock.JST))
    password = _password()
    content = build_pack(job, password)
    with transaction.atomic(durable=True):
        row = CardPack.objects.create(
            owner_id=scope.owner,
            batch=batch,
            made_by=made_by,
            reason=reason,
            count=len(job.faces),
            sha256=sha256(content).hexdigest(),
            made_at=clock.now(),
        )
        CardPackFile.objects.create(owner_id=scope.owner, pack=row, content=content)
    return Pack(row, content, password)


def take_pack(scope: Scope, pack_id: int, *, taken_by: Staff) -> bytes:
    """Hand the locked file over, once, to whoever made it."""
    require_administrator(scope, taken_by)
    with transaction.atomic(durable=True):
        row = scope.get(CardPack.objects.filter(made_by=taken_by), pk=pack_id)
        file = scope.rows(CardPackFile.objects.select_for_update()).filter(pack=row).first()
        if file is None or row.made_at <= clock.now() - WAITS_FOR:
            raise PackGone
        file.delete()
        return bytes(file.content)


def require_administrator(scope: Scope, staff: Staff) -> None:
    """Let nobody else take members out: not the desk, not a tenant, not the centre's own staff."""
    is_own = not staff.is_centre and staff.owner_id == scope.owner_id and staff.tenant_id is None
    if scope.tenant_id is not None or not is_own or staff.role != Staff.Role.ADMINISTRATOR:
        raise NotAllowed("入稿データはオーナー企業の管理者だけが作成できます")


def packs_of(scope: Scope, batch: Batch) -> QuerySet[CardPack]:
    """Return what was made of this order before, newest first."""
    rows = CardPack.objects.filter(batch=batch).select_related("made_by")
    return scope.rows(rows).order_by("-made_at", "-pk")


def throw_away_packs() -> int:
    """Throw away the files that nobody took in time; return how many."""
    late = CardPackFile.objects.filter(pack__made_at__lte=clock.now() - WAITS_FOR)
    with transaction.atomic(durable=True):
        thrown, _ = late.delete()
    return thrown


def alert_of_packs() -> int:
    """Mail each owner's administrators of packs they were not yet told of; return how many went.

    The mail goes out between two transactions: a sender that dies after sending lets a second
    mail go out. It is at least once, never none.
    """
    since = clock.now() - ALERTED_FOR
    waiting = CardPack.objects.filter(alerted_at=None, made_at__gte=since).order_by("pk")
    return sum(_alerted(pack_id) for pack_id in waiting.values_list("pk", flat=True))


def _alerted(pack_id: int) -> bool:
    with held("pack_alert", pack_id) as is_held:
        row = CardPack.objects.select_related("owner", "batch", "made_by").get(pk=pack_id)
        if not is_held or row.alerted_at is not None:
            return False
        message = EmailMessage(
            "カードの入稿データが作成されました", _text(row), to=_administrators(row.owner_id)
        )
        try:
            message.send()
        except OSError as failure:  # smtplib's failures are of this family.
            _log.warning("alert of pack %s failed: %s", row.pk, failure)
            return False
        with transaction.atomic(durable=True):
            CardPack.objects.filter(pk=row.pk).update(alerted_at=clock.now())
        return True


def _administrators(owner_id: int) -> list[str]:
    people = Staff.objects.filter(
        owner_id=owner_id, tenant=None, role=Staff.Role.ADMINISTRATOR, is_active=True
    )
    return list(people.order_by("email").values_list("email", flat=True))


def _text(row: CardPack) -> str:
    words = {"pack": row, "centre": centre(), "site_url": settings.SITE_URL}
    return render_to_string("mail/pack.txt", words)


def _password() -> str:
    """Return 25 random letters in groups, 123 bits: too many to try, few enough to read out."""
    letters = [secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP_LENGTH)]
    groups = zip(*[iter(letters)] * _GROUP_LENGTH, strict=True)
    return "-".join("".join(group) for group in groups)
