"""Rows for the tests of payouts: people of the centre, an account, a statement with its payout."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from settlement.calendar import pay_day, statement_day
from settlement.models import Payee, Payout, Statement, SubStatement
from settlement.selectors import payee_of
from settlement.services.payees import PayeeAsked, approve_payee, propose_payee
from settlement.services.payouts import approve_payout, content_sha256
from smartpit.kernel import clock
from tenants.models import Owner, Staff, Tenant
from tenants.services import StaffAsked, invite_staff

CLOSES_ON = date(2026, 11, 5)
PAYS_ON = date(2026, 11, 20)
_numbers = count(1)


def person(role: str, **asked: Any) -> Staff:
    """Invite somebody, of the centre unless ``owner`` is named."""
    email = f"{role}{next(_numbers)}@example.com"
    return invite_staff(StaffAsked(email, role, role, **asked), "a long password")[0]


def account(**words: Any) -> PayeeAsked:
    asked: dict[str, Any] = {
        "bank_code": "0005",
        "branch_code": "341",
        "account_number": "7654321",
        "holder_name": "学校法人サクラガクエン",
    } | words
    return PayeeAsked(**asked)


def make_payee(owner: Owner, staff: Staff | None = None, **words: Any) -> Payee:
    """Let an account hold today: ``staff`` proposed it and another approved it long enough ago."""
    Owner.objects.filter(pk=owner.pk, contact_email="").update(contact_email="kaikei@example.com")
    with clock.frozen(clock.now() - timedelta(days=14)):
        proposed = propose_payee(staff or person("operator"), owner, account(**words))
        return approve_payee(person("approver"), proposed.pk)


def make_statement(owner: Owner, *, closes_on: date = CLOSES_ON, **words: Any) -> Statement:
    """Write a statement of 117,742 yen, the contract's worked example, or as ``words`` say."""
    stated_on = statement_day(closes_on)
    sums: dict[str, Any] = {
        "payments_count": 3,
        "gross_yen": 119_999,
        "fees_yen": 1_870,
        "tax_yen": 187,
        "stamp_yen": 200,
        "carried_in_yen": 0,
        "payout_yen": 117_742,
        "carried_out_yen": 0,
        "owner_margin_yen": 117_742,
    } | words
    return Statement.objects.create(
        owner=owner,
        closes_on=closes_on,
        stated_on=stated_on,
        pays_on=pay_day(stated_on),
        tax_percent=10,
        closed_at=clock.now(),
        **sums,
    )


def make_payout(owner: Owner, *, closes_on: date = CLOSES_ON, **words: Any) -> Payout:
    statement = make_statement(owner, closes_on=closes_on, **words)
    return Payout.objects.create(
        owner=owner,
        statement=statement,
        amount_yen=statement.payout_yen,
        pays_on=statement.pays_on,
        proposed_at=clock.now(),
    )


def make_share(statement: Statement, tenant: Tenant, gross_yen: int) -> SubStatement:
    return SubStatement.objects.create(
        statement=statement,
        owner=statement.owner,
        tenant=tenant,
        payments_count=1,
        gross_yen=gross_yen,
        commission_yen=0,
        passed_yen=0,
        net_yen=gross_yen,
    )


def approved(payout: Payout, by: Staff) -> Payout:
    payee = payee_of(payout.owner_id)
    assert payee is not None
    return approve_payout(by, payout.pk, content_sha256(payout, payee))
