"""精算入金: approved by one person, sent to the bank by another, then paid or returned.

Neither of them may be one of the two who last changed the account. An approval binds the content
it was given for: a payout whose amount, day or account differs at the export is not sent.
Locks, in this order: the freeze, the owners' payees (both advisory), the payouts by id, the
owners' streams.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from billing.services.events import record_event, record_events
from settlement import selectors
from settlement.calendar import earliest_pay_day
from settlement.models import BankFile, Payee, Payout, PayoutHold, PayoutMove
from settlement.refusals import (
    AlreadyReissued,
    ContentChanged,
    NotApproved,
    NotReturned,
    PaidDayRefused,
    PayDaysDiffer,
    PayeeChangerExcluded,
    PayeeMissing,
    PayeeReturned,
    ReasonMissing,
    ReturnNotSeen,
    TwoPeopleNeeded,
)
from settlement.services.bank_files import draw_bank_file, pay_day_of
from settlement.services.freezes import require_not_frozen
from settlement.services.payees import hold_payees_still
from settlement.services.payout_moves import (
    note_paid,
    note_returned,
    payout_event,
    record_move,
)
from settlement.services.roles import (
    APPROVERS,
    EXPORTERS,
    WRITERS,
    require_centre_role,
    require_money_mover,
)
from settlement.zengin import NothingToTransfer
from smartpit.kernel import clock
from smartpit.kernel.errors import MoveRefused
from tenants.access import NotFound
from tenants.models import Staff

Id = UUID | str


def content_sha256(payout: Payout, payee: Payee) -> str:
    """Return one word for all that an approver looks at: what is paid, when, and into what."""
    content = {
        "payout": str(payout.pk),
        "owner": payout.owner_id,
        "amount_yen": payout.amount_yen,
        "pays_on": payout.pays_on.isoformat(),
        "payee": {
            name: str(Payee._meta.get_field(name).value_from_object(payee))  # type: ignore[union-attr]
            for name in Payee.CONTENT
        },
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def approve_payout(staff: Staff, payout_id: Id, content_sha256_seen: str) -> Payout:
    """Approve what ``content_sha256_seen`` was computed of, and nothing else."""
    require_money_mover(staff, APPROVERS)
    with transaction.atomic(durable=True):
        payout = _locked_with_payee(payout_id)
        _require_status(payout, Payout.Status.PROPOSED)
        payee = _payee_for(staff, payout)
        _require_given_back(payout)
        if content_sha256(payout, payee) != content_sha256_seen:
            raise ContentChanged
        if payout.reissues is not None and payout.reissues.payee_id == payee.pk:
            raise PayeeReturned
        return payout.move(
            to=Payout.Status.APPROVED,
            payee=payee,
            approved_by=staff,
            approved_at=clock.now(),
            approved_sha256=content_sha256_seen,
        )


def withdraw_approval(staff: Staff, payout_id: Id) -> Payout:
    """Take an approval back, so that the payout can be looked at again as it is today."""
    require_centre_role(staff, WRITERS)
    with transaction.atomic(durable=True):
        payout = _locked(payout_id)
        _require_status(payout, Payout.Status.APPROVED)
        return payout.move(
            to=Payout.Status.PROPOSED,
            payee=None,
            approved_by=None,
            approved_at=None,
            approved_sha256="",
        )


def hold_payout(staff: Staff, payout_id: Id, reason: str) -> Payout:
    """Keep a payout back (支払保留); it can be held until it is approved."""
    require_centre_role(staff, WRITERS)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic(durable=True):
        payout = _locked(payout_id)
        _require_status(payout, Payout.Status.PROPOSED)
        PayoutHold.objects.create(
            payout=payout,
            owner_id=payout.owner_id,
            reason=reason.strip(),
            held_by=staff,
            held_at=clock.now(),
        )
        return payout.move(to=Payout.Status.HELD)


def release_payout(staff: Staff, payout_id: Id) -> Payout:
    """Let a held payout go on to its approval."""
    require_centre_role(staff, WRITERS)
    with transaction.atomic(durable=True):
        payout = _locked(payout_id)
        _require_status(payout, Payout.Status.HELD)
        standing = PayoutHold.objects.filter(payout=payout, released_at=None)
        standing.update(released_at=clock.now(), released_by=staff)
        return payout.move(to=Payout.Status.PROPOSED)


def export_payouts(staff: Staff, payout_ids: Sequence[Id] | None = None) -> BankFile:
    """Write one bank file: of the payouts named, or of all approved ones of the next pay day.

    A file has one pay day. Where the export for the planned one has closed, the payout is paid on
    the first day that is still open. One payout that may not be sent refuses the whole file.
    """
    require_money_mover(staff, EXPORTERS)
    with transaction.atomic(durable=True):
        payouts = _locked_for_export(payout_ids)
        for payout in payouts:
            _require_sendable(staff, payout)
        pays_on = _one_pay_day(payouts)
        bank_file = draw_bank_file(payouts, pays_on)
        bank_file.exported_by = staff
        bank_file.exported_at = clock.now()
        bank_file.save(force_insert=True)
        for payout in payouts:
            payout.move(
                to=Payout.Status.EXPORTED,
                pays_on=pays_on,
                exported_by=staff,
                bank_file=bank_file,
            )
            record_move(payout, PayoutMove.Kind.EXPORTED, clock.business_date(), staff)
        record_events(payout_event(payout, "payout.sent") for payout in payouts)
    return bank_file


def mark_paid(staff: Staff, payout_id: Id, day: date | None = None) -> Payout:
    """Note that the bank has paid, on ``day`` or, when none is named, on the pay day."""
    require_centre_role(staff, WRITERS)
    with transaction.atomic(durable=True):
        payout = _locked(payout_id)
        _require_status(payout, Payout.Status.EXPORTED)
        paid_on = day or payout.pays_on
        if not payout.pays_on <= paid_on <= clock.business_date():
            raise PaidDayRefused(f"{paid_on}")
        note_paid(payout, paid_on, staff)
    return payout


def take_back(staff: Staff, payout_id: Id, reason: str) -> Payout:
    """Note that the bank returned a transfer; the payout stays, and a person must look at it."""
    require_centre_role(staff, WRITERS)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic(durable=True):
        payout = _locked(payout_id)
        told = note_returned(payout, reason, clock.business_date(), staff)
        record_event(told)
    return payout


def reissue(staff: Staff, payout_id: Id) -> Payout:
    """Propose a returned payout's amount anew; the statement stands, so no fee is charged again."""
    require_centre_role(staff, WRITERS)
    with transaction.atomic(durable=True):
        returned = _locked(payout_id)
        if returned.status != Payout.Status.RETURNED:
            raise NotReturned
        if Payout.objects.filter(reissues=returned).exists():
            raise AlreadyReissued
        return Payout.objects.create(
            owner=returned.owner,
            statement=returned.statement,
            reissues=returned,
            amount_yen=returned.amount_yen,
            pays_on=earliest_pay_day(clock.now()),
            proposed_at=clock.now(),
        )


