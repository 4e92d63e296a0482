"""Whose password it is: links by mail to the person alone, and what an account may then do.

An account moves money only if its present password was set by its own person, at its present
address, by a link that was mailed there and nowhere else; and if it is the centre's, only if
somebody besides its inviter knows the person. So nobody can act as two: who invites sees no
password, and who makes up a colleague finds nobody to vouch for them.
Locks: who is known (advisory), then the address (advisory), then the person's row; the mails go
out between transactions.
"""

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from smartpit.kernel import clock
from smartpit.kernel.database import held, lock
from smartpit.kernel.errors import DomainError
from tenants.access import NotAllowed
from tenants.models import PasswordLetter, PasswordProof, Staff, Vouch
from tenants.selectors import centre

LINK_HOLDS: Final = timedelta(days=3)
LETTERS_MAX: Final = 3
LETTERS_WITHIN: Final = timedelta(hours=1)
# A letter that could not be sent for a day is asked for once more by who still wants it.
TRIED_FOR: Final = timedelta(days=1)

_log = logging.getLogger(__name__)


class LinkRefused(DomainError):
    """It is used, too old, another's, or none at all: the answer is the same."""

    code = "link_refused"
    title = "このリンクは使えません。期限が切れたか、すでに使われています"


class PasswordNotOwn(DomainError):
    """Somebody else set this password, or could have read it, or the address is another now."""

    code = "password_not_own"
    title = (
        "本人がメールの案内から設定したパスワードではないため、この操作はできません。"
        "サインイン画面の「パスワードを設定し直す」から設定してください"
    )


class NotVouched(DomainError):
    code = "not_vouched"
    title = (
        "招待した人とは別の人による在籍確認が済むまで、この操作はできません。確認できる人がほかに"
        "いないセンターでは、サーバーのコンソールで2人目を指名します（manage.py second_person）"
    )


class VouchRefused(DomainError):
    """Who invited, who is looked at, and who is not yet known may not vouch; nor twice."""

    code = "vouch_refused"
    title = "在籍確認は、招待した人と本人以外の、確認済の担当者が一度だけ行えます"


class _Links(PasswordResetTokenGenerator):
    """Django's signed words: of the person, the address, the password and the last sign-in.

    So a link ends when it is used, when the person signs in, and after ``PASSWORD_RESET_TIMEOUT``.
    """

    key_salt = "tenants.passwords.link"

    def _now(self) -> datetime:
        return clock.now().replace(tzinfo=None)


_links = _Links()


# -- What an account may do ----------------------------------------------------------------------


def require_own_account(staff: Staff) -> None:
    """Refuse who may not be the person the account is called after, as its row stands now."""
    row = Staff.objects.get(pk=staff.pk)
    if not row.is_active:
        raise NotAllowed
    if not PasswordProof.objects.filter(staff=row, mark=_mark(row)).exists():
        raise PasswordNotOwn
    if row.is_centre and not is_vouched(row):
        raise NotVouched


def is_vouched(staff: Staff) -> bool:
    return Vouch.objects.filter(staff=staff).exists()


def prove(staff: Staff) -> None:
    """Note, inside the caller's transaction, that the person alone knows this password."""
    assert connection.in_atomic_block
    PasswordProof.objects.create(staff=staff, mark=_mark(staff), proven_at=clock.now())


def vouch(by: Staff, staff: Staff) -> Vouch:
    """Say that one knows this person: a word that the inviter's alone would not be.

    Who was invited by nobody, or by one who is not known, may be the making of who vouches.
    """
    with transaction.atomic(durable=True):
        lock("staff", "vouch")
        knows = known_people().filter(pk=by.pk).exists()
        allowed = knows and staff.is_centre and by.pk not in (staff.pk, staff.invited_by_id)
        if not allowed or is_vouched(staff):
            raise VouchRefused
        if staff.invited_by is None or not is_vouched(staff.invited_by):
            raise VouchRefused
        require_own_account(by)
        return Vouch.objects.create(
            staff=staff, ground=Vouch.Ground.SECOND, vouched_by=by, vouched_at=clock.now()
        )


def vouch_at_console(staff: Staff, ground: Vouch.Ground = Vouch.Ground.FOUNDING) -> None:
    """Take a person on the word of who holds the server's console, in the caller's transaction.

    That one can read the database and be anybody; no page and no account gets here.
    """
    assert connection.in_atomic_block
    Vouch.objects.create(staff=staff, ground=ground, vouched_at=clock.now())


