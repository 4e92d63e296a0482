"""Whose password it is: nobody but its own person ever knows one that moves money."""

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client

from smartpit.kernel import clock
from tenants.access import NotAllowed
from tenants.invitations import enter_founder, name_person, send_invitation
from tenants.models import PasswordLetter, PasswordProof, Staff, Vouch
from tenants.passwords import (
    LETTERS_MAX,
    LINK_HOLDS,
    LinkRefused,
    NotVouched,
    PasswordNotOwn,
    VouchRefused,
    ask_for_letter,
    change_own_password,
    link_for,
    require_own_account,
    send_letters,
    set_own_password,
    vouch,
)
from tenants.services import EmailTaken, StaffAsked, invite_staff
from tests.cast import Cast
from tests.people import PASSWORD

NEW = "yoru-no-kisha-12"


@pytest.fixture
def founder(cast: Cast) -> Staff:
    """Give the first administrator, who has set a password of their own by mail."""
    founder, _ = enter_founder(StaffAsked("boss@centre.example", "長", "administrator"))
    return set_own_password(link_for(founder), PASSWORD)


def invited(by: Staff, local: str, role: str = "approver") -> Staff:
    return send_invitation(by, StaffAsked(f"{local}@centre.example", local, role))


def joined(by: Staff, local: str, role: str = "approver") -> Staff:
    """Invite somebody who opens the mail and sets a password."""
    return set_own_password(link_for(invited(by, local, role)), PASSWORD)


def named(local: str, role: str = "administrator") -> Staff:
    """Name the second person at the console, who opens the mail and sets a password."""
    staff = name_person(StaffAsked(f"{local}@centre.example", local, role))
    return set_own_password(link_for(staff), PASSWORD)


