"""Signing contracts, opening owners and tenants, inviting staff, giving out keys."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from smartpit.kernel import clock
from smartpit.kernel.database import lock
from smartpit.kernel.errors import DomainError, Malformed
from smartpit.kernel.sealing import Seal, SealBroken
from tenants.access import NotAllowed, NotFound, Scope
from tenants.keys import new_key, sha256_of, shown_part
from tenants.models import ApiKey, Centre, Clearance, Contract, Owner, Plan, Staff, Tenant
from tenants.networks import CERTIFICATES_MAX, NETWORKS_MAX, fingerprint_of, network_fault
from tenants.passwords import prove, vouch_at_console
from tenants.registration_number import require_registration_number

FIRST_CONTRACT = 1
_TEST_KEYS = Seal(b"smartpit test keys")


class CodeTaken(DomainError):
    code = "code_taken"
    title = "このコードはすでに使われています"


class EmailTaken(DomainError):
    code = "email_taken"
    title = "このメールアドレスはすでに登録されています"


class UnknownPlan(DomainError):
    code = "unknown_plan"
    title = "料金プランがありません"
    status = 404


class AlreadyFounded(DomainError):
    code = "already_founded"
    title = "このデータフォルダにはすでにセンターがあります"


class ConnectionNotTested(DomainError):
    """An owner goes live once its system has passed the test, or the centre waived it."""

    code = "connection_not_tested"
    title = "接続試験に合格するまで、本番のAPIキーは発行できません"


@dataclass(frozen=True)
class Contact:
    """Who answers a payer's questions; shown on the till's screen."""

    name: str = ""
    phone: str = ""
    hours: str = ""
    email: str = ""


@dataclass(frozen=True)
class TermsSigned:
    """What is signed: the columns of a contract row."""

    starts_on: date
    plan: str = "plan-120"
    connection: str = "regular"
    certified_product: str | None = None
    cycle: str = "month-end"
    setup_fees: str = "first_statement"
    stamp: str = "by_amount"
    stamp_reason: str = ""
    repeat_yearly_yen: int | None = None
    first_registration_yen: int | None = None
    first_registration_basis: str = "contract"
    networks: tuple[str, ...] = ()
    client_certificates: tuple[str, ...] = ()
    ends_on: date | None = None


@dataclass(frozen=True)
class TenantAsked:
    """What a tenant is opened with."""

    code: str
    name: str
    display_name: str = ""
    contact: Contact = field(default_factory=Contact)
    commission_yen: int = 0
    commission_basis_points: int = 0
    passes_fees: bool = False


@dataclass(frozen=True)
class StaffAsked:
    """Who is invited, and where: no owner means the centre."""

    email: str
    name: str
    role: str
    owner: Owner | None = None
    tenant: Tenant | None = None


def found_centre(centre: Centre) -> Centre:
    """Write the one row that says who runs this centre, with its key of numbers."""
    with transaction.atomic(durable=True):
        lock("centre", 1)
        if Centre.objects.exists():
            raise AlreadyFounded
        centre.pk = 1
        centre.number_key = secrets.token_bytes(32)
        centre.founded_at = clock.now()
        centre.save(force_insert=True)
    return centre


@dataclass(frozen=True)
class CentreTold:
    """What a centre may tell after its founding: who issues statements, and who pays."""

    contact_email: str
    contact_phone: str
    registration_number: str
    consignor_code: str
    consignor_kana: str
    bank_code: str
    bank_kana: str
    branch_code: str
    branch_kana: str
    account_kind: str
    account_number: str


def tell_centre(told: CentreTold) -> Centre:
    """Write down how the centre is reached, its registration number and its paying account."""
    if told.registration_number:
        require_registration_number(told.registration_number)
    with transaction.atomic(durable=True):
        Centre.objects.filter(pk=1).update(**vars(told))
        return Centre.objects.get(pk=1)


def open_owner(code: str, name: str, contact: Contact, terms: TermsSigned) -> Owner:
    """Sign an owner: the company, its own tenant, its first contract, and its test twin."""
    with transaction.atomic(durable=True):
        lock("owner", code)
        if Owner.objects.filter(code=code).exists():
            raise CodeTaken
        owner = _new_owner(Owner(code=code, name=name), contact, terms)
        # The twin sits on the same terms, so that what works there works here; but from today on,
        # for an owner is tested before its contract begins.
        at_once = replace(terms, starts_on=min(terms.starts_on, clock.business_date()))
        _new_owner(Owner(code=code, name=name, is_test=True, twin_of=owner), contact, at_once)
    return owner


def change_contract(owner: Owner, terms: TermsSigned) -> Contract:
    """Supersede an owner's terms from ``terms.starts_on``; the older row is never touched.

    Whether that day may begin a period is asked by the caller, who knows the calendar.
    """
    with transaction.atomic(durable=True):
        lock("contract", owner.pk)
        return sign_terms(owner, terms)


def open_tenant(scope: Scope, asked: TenantAsked) -> Tenant:
    """Apply for a tenant (申請); it sells once the centre has screened it and it is live.

    On the test side nobody screens: there it is live at once, and stands beside each tenant of
    the owner from the day that one applied.
    """
    with transaction.atomic(durable=True):
        lock("tenants", scope.owner)
        if Tenant.objects.filter(owner_id=scope.owner, code=asked.code).exists():
            raise CodeTaken
        owner = Owner.objects.get(pk=scope.owner)
        tenant = _new_tenant(owner, asked)
        if owner.is_test:
            return _made_live(tenant)
        _open_test_tenant(owner, asked)
    return tenant


def change_tenant(scope: Scope, code: str, changes: dict[str, Any]) -> Tenant:
    """Change a tenant's names, contact or share; a share holds for statements not yet made."""
    with transaction.atomic(durable=True):
        tenant = scope.get(Tenant.objects.select_for_update(), code=code)
        contact = changes.pop("contact", None) or {}
        changes |= {f"contact_{name}": word for name, word in contact.items()}
        if "display_name" in changes:
            changes["display_name"] = changes["display_name"] or changes.get("name", tenant.name)
        for name, word in changes.items():
            setattr(tenant, name, word)
        if changes:
            tenant.save(update_fields=list(changes))
    return tenant


