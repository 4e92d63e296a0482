"""Opening what a person must look at, once each."""

import hashlib
from uuid import UUID

from django.db import transaction

from billing.models import Case, Payment
from billing.tills.booking import case_key
from billing.tills.notices import PaymentNotice, ReversalNotice
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.models import Staff


class StillInSuspense(DomainError):
    """The money has no invoice yet; without its case nobody would look for one."""

    code = "still_in_suspense"
    title = "仮受金の請求が決まるか、店舗が取り消すまで、この案件は処理済にできません"


def open_case(kind: Case.Kind, notice: ReversalNotice, *, payment: Payment) -> None:
    """Open a case for what a till undid; the same telling opens no second one.

    Those of payments are opened by the statement that books them (``billing/tills``).
    """
    key = str(notice.key)
    told = {"key": key, "reason": notice.reason}
    open_case_about(Case(kind=kind, key=key, chain_id=notice.key.chain, payment=payment, told=told))


def open_case_about(case: Case) -> None:
    """Open ``case`` unless one of its kind and key stands already."""
    case.opened_at = clock.now()
    case.owner_id = case.payment.owner_id if case.payment else case.owner_id
    Case.objects.bulk_create([case], ignore_conflicts=True)


def close_case(staff: Staff, case_id: UUID, resolution: str) -> Case:
    """Let a person say, in a few words, what came of a case."""
    with transaction.atomic(durable=True):
        case = Case.objects.select_for_update().get(pk=case_id)
        if case.kind == Case.Kind.SUSPENSE and _is_in_suspense(case.payment):
            raise StillInSuspense
        return case.move(
            to=Case.Status.CLOSED,
            closed_at=clock.now(),
            closed_by=staff,
            resolution=resolution,
        )


def _is_in_suspense(payment: Payment | None) -> bool:
    return payment is not None and payment.status == Payment.Status.SUSPENSE


def keep_raw_body(chain: str, body: bytes) -> None:
    """Keep an advice that could not be read: cash was taken, so a person must read it."""
    digest = hashlib.sha256(body).hexdigest()
    open_case_about(
        Case(
            kind=Case.Kind.ADVICE_MALFORMED,
            key=f"{chain}:{digest}",
            chain_id=chain,
            told={"body": _text(body)},
        )
    )


def keep_raw_body_of_reused_key(notice: PaymentNotice, body: bytes) -> None:
    """Keep an advice whose key was used for other content, in the case that its refusal opened.

    It is a transaction of its own, so that a batch carries no bodies. If it is lost, so is the
    till's answer: the advice comes again and is kept then. The first body of a content stands. A
    case that a request opened is told from then on as what it has become: cash was taken.
    """
    with transaction.atomic(durable=True):
        cases = Case.objects.select_for_update(no_key=True)
        case = cases.get(kind=Case.Kind.KEY_REUSED, key=case_key(notice))
        if "body" not in case.told:
            case.told |= {"advice": True, "body": _text(body)}
            case.save(update_fields=["told"])


def _text(body: bytes) -> str:
    """Return a body as text; what the database can hold no other way is spelt out."""
    return body.decode(errors="backslashreplace").replace("\x00", "\\x00")