def mailed_page() -> str:
    """Send what waits, and return the path of the link in the newest mail."""
    send_letters()
    found = re.search(r"https?://[^/]+(/password/set/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


# The link


def test_a_password_is_set_by_the_mailed_link_and_by_nobody_else(founder: Staff):
    newcomer = invited(founder, "new")
    assert not newcomer.has_usable_password()
    page = mailed_page()
    assert mail.outbox[-1].to == ["new@centre.example"]
    client = Client()
    assert "new@centre.example" in client.get(page).content.decode()
    words = {"new_password1": NEW, "new_password2": NEW}
    assert client.post(page, words)["Location"] == "/login"
    newcomer.refresh_from_db()
    assert newcomer.check_password(NEW)
    entered = client.post("/login", {"username": newcomer.email, "password": NEW})
    assert entered.status_code == 302


def test_looking_at_a_link_uses_nothing_up(founder: Staff):
    """A mail gateway that opens every link shall not lock the person out."""
    invited(founder, "new")
    page = mailed_page()
    for _ in range(3):
        assert Client().get(page).status_code == 200
    assert Client().head(page).status_code == 405


def test_a_link_works_once(founder: Staff):
    link = link_for(invited(founder, "new"))
    set_own_password(link, PASSWORD)
    with pytest.raises(LinkRefused):
        set_own_password(link, NEW)
    answer = Client().post(f"/password/set/{link}", {"new_password1": NEW, "new_password2": NEW})
    assert answer.status_code == 410
    assert "使えません" in answer.content.decode()


def test_a_link_ends_after_three_days(founder: Staff):
    link = link_for(invited(founder, "new"))
    with clock.frozen(clock.now() + LINK_HOLDS + timedelta(minutes=1)), pytest.raises(LinkRefused):
        set_own_password(link, PASSWORD)
    with clock.frozen(clock.now() + LINK_HOLDS - timedelta(minutes=1)):
        set_own_password(link, PASSWORD)


@pytest.mark.parametrize("link", ["", "x", "MQ.x-y", "OTk5OTk5.c0-ab", "MQ", "=.=", "44GC.x"])
def test_a_link_that_is_none_is_refused(founder: Staff, link: str):
    with pytest.raises(LinkRefused):
        set_own_password(link, PASSWORD)


def test_a_link_is_for_its_own_person_and_address(founder: Staff):
    one, other = invited(founder, "one"), invited(founder, "other")
    token = link_for(one).partition(".")[2]
    key = link_for(other).partition(".")[0]
    with pytest.raises(LinkRefused):
        set_own_password(f"{key}.{token}", PASSWORD)
    link = link_for(one)
    Staff.objects.filter(pk=one.pk).update(email="elsewhere@centre.example")
    with pytest.raises(LinkRefused):
        set_own_password(link, PASSWORD)
    assert send_letters() == 1  # The other's: an address that was changed is sent nothing.


def test_who_has_left_is_sent_nothing_and_sets_nothing(founder: Staff):
    gone = invited(founder, "gone")
    link = link_for(gone)
    Staff.objects.filter(pk=gone.pk).update(is_active=False)
    assert send_letters() == 0
    with pytest.raises(LinkRefused):
        set_own_password(link, PASSWORD)


def test_a_weak_password_is_refused_and_the_link_still_works(founder: Staff):
    newcomer = invited(founder, "new")
    page = f"/password/set/{link_for(newcomer)}"
    weak = Client().post(page, {"new_password1": "12345678", "new_password2": "12345678"})
    assert weak.status_code == 200
    assert Client().post(page, {"new_password1": NEW, "new_password2": NEW}).status_code == 302


# The letter


def test_a_letter_is_sent_once_and_again_where_the_post_office_was_down(founder: Staff):
    invited(founder, "new")
    with patch.object(EmailMessage, "send", side_effect=OSError("down")):
        assert send_letters() == 0
    assert send_letters() == 1
    assert send_letters() == 0
    assert PasswordLetter.objects.get().sent_at is not None


def test_who_forgot_is_mailed_and_the_page_tells_nobody_who_is_known(founder: Staff):
    client = Client()
    known = client.post("/password/forgot", {"email": "Boss@centre.example"}, follow=True)
    unknown = client.post("/password/forgot", {"email": "no@centre.example"}, follow=True)
    assert "案内が届きます" in known.content.decode()
    assert "案内が届きます" in unknown.content.decode()
    assert send_letters() == 1
    assert mail.outbox[-1].to == ["boss@centre.example"]
    assert client.post("/password/forgot", {"email": "x"}).status_code == 200


def test_nobody_is_buried_under_letters(founder: Staff):
    for _ in range(LETTERS_MAX + 2):
        ask_for_letter(founder.email)
    assert PasswordLetter.objects.count() == LETTERS_MAX
    with clock.frozen(clock.now() + timedelta(hours=1, minutes=1)):
        ask_for_letter(founder.email)
    assert PasswordLetter.objects.count() == LETTERS_MAX + 1


def test_a_link_stands_in_no_row(founder: Staff):
    token = link_for(invited(founder, "new"))
    words = [str(value) for row in PasswordLetter.objects.values() for value in row.values()]
    assert not [word for word in words if token in word or token.partition(".")[2] in word]


# Whose password it is


def test_the_founders_printed_password_signs_in_and_moves_no_money(cast: Cast):
    founder, printed = enter_founder(StaffAsked("b@centre.example", "長", "administrator"))
    client = Client()
    entered = client.post("/login", {"username": founder.email, "password": printed})
    assert entered.status_code == 302
    with pytest.raises(PasswordNotOwn):
        require_own_account(founder)
    change_own_password(founder, NEW)  # Whoever read the printed one can do so too.
    with pytest.raises(PasswordNotOwn):
        require_own_account(founder)
    set_own_password(link_for(Staff.objects.get(pk=founder.pk)), PASSWORD)
    require_own_account(founder)


def test_a_password_that_is_changed_by_its_person_stays_their_own(founder: Staff):
    client = Client()
    client.force_login(founder, backend="django.contrib.auth.backends.ModelBackend")
    words = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/password", words)["Location"] == "/"
    assert client.get("/admin/").status_code == 200  # Still signed in.
    require_own_account(founder)
    assert Staff.objects.get(pk=founder.pk).check_password(NEW)


def test_a_password_set_at_the_console_is_not_the_persons_own(founder: Staff):
    with patch("getpass.getpass", return_value=NEW):
        call_command("changepassword", founder.email, verbosity=0)
    assert Staff.objects.get(pk=founder.pk).check_password(NEW)
    with pytest.raises(PasswordNotOwn):
        require_own_account(founder)


def test_a_changed_address_is_not_the_persons_own(founder: Staff):
    Staff.objects.filter(pk=founder.pk).update(email="mallory@centre.example")
    with pytest.raises(PasswordNotOwn):
        require_own_account(founder)


def test_no_command_makes_a_person_who_may_move_money(founder: Staff):
    with pytest.raises(AttributeError):
        call_command("createsuperuser", interactive=False, email="x@centre.example", name="x")
    made = Staff.objects.create_user(
        "x@centre.example", PASSWORD, name="x", role="approver", invited_at=clock.now()
    )
    with pytest.raises(PasswordNotOwn):
        require_own_account(made)
    set_own_password(link_for(made), NEW)
    with pytest.raises(NotVouched):
        require_own_account(made)


# Who vouches


@pytest.mark.fault("E14")
def test_the_founders_word_alone_makes_nobody_known(founder: Staff):
    """Not of the first one invited, nor of two who would vouch for each other."""
    first, other = joined(founder, "first", "administrator"), joined(founder, "other")
    for by, staff in ((founder, first), (first, other), (other, first)):
        with pytest.raises(VouchRefused):
            vouch(by, staff)
        with pytest.raises(NotVouched):
            require_own_account(staff)
    with pytest.raises(NotVouched):
        invited(first, "third")


def test_whom_one_of_two_invites_needs_the_others_word(founder: Staff):
    second = named("second")
    require_own_account(second)
    third = joined(founder, "third")
    with pytest.raises(NotVouched):
        require_own_account(third)
    vouch(second, third)
    require_own_account(third)
    assert Vouch.objects.get(staff=third).vouched_by == second


def test_the_founding_does_not_begin_anew_where_everybody_else_has_left(founder: Staff):
    named("second")
    Staff.objects.exclude(pk=founder.pk).update(is_active=False)
    third = joined(founder, "third")
    with pytest.raises(NotVouched):
        require_own_account(third)


def test_an_administrator_cannot_make_up_a_colleague(founder: Staff):
    """Neither the inviter, nor the made-up one, nor two made-up ones for each other."""
    second = named("second")
    one, two = joined(founder, "one"), joined(founder, "two", "administrator")
    for by, staff in ((founder, one), (one, one), (one, two), (two, one), (founder, two)):
        with pytest.raises(VouchRefused):
            vouch(by, staff)
    vouch(second, one)
    with pytest.raises(VouchRefused):
        vouch(second, one)
    with pytest.raises(NotVouched):  # A child's child would be the founder's making still.
        joined(two, "child")


@pytest.mark.fault("E14")
def test_a_made_up_colleague_brings_nobody_whom_its_maker_could_vouch_for(founder: Staff):
    """An inviter between oneself and a second self is a second self too."""
    second = named("second")
    between = joined(founder, "between", "administrator")
    with pytest.raises(NotVouched):
        invited(between, "again")
    again = joined(founder, "again")
    Staff.objects.filter(pk=again.pk).update(invited_by=between)  # As it stood before.
    again.refresh_from_db()
    for by in (founder, second):
        with pytest.raises(VouchRefused):
            vouch(by, again)


def test_nobody_vouches_for_who_was_made_at_the_console(founder: Staff):
    """Nobody knows who made them: perhaps the one who would vouch."""
    made = Staff.objects.create_user(
        "x@centre.example", PASSWORD, name="x", role="operator", invited_at=clock.now()
    )
    set_own_password(link_for(made), NEW)
    with pytest.raises(VouchRefused):
        vouch(founder, made)


def test_a_password_that_is_not_own_brings_no_colleague(founder: Staff, cast: Cast):
    """Who set another's password at the console would else invite as them and vouch as oneself."""
    second = named("second")
    with patch("getpass.getpass", return_value=NEW):
        call_command("changepassword", second.email, verbosity=0)
    with pytest.raises(PasswordNotOwn):
        invited(second, "third")
    send_invitation(second, StaffAsked("a@sakura.example", "桜", "accountant", cast.sakura))


def test_neither_an_auditor_nor_an_owner_vouches(founder: Staff, cast: Cast):
    second = named("second")
    stranger = joined(founder, "stranger")
    auditor = joined(founder, "auditor", "auditor")
    vouch(second, auditor)
    boss, _ = invite_staff(StaffAsked("b@sakura.example", "桜", "administrator", cast.sakura))
    for by in (auditor, boss):
        with pytest.raises(VouchRefused):
            vouch(by, stranger)
    asked = StaffAsked("k@sakura.example", "桜", "accountant", cast.sakura)
    with pytest.raises(VouchRefused):
        vouch(second, send_invitation(founder, asked))


def test_only_the_centres_administrator_invites(founder: Staff, cast: Cast):
    operator = joined(founder, "o", "operator")
    boss, _ = invite_staff(StaffAsked("b@sakura.example", "桜", "administrator", cast.sakura))
    for by in (operator, boss):
        with pytest.raises(NotAllowed):
            invited(by, "x")
    with pytest.raises(EmailTaken):
        invited(founder, "O")
    assert PasswordProof.objects.filter(staff=boss).exists()


def test_the_back_office_vouches_by_a_button(founder: Staff):
    second, third = named("second"), joined(founder, "third")
    page = f"/admin/tenants/staff/{third.pk}/do/vouch"
    client = Client()
    client.force_login(founder, backend="django.contrib.auth.backends.ModelBackend")
    refused = client.post(page, follow=True).content.decode()
    assert "招待した人と本人以外" in refused
    client.force_login(second, backend="django.contrib.auth.backends.ModelBackend")
    assert "在籍確認を記録しました" in client.post(page, follow=True).content.decode()
    require_own_account(third)
