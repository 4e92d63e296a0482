"""Making the demo world, and the credentials people and programs enter it with."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from billing.models import Chain, Menu
from billing.services.chains import let_registers_read_cards, open_chains, rotate_chain_key
from billing.services.live_tenants import tell_live_tenants
from billing.services.menus import ItemAsked, MenuAsked, enter_menu, make_menu
from cards.models import Card, Kind, Member
from cards.services import MemberAsked, enter_member, issue_card
from settlement.models import Payee
from settlement.services.payees import PayeeAsked, approve_payee, propose_payee
from settlement.services.remittances import TermsAgreed, agree_remittance
from smartpit.kernel import clock
from smartpit.platform.home import folder
from smartpit.web.demo import cast
from smartpit.web.demo.cast import DemoOwner
from smartpit.web.demo.designs import make_designs
from smartpit.web.demo.history import play_history
from tenants.access import Scope
from tenants.models import Centre, Owner, Staff, Tenant
from tenants.passwords import prove
from tenants.selectors import centre
from tenants.services import (
    Contact,
    StaffAsked,
    TenantAsked,
    TermsSigned,
    found_centre,
    invite_staff,
    move_tenant,
    open_owner,
    open_tenant,
    rotate_api_key,
    waive_connection_test,
)

FILE = "demo.json"
NO_OVERLAP = timedelta(0)
HISTORY_DAYS_MIN = 45


class NotADemo(Exception):
    """This data folder holds a real centre; nothing invented may be written into it."""


def credentials() -> dict[str, Any]:
    """Return the demo's credentials, the world made first where there is none.

    A world whose making was cut off is finished: every step finds what it already did.
    """
    standing = centre()
    if standing is not None and not standing.is_demo:
        raise NotADemo
    kept = Path(settings.HOME) / FILE
    with _one_maker():
        if centre() is None or not kept.exists():
            _keep(kept, _new_credentials(_make_world()))
    words: dict[str, Any] = json.loads(kept.read_text())
    return words | {"base_url": settings.SITE_URL}


@contextmanager
def _one_maker() -> Iterator[None]:
    """Let ``run`` and ``demo``, started at once on an empty folder, make one world."""
    with (folder(Path(settings.HOME), "run") / "demo.lock").open("w") as paper:
        fcntl.flock(paper, fcntl.LOCK_EX)
        yield


def history_begins(today: date) -> date:
    """Return the first day of the month that lies 45 days back: enough for every cycle to pay."""
    return (today - timedelta(days=HISTORY_DAYS_MIN)).replace(day=1)


def _make_world() -> dict[str, str]:
    """Make what is not there yet; return the passwords of those who were invited on the way."""
    passwords: dict[str, str] = {}
    begins = history_begins(clock.business_date())
    founded_at = datetime.combine(begins - timedelta(days=20), time(9), clock.JST)
    with clock.frozen(founded_at):
        passwords |= _found()
        for asked in cast.OWNERS:
            passwords |= _open(asked, begins)
        tell_live_tenants()
        _issue_standard_cards()
        _agree_with_chains(begins)
    with clock.frozen(datetime.combine(begins, time(6), clock.JST)):
        for asked in cast.OWNERS:
            owner = Owner.objects.get(code=asked.code, is_test=False)
            _hand_over_cards(owner, _menu(owner, asked))
            make_designs(owner)
            _stock_blank_cards(owner)
    play_history(begins)
    _offer_a_choice()
    return passwords


def _found() -> dict[str, str]:
    if centre() is None:
        found_centre(
            Centre(
                name="スマートピットセンター（デモ）",
                is_demo=True,
                registration_number="T8000000000001",
                contact_email="centre@centre.example",
                contact_phone="03-0000-0000",
                consignor_code="0000009999",
                consignor_kana="ｽﾏ-ﾄﾋﾟﾂﾄｾﾝﾀ-",
                bank_code="0001",
                bank_kana="ﾐｽﾞﾎ",
                branch_code="001",
                branch_kana="ﾄｳｷﾖｳｴｲｷﾞﾖｳﾌﾞ",
                account_number="9999999",
            )
        )
    open_chains()
    # For practice one chain reads the bars, so that a card's page shows both ways to pay.
    let_registers_read_cards(Chain.objects.get(pk="ministop"), reads=True)
    return _invite(StaffAsked(email, name, role) for email, name, role in cast.CENTRE_STAFF)


def _agree_with_chains(begins: date) -> None:
    """Every chain remits before the owners of its payments are paid."""
    operator = Staff.objects.get(email="operator@centre.example")
    for code, words in cast.REMITTANCES.items():
        chain = Chain.objects.get(pk=code)
        if not chain.remittance_terms.exists():
            agree_remittance(operator, chain, TermsAgreed(starts_on=begins, **words))


def _open(asked: DemoOwner, begins: date) -> dict[str, str]:
    owner = Owner.objects.filter(code=asked.code, is_test=False).first()
    if owner is None:
        contact = Contact(f"{asked.name} お客さま窓口", asked.phone, "平日 9:00-17:00")
        owner = open_owner(asked.code, asked.name, contact, TermsSigned(begins, **asked.terms))
    if not owner.clearances.exists():
        waive_connection_test(owner, None, "デモ")
    for tenant in asked.tenants:
        _open_tenant(owner, tenant)
    _enter_payee(owner, asked)
    people = [
        StaffAsked(f"{local}@{asked.code}.example", name, role, owner=owner)
        for local, name, role in cast.OWNER_ROLES
    ]
    for row in owner.tenants.exclude(code=Tenant.OWN):
        email = f"staff@{row.code}.{asked.code}.example"
        people.append(StaffAsked(email, "店舗 担当", "administrator", owner=owner, tenant=row))
    return _invite(people)


def _open_tenant(owner: Owner, asked: cast.DemoTenant) -> None:
    if owner.tenants.filter(code=asked.code).exists():
        return
    tenant = open_tenant(
        Scope(owner_id=owner.pk),
        TenantAsked(
            code=asked.code,
            name=asked.name,
            display_name=asked.display_name,
            contact=Contact(f"{asked.name} 窓口", asked.phone, "10:00-18:00"),
            commission_yen=asked.commission_yen,
            commission_basis_points=asked.commission_basis_points,
            passes_fees=asked.passes_fees,
        ),
    )
    move_tenant(tenant, Tenant.Status.SCREENED)
    move_tenant(tenant, Tenant.Status.LIVE)


def _invite(people: Iterable[StaffAsked]) -> dict[str, str]:
    passwords = {}
    for asked in people:
        if not Staff.objects.filter(email=asked.email).exists():
            _, passwords[asked.email] = invite_staff(asked)
    return passwords


def _enter_payee(owner: Owner, asked: DemoOwner) -> None:
    number, holder = asked.account
    if not Payee.objects.filter(owner=owner).exists():
        wanted = PayeeAsked(
            bank_code="0009", branch_code="001", account_number=number, holder_name=holder
        )
        propose_payee(_person("admin"), owner, wanted)
    for proposed in Payee.objects.filter(owner=owner, status=Payee.Status.PROPOSED):
        approve_payee(_person("checker"), proposed.pk)


def _person(local: str) -> Staff:
    return Staff.objects.get(email=f"{local}@centre.example")


def _menu(owner: Owner, asked: DemoOwner) -> Menu | None:
    if not asked.menu_yen:
        return None
    standing = Menu.objects.filter(owner=owner, code="charge").first()
    items = tuple(
        ItemAsked(f"チャージ {amount:,}円", amount, cast.tax_within(amount))
        for amount in asked.menu_yen
    )
    return standing or make_menu(Scope(owner_id=owner.pk), MenuAsked("charge", items))


def _hand_over_cards(owner: Owner, menu: Menu | None) -> None:
    scope = Scope(owner_id=owner.pk)
    for place in range(cast.CARDS_EACH):
        reference = f"{owner.code.upper()}-{place + 1:04d}"
        if Member.objects.filter(owner=owner, reference=reference).exists():
            continue
        name = f"{cast.FAMILY_NAMES[place]} {cast.GIVEN_NAMES[place]}"
        with transaction.atomic(durable=True):
            member = enter_member(scope, MemberAsked(reference, name))
            assert member.card is not None
            if menu is not None:
                enter_menu(menu, member.card)


def _offer_a_choice() -> None:
    """Let the last member of sakura choose on the card's page how much to charge for meals."""
    owner = Owner.objects.get(code="sakura", is_test=False)
    scope = Scope(owner_id=owner.pk)
    items = tuple(
        ItemAsked(f"学食チャージ {amount:,}円", amount, cast.tax_within(amount))
        for amount in (1_000, 3_000, 5_000)
    )
    menu = Menu.objects.filter(owner=owner, code="meals").first()
    menu = menu or make_menu(scope, MenuAsked("meals", items, kind=Menu.Kind.ONE))
    member = Member.objects.filter(owner=owner).order_by("-reference").first()
    assert member is not None
    assert member.card is not None
    with transaction.atomic(durable=True):
        enter_menu(menu, member.card)