def move_tenant(tenant: Tenant, to: str) -> Tenant:
    """Screen a tenant, make it live, or close it."""
    with transaction.atomic(durable=True):
        return tenant.move(to=to)


def invite_staff(asked: StaffAsked, password: str | None = None) -> tuple[Staff, str]:
    """Add a person of a demo or a test, whose password is made here and counts as their own.

    Everybody else is sent an invitation (``tenants.invitations``) and sets it alone.
    """
    password = password or secrets.token_urlsafe(12)
    with transaction.atomic(durable=True):
        staff = new_staff(asked, password=password)
        prove(staff)
        if staff.is_centre:
            vouch_at_console(staff)
    return staff, password


def new_staff(asked: StaffAsked, *, password: str | None, invited_by: Staff | None = None) -> Staff:
    """Add a person inside the caller's transaction; without a password nobody can sign in."""
    email = Staff.objects.normalize_email(asked.email)
    lock("staff", email)
    if Staff.objects.filter(email__iexact=email).exists():
        raise EmailTaken
    staff = Staff(
        email=email,
        name=asked.name,
        role=asked.role,
        owner=asked.owner,
        tenant=asked.tenant,
        invited_at=clock.now(),
        invited_by=invited_by,
    )
    staff.set_password(password)
    staff.save(force_insert=True)
    return staff


def rotate_api_key(
    scope: Scope, *, tenant: Tenant | None = None, overlap: timedelta = timedelta(hours=24)
) -> tuple[ApiKey, str]:
    """Give out a new key; the holder's one before it ends after ``overlap``, one before that now.

    Two keys overlap, never three: a secret that was to go does not outlive the next rotation.
    A live key is kept as a hash alone. A test key is kept sealed too, for it opens nothing that
    is worth money and a developer's examples are filled with it. The first live key is where an
    owner goes live: without a clearance there is none.
    """
    if tenant is not None and tenant.owner_id != scope.owner:
        raise NotFound
    with transaction.atomic(durable=True):
        owner = Owner.objects.select_for_update(no_key=True).get(pk=scope.owner)
        if not owner.is_test and not Clearance.objects.filter(owner=owner).exists():
            raise ConnectionNotTested
        secret = new_key("sk_test" if owner.is_test else "sk_live")
        now = clock.now()
        older = ApiKey.objects.filter(owner=owner, tenant=tenant)
        older.filter(expires_at__gt=now).update(expires_at=now)
        older.filter(expires_at=None).update(expires_at=now + overlap)
        key = ApiKey.objects.create(
            owner=owner,
            tenant=tenant,
            prefix=shown_part(secret),
            sha256=sha256_of(secret),
            sealed=_TEST_KEYS.seal(secret) if owner.is_test else None,
            made_at=now,
        )
    return key, secret