def known_people() -> QuerySet[Staff]:
    """Return who may say that they know somebody: who is known, as only the centre's people are."""
    known = Staff.objects.filter(is_active=True, vouch__isnull=False)
    return known.exclude(role=Staff.Role.AUDITOR)


# -- The link and its letter ---------------------------------------------------------------------


def ask_for_letter(email: str) -> None:
    """Have a link mailed to who forgot; whether there is such a person is not told."""
    staff = Staff.objects.filter(email__iexact=email, is_active=True).first()
    if staff is not None:
        send_letter(staff, asked_by=None)


def send_letter(staff: Staff, *, asked_by: Staff | None) -> None:
    """Put down a letter to the person's own address, unless it would be one too many."""
    with transaction.atomic(durable=True):
        Staff.objects.select_for_update().get(pk=staff.pk)
        since = clock.now() - LETTERS_WITHIN
        if staff.password_letters.filter(asked_at__gt=since).count() < LETTERS_MAX:
            put_down_letter(staff, asked_by)


def put_down_letter(staff: Staff, asked_by: Staff | None) -> None:
    assert connection.in_atomic_block
    PasswordLetter.objects.create(
        staff=staff, to=staff.email, asked_by=asked_by, asked_at=clock.now()
    )


def send_letters() -> int:
    """Mail the letters that wait; return how many went out. At least once, never none."""
    waiting = PasswordLetter.objects.filter(
        sent_at=None, asked_at__gt=clock.now() - TRIED_FOR, staff__is_active=True
    )
    return sum(_mailed(pk) for pk in waiting.order_by("pk").values_list("pk", flat=True))


def person_of_link(link: str) -> Staff:
    """Return whom a link was mailed to, as long as it holds."""
    return _person_of(link, Staff.objects.all())


def set_own_password(link: str, password: str) -> Staff:
    """Set the password of whom the link was mailed to; a link does it once."""
    with transaction.atomic(durable=True):
        staff = _person_of(link, Staff.objects.select_for_update(of=("self",)))
        staff.set_password(password)
        staff.save(update_fields=["password"])
        prove(staff)
    return staff


def change_own_password(staff: Staff, password: str) -> Staff:
    """Change the password of who knows the old one; what was not their own stays so."""
    with transaction.atomic(durable=True):
        row = Staff.objects.select_for_update(of=("self",)).get(pk=staff.pk)
        was_own = PasswordProof.objects.filter(staff=row, mark=_mark(row)).exists()
        row.set_password(password)
        row.save(update_fields=["password"])
        if was_own:
            prove(row)
    return row


def link_for(staff: Staff) -> str:
    """Return the address's last word, for the person's own mail and nothing else."""
    key = urlsafe_base64_encode(str(staff.pk).encode())
    return f"{key}.{_links.make_token(staff)}"


def _person_of(link: str, rows: QuerySet[Staff]) -> Staff:
    key, _, token = link.partition(".")
    try:
        pk = int(urlsafe_base64_decode(key).decode())
        staff = rows.get(pk=pk, is_active=True)
    except (ValueError, OverflowError, Staff.DoesNotExist):
        raise LinkRefused from None
    if not _links.check_token(staff, token):
        raise LinkRefused
    return staff


def _mark(staff: Staff) -> str:
    return hashlib.sha256(f"{staff.email}\n{staff.password}".encode()).hexdigest()


def _mailed(letter_id: int) -> bool:
    with held("password_letter", letter_id) as is_held:
        letter = PasswordLetter.objects.select_related("staff", "asked_by").get(pk=letter_id)
        # An address that was changed since is not who was invited.
        if not is_held or letter.sent_at is not None or letter.to != letter.staff.email:
            return False
        message = EmailMessage("パスワードの設定", _text(letter), to=[letter.to])
        try:
            message.send()
        except OSError as failure:  # smtplib's failures are of this family.
            _log.warning("letter %s failed: %s", letter.pk, failure)
            return False
        with transaction.atomic(durable=True):
            PasswordLetter.objects.filter(pk=letter.pk).update(sent_at=clock.now())
        return True


def _text(letter: PasswordLetter) -> str:
    page = reverse("set_password", args=[link_for(letter.staff)])
    words = {
        "letter": letter,
        "address": f"{settings.SITE_URL}{page}",
        "days": LINK_HOLDS.days,
        "centre": centre(),
    }
    return render_to_string("mail/password.txt", words)
