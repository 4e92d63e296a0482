"""What staff may do about a difference: the ways its table allows, and no other."""

from dataclasses import dataclass
from uuid import UUID

from billing.models import Case
from billing.services.cases import close_case
from billing.services.payments import key_of
from settlement.bank_differences import BANK_GUIDANCE, guided_as
from settlement.differences import GUIDANCE
from settlement.services.confirmations import ConfirmedBefore, confirm_payments
from smartpit.kernel.errors import DomainError
from tenants.models import Staff

CONFIRM = "confirm"
_GUIDANCE = {**GUIDANCE, **BANK_GUIDANCE}


class ActionNotAllowed(DomainError):
    """The case is of another kind, or has nothing that could be confirmed."""

    code = "action_not_allowed"
    title = "この案件ではできない処理です"


@dataclass(frozen=True)
class Resolution:
    """One of the allowed ways to end a case, and a few words of the person's own."""

    action: str
    note: str = ""


def resolve_difference(staff: Staff, case_id: UUID, asked: Resolution) -> Case:
    """End the case of a difference; to confirm the payment by hand is a way for some.

    The payment is confirmed first: whoever is cut off in between finds the case still open, and
    what is confirmed already is not confirmed twice.
    """
    case = Case.objects.select_related("payment").get(pk=case_id)
    guidance = _GUIDANCE.get(guided_as(case.kind, case.key))
    words = guidance.actions.get(asked.action) if guidance else None
    if words is None or case.status != Case.Status.OPEN:
        raise ActionNotAllowed(f"{case.kind} {asked.action}")
    if asked.action == CONFIRM:
        _confirm(case)
    resolution = f"{words}。{asked.note}" if asked.note else f"{words}。"
    return close_case(staff, case.pk, resolution[:300])


def _confirm(case: Case) -> None:
    if case.payment is None:
        raise ActionNotAllowed(case.key)
    (outcome,) = confirm_payments([key_of(case.payment)])
    if isinstance(outcome, DomainError) and not isinstance(outcome, ConfirmedBefore):
        raise outcome