def shown_test_key(twin: Owner) -> str | None:
    """Return the newest test key of the owner as a whole, if it can be shown once more."""
    keys = ApiKey.objects.filter(owner=twin, tenant=None, owner__is_test=True, expires_at=None)
    key = keys.order_by("-made_at", "-pk").first()
    if key is None or key.sealed is None:
        return None
    try:
        return _TEST_KEYS.unseal(key.sealed)
    except SealBroken:
        return None


def waive_connection_test(owner: Owner, by: Staff | None, reason: str) -> Clearance:
    """Let an owner go live untested. An administrator answers for it; nobody does in a demo."""
    if owner.is_test or (by is not None and (not by.is_centre or by.role != "administrator")):
        raise NotAllowed
    with transaction.atomic(durable=True):
        return _clear(owner, ground=Clearance.Ground.WAIVED, waived_by=by, reason=reason)


def clear_connection(owner: Owner, certificate: str) -> Clearance:
    """Note that an owner's system has passed, inside the transaction of the passing."""
    return _clear(owner, ground=Clearance.Ground.PASSED, certificate=certificate)


def _clear(owner: Owner, **ground: Any) -> Clearance:
    assert not owner.is_test
    return Clearance.objects.create(owner=owner, cleared_at=clock.now(), **ground)


def _new_owner(owner: Owner, contact: Contact, terms: TermsSigned) -> Owner:
    owner.contact_name = contact.name
    owner.contact_phone = contact.phone
    owner.contact_hours = contact.hours
    owner.contact_email = contact.email
    owner.opened_at = clock.now()
    owner.save(force_insert=True)
    own = TenantAsked(code=Tenant.OWN, name=owner.name, contact=replace(contact, email=""))
    _made_live(_new_tenant(owner, own))
    sign_terms(owner, terms)
    return owner


def _open_test_tenant(owner: Owner, asked: TenantAsked) -> None:
    """Open the tenant's counterpart on the test side, unless a developer was there first."""
    twin = Owner.objects.filter(twin_of=owner).first()
    if twin is None:
        return
    lock("tenants", twin.pk)
    if not Tenant.objects.filter(owner=twin, code=asked.code).exists():
        _made_live(_new_tenant(twin, asked))


def _made_live(tenant: Tenant) -> Tenant:
    return tenant.move(to=Tenant.Status.SCREENED).move(to=Tenant.Status.LIVE)


def _new_tenant(owner: Owner, asked: TenantAsked) -> Tenant:
    return Tenant.objects.create(
        owner=owner,
        code=asked.code,
        name=asked.name,
        display_name=asked.display_name or asked.name,
        contact_name=asked.contact.name or owner.contact_name,
        contact_phone=asked.contact.phone or owner.contact_phone,
        contact_hours=asked.contact.hours or owner.contact_hours,
        commission_yen=asked.commission_yen,
        commission_basis_points=asked.commission_basis_points,
        passes_fees=asked.passes_fees,
        applied_at=clock.now(),
    )


def sign_terms(owner: Owner, terms: TermsSigned) -> Contract:
    """Write the owner's next contract row, inside the caller's transaction."""
    if not Plan.objects.filter(code=terms.plan).exists():
        raise UnknownPlan
    _require_connection(terms)
    former = Contract.objects.filter(owner=owner).order_by("-number").first()
    return Contract.objects.create(
        owner=owner,
        number=former.number + 1 if former else FIRST_CONTRACT,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        plan=terms.plan,
        connection=terms.connection,
        certified_product=terms.certified_product,
        cycle=terms.cycle,
        setup_fees=terms.setup_fees,
        stamp=terms.stamp,
        stamp_reason=terms.stamp_reason,
        repeat_yearly_yen=terms.repeat_yearly_yen,
        first_registration_yen=terms.first_registration_yen,
        first_registration_basis=terms.first_registration_basis,
        networks=list(terms.networks),
        client_certificates=list(terms.client_certificates),
        signed_at=clock.now(),
    )


def _require_connection(terms: TermsSigned) -> None:
    """Refuse networks that are none, or that a super contract's line cannot have."""
    founded = Centre.objects.first()
    is_super = terms.connection == Contract.Connection.SUPER
    loopback = founded is not None and founded.is_demo
    faults = {network_fault(text, private=is_super, loopback=loopback) for text in terms.networks}
    errors = [{"field": "networks", "code": fault} for fault in sorted(filter(None, faults))]
    if len(terms.networks) > NETWORKS_MAX:
        errors.append({"field": "networks", "code": "count"})
    wrong = [text for text in terms.client_certificates if fingerprint_of(text) != text]
    if wrong or len(terms.client_certificates) > CERTIFICATES_MAX:
        errors.append({"field": "client_certificates", "code": "fingerprint"})
    if errors:
        raise Malformed(errors)
