"""Where an owner is told of payments its system did not take: set by its administrators."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from billing.delivery.fax import FaxGateway, gateway_of
from billing.models import NoticeChannel, Rung
from billing.models.notice import MAIL_TO_MAX, WAIT_MINUTES_MAX
from billing.services.events import stream_of
from smartpit.kernel import clock
from smartpit.kernel.database import lock
from smartpit.kernel.errors import DomainError, Malformed
from tenants.access import NotAllowed, Scope
from tenants.models import Owner, Staff
from tenants.selectors import centre

_FAX_NUMBER = re.compile(r"0[0-9]{9,10}")
_MARKS = str.maketrans("", "", "-() ")


class FaxUnavailable(DomainError):
    """Nobody would carry the FAX, and it would be charged."""

    code = "fax_unavailable"
    title = "このセンターではFAXによる通知を利用できません"


@dataclass(frozen=True)
class ChannelAsked:
    """Mail addresses and a FAX number, each with the minutes to wait; empty: not so."""

    mail_to: tuple[str, ...] = ()
    mail_after_minutes: int = 15
    fax_number: str = ""
    fax_after_minutes: int = 60


def set_channel(scope: Scope, staff: Staff, asked: ChannelAsked) -> NoticeChannel:
    """Set how an owner is told when its system is not; told is what happens from now on.

    A FAX costs money, so an administrator of the owner asks for it, or the centre in its name.
    A test twin has none: nothing of the test side may cost anything.
    """
    _require_right(scope, staff)
    number = asked.fax_number.translate(_MARKS)
    _require_form(asked, number)
    if number and gateway() is None:
        raise FaxUnavailable
    with transaction.atomic(durable=True):
        lock("notice_channel", scope.owner)
        channel = NoticeChannel.objects.select_for_update().filter(owner_id=scope.owner).first()
        channel = channel or NoticeChannel(owner_id=scope.owner)
        newest = stream_of(scope.owner, None).last
        if not channel.mail_to:
            channel.mail_upto = newest
        if not channel.fax_number:
            channel.fax_upto = newest
        channel.mail_to = list(dict.fromkeys(asked.mail_to))
        channel.mail_after_minutes = asked.mail_after_minutes
        channel.fax_number = number
        channel.fax_after_minutes = asked.fax_after_minutes
        channel.changed_at = clock.now()
        channel.changed_by = staff
        channel.save()
    return channel


def channel_of(scope: Scope) -> NoticeChannel | None:
    return scope.rows(NoticeChannel.objects.select_related("owner")).first()


def gateway() -> FaxGateway | None:
    """Return who carries FAXes: whom the settings name; without one, a demo folder has files."""
    founded = centre()
    url = settings.FAX_URL or ("file:" if founded is not None and founded.is_demo else "")
    return gateway_of(url, settings.HOME / "fax") if url else None


def goes_to(channel: NoticeChannel, rung: Rung) -> str:
    """Return whom a rung tells, as it is written on a notice; empty: nobody."""
    return channel.fax_number if rung == Rung.FAX else ", ".join(channel.mail_to)


def _require_right(scope: Scope, staff: Staff) -> None:
    is_own = staff.owner_id == scope.owner and staff.tenant_id is None
    is_allowed = staff.role == Staff.Role.ADMINISTRATOR and (is_own or staff.is_centre)
    if not is_allowed or scope.tenant_id is not None:
        raise NotAllowed
    if Owner.objects.filter(pk=scope.owner, is_test=True).exists():
        raise NotAllowed("テスト環境では代替の通知を行いません")


def _require_form(asked: ChannelAsked, number: str) -> None:
    errors = []
    if len(asked.mail_to) > MAIL_TO_MAX or not all(map(_is_address, asked.mail_to)):
        errors.append({"field": "mail_to", "code": "form"})
    if number and not _FAX_NUMBER.fullmatch(number):
        errors.append({"field": "fax_number", "code": "form"})
    for name in ("mail_after_minutes", "fax_after_minutes"):
        if not 1 <= getattr(asked, name) <= WAIT_MINUTES_MAX:
            errors.append({"field": name, "code": "range"})
    if errors:
        raise Malformed(errors)


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
