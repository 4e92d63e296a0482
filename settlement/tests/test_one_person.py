"""A payout cannot be made by one person, by any route."""

import ast
from collections.abc import Iterator

import pytest
from django.test import Client

from settlement.models import Payout
from settlement.services.payouts import export_payouts
from settlement.tests.payout_cast import approved, make_payee, make_payout, person
from smartpit.platform.home import CHECKOUT
from tenants.invitations import enter_founder, name_person, send_invitation
from tenants.models import Staff
from tenants.passwords import NotVouched, PasswordNotOwn, link_for, set_own_password, vouch
from tenants.services import StaffAsked
from tests.cast import Cast
from tests.people import PASSWORD

APPS = ("smartpit", "tenants", "cards", "billing", "settlement")
# What makes an account its person's own; and who may call it.
GRANTS = {
    "invite_staff": {"smartpit/web/demo/world.py"},
    "prove": {"smartpit/web/demo/world.py", "smartpit/web/story/world.py", "tenants/services.py"},
    "vouch_at_console": {
        "smartpit/web/story/world.py",
        "tenants/services.py",
        "tenants/invitations.py",
    },
    "enter_founder": {"smartpit/web/management/commands/found.py"},
    "name_person": {"smartpit/web/management/commands/second_person.py"},
    "link_for": set(),
}


@pytest.fixture
def payout(cast: Cast) -> Payout:
    make_payee(cast.sakura)
    return make_payout(cast.sakura)


def invited(by: Staff, local: str, role: str) -> Staff:
    return send_invitation(by, StaffAsked(f"{local}@centre.example", local, role))


@pytest.mark.fault("E14")
def test_who_invites_a_colleague_cannot_sign_in_as_them(cast: Cast):
    boss = person("administrator")
    approver = invited(boss, "approver", "approver")
    client = Client()
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    seen = [client.get(f"/admin/tenants/staff/{approver.pk}/{page}/") for page in ("change",)]
    seen.append(client.get(f"/admin/tenants/staff/{approver.pk}/history/"))
    for page in seen:
        assert "/password/set/" not in page.content.decode()
        assert approver.password not in page.content.decode()
    fields = {"password": "x", "email": boss.email, "is_active": "on", "role": "administrator"}
    for address in ("change/", "password/", "do/password"):
        answer = client.post(f"/admin/tenants/staff/{approver.pk}/{address}", fields)
        assert answer.status_code in (302, 403, 404)
    approver.refresh_from_db()
    assert not approver.has_usable_password()
    assert approver.email == "approver@centre.example"


@pytest.mark.fault("E14")
def test_who_has_two_mailboxes_still_has_one_voice(payout: Payout):
    """An administrator who invites a second self finds nobody who would vouch for it."""
    boss = person("administrator")
    self_again = set_own_password(link_for(invited(boss, "boss+2", "approver")), PASSWORD)
    with pytest.raises(NotVouched):
        approved(payout, self_again)
    payout.refresh_from_db()
    assert payout.status == "proposed"


@pytest.mark.fault("E14")
def test_a_password_that_somebody_else_set_approves_and_exports_nothing(payout: Payout):
    approver, operator = person("approver"), person("operator")
    for staff in (approver, operator):
        staff.set_password("known to the administrator")
        staff.save(update_fields=["password"])
    with pytest.raises(PasswordNotOwn):
        approved(payout, approver)
    other = person("approver")
    approved(payout, other)
    with pytest.raises(PasswordNotOwn):
        export_payouts(operator)
    set_own_password(link_for(operator), PASSWORD)
    assert export_payouts(operator).count == 1


def test_the_founder_alone_pays_nothing(payout: Payout):
    founder, _ = enter_founder(StaffAsked("f@centre.example", "長", "administrator"))
    with pytest.raises(PasswordNotOwn):
        approved(payout, founder)


@pytest.mark.fault("E14")
def test_a_founder_with_many_mailboxes_pays_nothing_until_the_console_names_the_second(
    payout: Payout,
):
    """Whom the founder invites are two accounts of perhaps one person, and may do nothing."""
    Staff.objects.update(is_active=False)  # Who made the account of the owner has left.
    founder = founded()
    approver, operator = (
        own(invited(founder, "a", "approver")),
        own(invited(founder, "o", "operator")),
    )
    with pytest.raises(NotVouched):
        approved(payout, approver)
    approved(payout, founder)
    with pytest.raises(NotVouched):
        export_payouts(operator)
    second = own(name_person(StaffAsked("o@centre.example", "", "administrator")))
    assert second == operator
    assert export_payouts(second).count == 1


def test_two_who_were_named_at_the_founding_take_in_a_third_who_approves(payout: Payout):
    Staff.objects.update(is_active=False)
    founder = founded(StaffAsked("second@centre.example", "二", "administrator"))
    second = own(Staff.objects.get(email="second@centre.example"))
    third = own(invited(founder, "third", "approver"))
    with pytest.raises(NotVouched):
        approved(payout, third)
    vouch(second, third)
    approved(payout, third)
    assert export_payouts(founder).count == 1


def founded(second: StaffAsked | None = None) -> Staff:
    asked = StaffAsked("founder@centre.example", "長", "administrator")
    return own(enter_founder(asked, second)[0])


def own(staff: Staff) -> Staff:
    """Let the person set a password by the mailed link."""
    return set_own_password(link_for(staff), PASSWORD)


def calls(name: str) -> Iterator[str]:
    """Yield the modules, tests aside, that call ``name`` other than where it is defined."""
    for app in APPS:
        for path in (CHECKOUT / app).rglob("*.py"):
            module = str(path.relative_to(CHECKOUT))
            tree = ast.parse(path.read_text())
            defined = any(isinstance(n, ast.FunctionDef) and n.name == name for n in tree.body)
            called = any(
                isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name
                for node in ast.walk(tree)
            )
            if called and not defined and "/tests/" not in module:
                yield module


@pytest.mark.parametrize("name", sorted(GRANTS))
def test_no_other_code_gives_an_account_its_right(name: str):
    assert set(calls(name)) == GRANTS[name]
