"""Who joins: the founder at the console, everybody else by a mail that only they read."""

import secrets

from django.db import transaction

from tenants.access import NotAllowed
from tenants.models import Staff
from tenants.passwords import (
    is_being_founded,
    put_down_letter,
    require_own_account,
    vouch_at_founding,
)
from tenants.services import StaffAsked, new_staff


def send_invitation(by: Staff, asked: StaffAsked) -> Staff:
    """Add a person, who sets a password by the link that is mailed to them alone.

    The inviter never sees one. Of the centre's own, only the second ever is taken on the founder's
    word; for the others somebody else than the inviter vouches. So the inviter of one of them is
    known, and acts for nobody else: a made-up colleague would invite whom its maker vouches for.
    """
    if not (by.is_active and by.is_centre and by.role == Staff.Role.ADMINISTRATOR):
        raise NotAllowed
    with transaction.atomic(durable=True):
        if asked.owner is None:
            require_own_account(by)
        staff = new_staff(asked, password=None, invited_by=by)
        if staff.is_centre and is_being_founded():
            vouch_at_founding(staff)
        put_down_letter(staff, by)
    return staff


def enter_founder(asked: StaffAsked) -> tuple[Staff, str]:
    """Add the first administrator and return the password, which is shown once.

    Whoever founds the centre reads it, so it is not the administrator's own yet: before money is
    moved or a colleague invited, the administrator sets another by mail.
    """
    password = secrets.token_urlsafe(12)
    with transaction.atomic(durable=True):
        founder = new_staff(asked, password=password)
        vouch_at_founding(founder)
    return founder, password