def _stock_blank_cards(owner: Owner) -> None:
    """Lay in cards that nobody holds yet, beside those that the members got."""
    wanted = cast.CARDS_EACH + cast.BLANK_CARDS.get(owner.code, 0)
    for _ in range(Card.objects.filter(owner=owner, kind=Kind.JOINT).count(), wanted):
        issue_card(Kind.JOINT, owner=owner)


def _issue_standard_cards() -> None:
    for _ in range(Card.objects.filter(kind=Kind.STANDARD).count(), cast.STANDARD_CARDS):
        issue_card(Kind.STANDARD)


def _new_credentials(passwords: dict[str, str]) -> dict[str, Any]:
    """Give every system a new key, and a new password to whoever has none of ``passwords``."""
    return {
        "chains": {
            chain.pk: {
                "key": rotate_chain_key(chain, overlap=NO_OVERLAP)[1],
                "test_key": rotate_chain_key(chain.twin, overlap=NO_OVERLAP)[1],
            }
            for chain in Chain.objects.filter(is_test=False).order_by("pk")
        },
        "owners": {asked.code: _owner_credentials(asked.code, passwords) for asked in cast.OWNERS},
        "standard_cards": list(
            Card.objects.filter(kind=Kind.STANDARD)
            .order_by("counter")
            .values_list("number", flat=True)
        ),
        "centre": {"users": [_sign_in(staff, passwords) for staff in _staff(owner=None)]},
    }


