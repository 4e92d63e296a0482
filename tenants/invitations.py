"""Who joins: the first two people at the console, everybody else by a colleague's invitation.

Whom the console names is known by its word; whom a colleague invites, by a second colleague's.
"""

import secrets

from django.db import transaction

from smartpit.kernel.database import lock
from smartpit.kernel.errors import DomainError
from tenants.access import NotAllowed, NotFound
from tenants.models import Staff, Vouch
from tenants.passwords import (
    is_vouched,
    known_people,
    put_down_letter,
    require_own_account,
    vouch_at_console,
)
from tenants.services import StaffAsked, new_staff


class PeopleEnough(DomainError):
    """The centre brings in people by itself: one invites, another vouches."""

    code = "people_enough"
    title = (
        "在籍確認済の管理者ともう1人がいるため、コンソールでは指名できません。"
        "管理画面で招待し、招待した人とは別の人が在籍確認をしてください"
    )


class NotNameable(DomainError):
    code = "not_nameable"
    title = (
        "このメールアドレスは、在籍確認の済んだ本人か、監査・無効の担当者か、"
        "オーナーの担当者のものです。別の人を指名してください"
    )


def send_invitation(by: Staff, asked: StaffAsked) -> Staff:
    """Add a person, who sets a password by the link that is mailed to them alone.

    The inviter never sees one. For one of the centre's own somebody else than the inviter
    vouches. So the inviter of one of them is known, and acts for nobody else: a made-up colleague
    would invite whom its maker vouches for.
    """
    if not (by.is_active and by.is_centre and by.role == Staff.Role.ADMINISTRATOR):
        raise NotAllowed
    with transaction.atomic(durable=True):
        if asked.owner is None:
            require_own_account(by)
        staff = new_staff(asked, password=None, invited_by=by)
        put_down_letter(staff, by)
    return staff


def enter_founder(asked: StaffAsked, second: StaffAsked | None = None) -> tuple[Staff, str]:
    """Add the first administrator and return the password, which is shown once.

    Whoever founds the centre reads it, so it is not the administrator's own yet: before money is
    moved or a colleague invited, the administrator sets another by mail. The second person's is
    shown to nobody: they set it by the link that is mailed to them.
    """
    password = secrets.token_urlsafe(12)
    with transaction.atomic(durable=True):
        founder = new_staff(asked, password=password)
        vouch_at_console(founder)
        if second is not None:
            _enter(second, Vouch.Ground.FOUNDING)
    return founder, password


def name_person(asked: StaffAsked, instead_of: str = "") -> Staff:
    """Name a person at the console, while the centre cannot bring in anybody by itself.

    That takes an administrator who invites and another who vouches. Whom a colleague invited
    before is vouched for; who is not there yet is entered as asked and mailed a link.
    ``instead_of`` is who has left, or whose address was mistyped: the account ends with this.
    """
    with transaction.atomic(durable=True):
        lock("staff", "vouch")
        if instead_of:
            _let_go(instead_of)
        roles = list(known_people().values_list("role", flat=True))
        if len(roles) > 1 and Staff.Role.ADMINISTRATOR in roles:
            raise PeopleEnough
        standing = _account(asked.email)
        if standing is None:
            return _enter(asked, Vouch.Ground.CONSOLE)
        if not standing.is_staff or standing.role == Staff.Role.AUDITOR or is_vouched(standing):
            raise NotNameable
        vouch_at_console(standing, Vouch.Ground.CONSOLE)
        return standing


def _enter(asked: StaffAsked, ground: Vouch.Ground) -> Staff:
    assert asked.owner is None
    staff = new_staff(asked, password=None)
    vouch_at_console(staff, ground)
    put_down_letter(staff, asked_by=None)
    return staff


def _let_go(email: str) -> None:
    leaving = known_people().filter(email=Staff.objects.normalize_email(email)).first()
    if leaving is None:
        raise NotFound
    leaving.is_active = False
    leaving.save(update_fields=["is_active"])


def _account(email: str) -> Staff | None:
    return Staff.objects.filter(email__iexact=Staff.objects.normalize_email(email)).first()
