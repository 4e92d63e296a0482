"""Whom the console may name: a second person, while the centre cannot bring in anybody itself."""

import pytest
from django.core import mail

from smartpit.kernel import clock
from tenants.access import NotAllowed, NotFound
from tenants.invitations import (
    NotNameable,
    PeopleEnough,
    enter_founder,
    name_person,
    send_invitation,
)
from tenants.models import PasswordLetter, Staff, Vouch
from tenants.passwords import (
    link_for,
    require_own_account,
    send_letters,
    set_own_password,
    vouch,
)
from tenants.services import EmailTaken, StaffAsked, invite_staff
from tests.cast import Cast
from tests.people import PASSWORD


@pytest.fixture
def founder(cast: Cast) -> Staff:
    founder, _ = enter_founder(asked("boss"))
    return own(founder)


def asked(local: str, role: str = "administrator") -> StaffAsked:
    return StaffAsked(f"{local}@centre.example", local, role)


def own(staff: Staff) -> Staff:
    return set_own_password(link_for(staff), PASSWORD)


def leave(*people: Staff) -> None:
    Staff.objects.filter(pk__in=[staff.pk for staff in people]).update(is_active=False)


def test_a_founders_second_reads_no_printed_password_but_a_mail(cast: Cast):
    founder, printed = enter_founder(asked("boss"), asked("second"))
    second = Staff.objects.get(email="second@centre.example")
    assert founder.check_password(printed)
    assert not second.has_usable_password()
    assert {it.ground for it in Vouch.objects.all()} == {Vouch.Ground.FOUNDING}
    assert send_letters() == 1
    assert mail.outbox[-1].to == ["second@centre.example"]
    assert "指名されました" in mail.outbox[-1].body
    require_own_account(own(second))


def test_founders_are_entered_both_or_neither(cast: Cast):
    with pytest.raises(EmailTaken):
        enter_founder(asked("boss"), asked("BOSS"))
    assert not Staff.objects.exists()


def test_who_is_not_there_is_entered_as_an_administrator_and_mailed_a_link(founder: Staff):
    second = name_person(asked("second"))
    assert (second.role, second.invited_by) == ("administrator", None)
    assert Vouch.objects.get(staff=second).ground == Vouch.Ground.CONSOLE
    assert PasswordLetter.objects.get(staff=second).asked_by is None
    assert send_letters() == 1
    require_own_account(own(second))


def test_whom_the_founder_invited_is_vouched_for_as_they_are(founder: Staff):
    invited = own(send_invitation(founder, asked("invited", "approver")))
    letters = PasswordLetter.objects.count()
    assert name_person(StaffAsked("Invited@Centre.example", "他", "administrator")) == invited
    invited.refresh_from_db()
    assert (invited.name, invited.role) == ("invited", "approver")
    assert PasswordLetter.objects.count() == letters
    require_own_account(invited)


def test_two_who_stand_name_nobody_at_the_console(founder: Staff):
    second = name_person(asked("second"))
    for local in ("third", "second"):
        with pytest.raises(PeopleEnough):
            name_person(asked(local))
    leave(second)
    third = name_person(asked("third"))
    leave(founder, third)
    for local in ("fourth", "fifth"):  # Nobody is left: the console names both.
        name_person(asked(local))
    with pytest.raises(PeopleEnough):
        name_person(asked("sixth"))


def test_an_auditor_who_is_known_is_no_second_person(founder: Staff):
    second = own(name_person(asked("second")))
    auditor = own(send_invitation(founder, asked("auditor", "auditor")))
    vouch(second, auditor)
    leave(second)
    name_person(asked("third"))


def test_where_nobody_may_invite_another_administrator_is_named(founder: Staff):
    second = own(name_person(asked("second")))
    operator = own(send_invitation(founder, asked("operator", "operator")))
    approver = own(send_invitation(founder, asked("approver", "approver")))
    for staff in (operator, approver):
        vouch(second, staff)
    leave(founder, second)
    with pytest.raises(NotAllowed):
        send_invitation(operator, asked("new"))
    name_person(asked("new"))
    with pytest.raises(PeopleEnough):
        name_person(asked("another"))


def test_who_stands_or_does_no_such_work_is_not_named(founder: Staff, cast: Cast):
    invite_staff(StaffAsked("b@sakura.example", "桜", "administrator", cast.sakura))
    send_invitation(founder, asked("auditor", "auditor"))
    leave(send_invitation(founder, asked("left")))
    addresses = ("BOSS@centre.example", "b@sakura.example", "auditor@centre.example")
    for email in (*addresses, "left@centre.example", "boss@ｃentre.example"):
        with pytest.raises(NotNameable):
            name_person(StaffAsked(email, "x", "administrator"))
    assert Vouch.objects.count() == 1


def test_one_mailbox_is_one_account_however_it_is_typed(founder: Staff):
    for email in ("Boss@Centre.Example", "boss@ｃｅｎｔｒｅ.example", "ＢＯＳＳ@centre.example"):
        with pytest.raises(EmailTaken):
            send_invitation(founder, StaffAsked(email, "x", "approver"))


def test_who_left_or_was_mistyped_makes_room_for_who_is_named(founder: Staff):
    mistyped = name_person(asked("secnod"))
    link = link_for(mistyped)
    second = name_person(asked("second"), instead_of="SECNOD@centre.example")
    mistyped.refresh_from_db()
    assert not mistyped.is_active
    with pytest.raises(PeopleEnough):
        name_person(asked("third"))
    require_own_account(own(second))
    assert send_letters() == 1  # The mistyped address is written to no more.
    with pytest.raises(Exception, match="このリンクは使えません"):
        set_own_password(link, PASSWORD)


def test_nobody_leaves_by_a_naming_that_is_refused(founder: Staff):
    second = own(name_person(asked("second")))
    third = own(send_invitation(founder, asked("third")))
    with pytest.raises(NotFound):  # Nobody knows the third yet.
        name_person(asked("new"), instead_of=third.email)
    vouch(second, third)
    with pytest.raises(PeopleEnough):
        name_person(asked("new"), instead_of=third.email)
    leave(third)
    with pytest.raises(NotNameable):
        name_person(asked("second"), instead_of=second.email)
    with pytest.raises(NotFound):
        name_person(asked("new"), instead_of="nobody@centre.example")
    assert Staff.objects.filter(is_active=True).count() == 2


def test_who_was_made_by_a_hand_can_be_named(founder: Staff):
    made = Staff.objects.create_user(
        "X@centre.example", PASSWORD, name="x", role="operator", invited_at=clock.now()
    )
    assert name_person(asked("x")) == made
    require_own_account(own(made))