def _owner_credentials(code: str, passwords: dict[str, str]) -> dict[str, Any]:
    owner = Owner.objects.get(code=code, is_test=False)
    cards = Card.objects.filter(members__owner=owner, status=Card.Status.ACTIVE)
    return {
        "key": _api_key(owner),
        "test_key": _api_key(owner.twin),
        "tenants": {
            tenant.code: {
                "key": _api_key(owner, tenant),
                "test_key": _api_key(owner.twin, owner.twin.tenants.get(code=tenant.code)),
                "users": [
                    _sign_in(staff, passwords) for staff in _staff(owner=owner, tenant=tenant)
                ],
            }
            for tenant in owner.tenants.exclude(code=Tenant.OWN).order_by("code")
        },
        "cards": list(cards.order_by("counter").values_list("number", flat=True)),
        "users": [_sign_in(staff, passwords) for staff in _staff(owner=owner, tenant=None)],
    }


def _staff(**place: Any) -> list[Staff]:
    return list(Staff.objects.filter(**place).order_by("pk"))


def _api_key(owner: Owner, tenant: Tenant | None = None) -> str:
    return rotate_api_key(Scope(owner_id=owner.pk), tenant=tenant, overlap=NO_OVERLAP)[1]


def _sign_in(staff: Staff, passwords: dict[str, str]) -> dict[str, str]:
    password = passwords.get(staff.email)
    if password is None:
        password = secrets.token_urlsafe(9)
        staff.set_password(password)
        with transaction.atomic(durable=True):
            staff.save(update_fields=["password"])
            prove(staff)
    return {"email": staff.email, "password": password, "role": str(staff.role)}


def _keep(place: Path, words: dict[str, Any]) -> None:
    """Write the credentials so that only the folder's owner reads them, all or nothing."""
    fresh = place.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(words, file, ensure_ascii=False, indent=1)
    fresh.replace(place)
