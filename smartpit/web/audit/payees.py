"""The accounts owners are paid into: two people, a word to the contacts, three bank days."""

from collections.abc import Iterator, Sequence
from datetime import date

from settlement.models import Payee
from settlement.services.payees import holding_day
from smartpit.kernel import clock
from smartpit.web.audit.finding import Check, Finding, count_of, found


def _look_at_payees() -> Finding:
    rows = Payee.objects.select_related("changed_by", "checked_by").prefetch_related("notices")
    payees = list(rows.order_by("owner_id", "number"))
    faults = [
        f"{payee.pk}: {why}"
        for payee in payees
        if payee.checked_at
        for why in _wrong(payee, payees)
    ]
    return found(len(payees), faults)


def _wrong(payee: Payee, payees: Sequence[Payee]) -> Iterator[str]:
    """Say what is wrong with an account that two people let hold."""
    maker, checker = payee.changed_by, payee.checked_by
    if maker is None or checker is None or maker == checker:
        yield "二人で登録・承認していない"
    elif not (maker.is_centre and checker.is_centre):
        yield "センターの人でない"
    assert payee.checked_at is not None
    if payee.checked_at < payee.changed_at:
        yield "承認が登録より前"
    approved_on = clock.business_date(payee.checked_at)
    is_change = any(_held(other, approved_on) for other in payees if _is_before(other, payee))
    if payee.holds_from != (holding_day(approved_on) if is_change else approved_on):
        yield "適用開始日が違う"
    if is_change and not any(notice.kind == "approved" for notice in payee.notices.all()):
        yield "それまでの連絡先へのお知らせがない"


def _is_before(other: Payee, payee: Payee) -> bool:
    return other.owner_id == payee.owner_id and other.number < payee.number


def _held(payee: Payee, day: date) -> bool:
    """Say whether an account held on ``day``; what was withdrawn never did."""
    if payee.status == Payee.Status.APPROVED:
        return payee.holds_from is not None and payee.holds_from <= day
    return payee.status == Payee.Status.STANDING


PAYEES = Check(
    "payees",
    "入金口座は二人で登録・承認され、変更は知らせてから3銀行営業日後に適用される",
    _look_at_payees,
    lambda: count_of("settlement_payee"),
)