def _locked(payout_id: Id) -> Payout:
    rows = Payout.objects.select_related("owner", "statement", "reissues")
    rows = rows.select_for_update(of=("self",), no_key=True)
    try:
        return rows.get(pk=payout_id)
    except (Payout.DoesNotExist, ValidationError, ValueError):
        raise NotFound from None


def _locked_with_payee(payout_id: Id) -> Payout:
    """Lock a payout after its owner's account, which then stays as the caller sees it."""
    try:
        owners = set(Payout.objects.filter(pk=payout_id).values_list("owner_id", flat=True))
    except (ValidationError, ValueError):
        raise NotFound from None
    require_not_frozen(owners)
    hold_payees_still(owners)
    return _locked(payout_id)


def _locked_for_export(payout_ids: Sequence[Id] | None) -> list[Payout]:
    """Lock what goes into the file, by id; without names, what is due by the next pay day."""
    wanted = _next_due() if payout_ids is None else _named(payout_ids)
    if not wanted:
        raise NothingToTransfer
    require_not_frozen(set(wanted.values()))
    hold_payees_still(set(wanted.values()))
    rows = Payout.objects.select_related("owner", "statement", "payee", "reissues__bank_file")
    payouts = list(
        rows.filter(pk__in=wanted).select_for_update(of=("self",), no_key=True).order_by("pk")
    )
    unsent = [payout for payout in payouts if payout.status == Payout.Status.APPROVED]
    if payout_ids is None:
        if not unsent:
            raise NothingToTransfer
        return unsent
    if len(unsent) < len(wanted):
        raise NotApproved
    return payouts


def _named(payout_ids: Sequence[Id]) -> dict[UUID, int]:
    try:
        wanted = {UUID(str(payout_id)) for payout_id in payout_ids}
    except ValueError:
        raise NotFound from None
    found = dict(Payout.objects.filter(pk__in=wanted).values_list("pk", "owner_id"))
    if len(found) != len(wanted):
        raise NotFound
    return found


def _next_due() -> dict[UUID, int]:
    """Return what is due first; what is frozen waits, unless there is nothing else."""
    frozen = {freeze.owner_id for freeze in selectors.standing_freezes()}
    approved = list(selectors.payouts_to_export())
    approved = [payout for payout in approved if payout.owner_id not in frozen] or approved
    days = {payout.pk: pay_day_of(payout, clock.now()) for payout in approved}
    return {
        payout.pk: payout.owner_id for payout in approved if days[payout.pk] == min(days.values())
    }


def _one_pay_day(payouts: Sequence[Payout]) -> date:
    days = {pay_day_of(payout, clock.now()) for payout in payouts}
    if len(days) > 1:
        raise PayDaysDiffer(", ".join(str(day) for day in sorted(days)))
    return days.pop()


def _require_sendable(staff: Staff, payout: Payout) -> None:
    if payout.approved_by_id == staff.pk:
        raise TwoPeopleNeeded(payout=str(payout.pk))
    payee = _payee_for(staff, payout)
    _require_given_back(payout)
    if content_sha256(payout, payee) != payout.approved_sha256:
        raise ContentChanged(payout=str(payout.pk))


def _require_given_back(payout: Payout) -> None:
    """Send nothing anew while the bank's own word is that the first one went through."""
    if payout.reissues is not None and selectors.is_still_debited(payout.reissues):
        raise ReturnNotSeen(payout=str(payout.pk))


def _payee_for(staff: Staff, payout: Payout) -> Payee:
    """Return today's account of the payout's owner, unless ``staff`` had a part in its change."""
    payee = selectors.payee_of(payout.owner_id)
    if payee is None:
        raise PayeeMissing(payout=str(payout.pk))
    if staff.pk in (payee.changed_by_id, payee.checked_by_id):
        raise PayeeChangerExcluded(payout=str(payout.pk))
    return payee


def _require_status(payout: Payout, status: Payout.Status) -> None:
    if payout.status != status:
        raise MoveRefused(f"{payout.pk} is {payout.status}, not {status}")
