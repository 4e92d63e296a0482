"""The world a story is told in: a centre, one owner under its contract, people who refund."""

from dataclasses import dataclass

from django.db import transaction

from billing.services.chains import open_chains
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from smartpit.web.story.words import BadStory, Story
from tenants.access import Scope
from tenants.models import Centre, Owner, Staff, Tenant
from tenants.passwords import prove, vouch_at_console
from tenants.services import (
    Contact,
    TenantAsked,
    change_tenant,
    found_centre,
    move_tenant,
    open_owner,
    open_tenant,
)

OWNER = "owner"


@dataclass(frozen=True)
class World:
    """Who plays: the owner, and two people at the centre."""

    owner: Owner
    asks: Staff
    approves: Staff

    @property
    def scope(self) -> Scope:
        return Scope(owner_id=self.owner.pk)


def open_world(story: Story) -> World:
    """Found a centre in the empty database and sign the story's owner, its tenants live."""
    found_centre(Centre(name="物語センター", contact_email="centre@smartpit.invalid"))
    open_chains()
    owner = _sign(story)
    for asked in story.tenants:
        _open_live(owner, asked)
    return World(owner, _person("asks"), _person("approves"))


def _sign(story: Story) -> Owner:
    try:
        return open_owner(OWNER, "物語企業", Contact(), story.terms)
    except DomainError as refused:
        raise BadStory(f"owner: {refused.code}") from None


def _open_live(owner: Owner, asked: TenantAsked) -> None:
    """Let a tenant sell at once; the owner's own one is there already and gets its terms."""
    scope = Scope(owner_id=owner.pk)
    if asked.code == Tenant.OWN:
        terms = ("commission_yen", "commission_basis_points", "passes_fees")
        change_tenant(scope, asked.code, {name: getattr(asked, name) for name in terms})
        return
    tenant = open_tenant(scope, asked)
    for status in (Tenant.Status.SCREENED, Tenant.Status.LIVE):
        move_tenant(tenant, status)


def _person(name: str) -> Staff:
    """Write one of the centre's people; nobody signs in here, so no password is made."""
    staff = Staff(
        email=f"{name}@smartpit.invalid",
        name=name,
        role=Staff.Role.OPERATOR,
        invited_at=clock.now(),
    )
    staff.set_unusable_password()
    with transaction.atomic(durable=True):
        staff.save(force_insert=True)
        prove(staff)
        vouch_at_console(staff)
    return staff
