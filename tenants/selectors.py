"""Reads of who takes part, and under which terms."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from smartpit.kernel import clock
from tenants.access import Scope
from tenants.keys import sha256_of
from tenants.models import ApiKey, Centre, Contract, Owner, Plan, Tenant
from tenants.terms import Terms, in_force


def centre() -> Centre | None:
    """Return who runs this centre, or None before it is founded."""
    return Centre.objects.first()


def owners(scope: Scope) -> QuerySet[Owner]:
    return scope.rows(Owner.objects.order_by("code", "is_test"))


def tenants_of(scope: Scope) -> QuerySet[Tenant]:
    return scope.rows(Tenant.objects.order_by("code"))


def own_tenant(owner_id: int) -> Tenant:
    return Tenant.objects.get(owner_id=owner_id, code=Tenant.OWN)


def terms_of(owner_id: int) -> list[Terms]:
    """Return an owner's dated terms, oldest first, without overlap.

    A row ends the day before the next one starts; a row that a later one replaced on its own
    first day never held. A plan's price row that starts inside a contract row splits it.
    """
    return terms_of_each([owner_id])[owner_id]


def terms_of_each(owner_ids: Iterable[int]) -> dict[int, list[Terms]]:
    """Return the dated terms of many owners, asked at once."""
    signed: dict[int, list[Contract]] = {owner_id: [] for owner_id in owner_ids}
    for row in Contract.objects.filter(owner_id__in=list(signed)).order_by("owner_id", "number"):
        signed[row.owner_id].append(row)
    plans = _plans({row.plan for rows in signed.values() for row in rows})
    return {
        owner_id: _terms_of_rows(_superseding(rows), plans) for owner_id, rows in signed.items()
    }


def terms_on(owner_id: int, day: date) -> Terms | None:
    return in_force(terms_of(owner_id), day)


def stamp_exempt_owners(owner_ids: set[int], day: date) -> set[int]:
    """Return which of these owners' receipts carry no revenue stamp on a day.

    Of the rows that have begun, the newest holds: what replaced an older one has begun later.
    """
    begun = Contract.objects.filter(owner_id__in=owner_ids, starts_on__lte=day)
    newest = begun.order_by("owner_id", "-number").distinct("owner_id")
    return {
        row.owner_id
        for row in newest
        if row.stamp == Contract.Stamp.EXEMPT and (row.ends_on is None or row.ends_on >= day)
    }


def api_key(secret: str) -> ApiKey | None:
    """Return the key this secret opens, if it is still valid."""
    valid = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    keys = ApiKey.objects.select_related("owner", "tenant")
    return keys.filter(valid, sha256=sha256_of(secret)).first()


def _terms_of_rows(rows: list[Contract], plans: dict[str, list[Plan]]) -> list[Terms]:
    terms: list[Terms] = []
    for place, row in enumerate(rows):
        follower = rows[place + 1] if place + 1 < len(rows) else None
        eve = follower.starts_on - timedelta(days=1) if follower else date.max
        ends_contract = row.ends_on is not None and row.ends_on <= eve
        last = row.ends_on if ends_contract else (eve if follower else None)
        terms.extend(_priced(row, last, ends_contract=ends_contract, plans=plans[row.plan]))
    return terms


def _superseding(rows: list[Contract]) -> list[Contract]:
    standing: list[Contract] = []
    for row in rows:
        standing = [older for older in standing if older.starts_on < row.starts_on]
        standing.append(row)
    return standing


def _plans(codes: set[str]) -> dict[str, list[Plan]]:
    plans: dict[str, list[Plan]] = {code: [] for code in codes}
    for plan in Plan.objects.filter(code__in=codes).order_by("starts_on"):
        plans[plan.code].append(plan)
    return plans


def _priced(
    row: Contract, last: date | None, *, ends_contract: bool, plans: list[Plan]
) -> list[Terms]:
    """Return one Terms for each price row of the plan that holds within the contract row."""
    assert plans, f"no plan {row.plan}"
    terms = []
    for place, plan in enumerate(plans):
        starts_on = row.starts_on if place == 0 else max(row.starts_on, plan.starts_on)
        follower = plans[place + 1].starts_on if place + 1 < len(plans) else None
        ends_on = last
        if follower is not None and (last is None or follower <= last):
            ends_on = follower - timedelta(days=1)
        if ends_on is not None and ends_on < starts_on:
            continue
        is_last = ends_on == last and ends_contract
        terms.append(_terms(row, plan, starts_on, ends_on, ends_contract=is_last))
    return terms


def _terms(
    row: Contract, plan: Plan, starts_on: date, ends_on: date | None, *, ends_contract: bool
) -> Terms:
    return Terms(
        contract_id=row.pk,
        starts_on=starts_on,
        ends_on=ends_on,
        ends_contract=ends_contract,
        plan=row.plan,
        connection=row.connection,  # type: ignore[arg-type]  # The column's choices are these.
        certified_product=row.certified_product,
        cycle=row.cycle,  # type: ignore[arg-type]
        setup_fees=row.setup_fees,
        stamp_exempt=row.stamp == Contract.Stamp.EXEMPT,
        repeat_yearly_yen=row.repeat_yearly_yen,
        first_registration_yen=row.first_registration_yen,
        first_registration_basis=row.first_registration_basis,
        networks=tuple(row.networks),
        client_certificates=tuple(row.client_certificates),
        monthly_base_yen=plan.monthly_base_yen,
        payment_yen=plan.payment_yen,
        uncollected_yen=plan.uncollected_yen,
        transfer_yen=plan.transfer_yen,
        fax_yen=plan.fax_yen,
        stamp_yen=plan.stamp_yen,
    )
