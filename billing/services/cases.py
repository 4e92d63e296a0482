"""Opening what a person must look at, once each."""

import hashlib
from uuid import UUID

from django.db import transaction

from billing.models import Case, Payment
from billing.tills.notices import PaymentNotice, ReversalNotice
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from tenants.models import Staff


class StillInSuspense(DomainError):
    """The money has no invoice yet; without its case nobody would look for one."""

    code = "still_in_suspense"
    title = "仮受金の請求が決まるか、店舗が取り消すまで、この案件は処理済にできません"


def open_case(
    kind: Case.Kind,
    notice: PaymentNotice | ReversalNotice,
    *,
    payment: Payment | None = None,
    **words: str,
) -> None:
    """Open a case for what a till told; the same telling opens no second one."""
    told = {name: _plain(word) for name, word in vars(notice).items()} | words
    open_case_about(
        Case(kind=kind, key=_key(notice), chain_id=notice.key.chain, payment=payment, told=told)
    )


def find_case(kind: Case.Kind, notice: PaymentNotice) -> Case | None:
    """Return the case that this very telling opened before."""
    return Case.objects.filter(kind=kind, key=_key(notice)).first()


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
            told={"body": body.decode(errors="backslashreplace").replace("\x00", "\\x00")},
        )
    )


def _plain(word: object) -> object:
    """Return a word as JSON keeps it; a key and an instant as text."""
    return word if isinstance(word, str | int | None) else str(word)


def _key(notice: PaymentNotice | ReversalNotice) -> str:
    if isinstance(notice, ReversalNotice):
        return str(notice.key)
    content = hashlib.sha256(repr(notice.content).encode()).hexdigest()
    return f"{notice.key}:{content[:32]}"
