"""Playing a story: each event at its instant, each midnight's work as beat would have done it."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from functools import singledispatchmethod
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from billing.api.till.forms import PAYMENT, REVERSAL, payment_notice, reversal_notice
from billing.models import Invoice, Payment
from billing.refusals import UnknownInvoice
from billing.services.faxes import complete_fax
from billing.services.invoices import (
    InvoiceAsked,
    change_invoice,
    register_invoice,
    withdraw_invoice,
)
from billing.services.payments import find_payment, receive_payment
from billing.services.reversals import reverse_payment
from billing.tills.notices import TillKey
from cards.models import Kind
from cards.services import issue_card
from settlement.services.confirmations import NotReported, confirm_payments
from settlement.services.contracts import change_contract
from settlement.services.refunds import NotConfirmed, refund_payment
from smartpit.edge.forms import read
from smartpit.kernel import clock
from smartpit.kernel.errors import DomainError
from smartpit.web.story.midnights import Midnights
from smartpit.web.story.words import (
    ChangeContract,
    ChangeInvoice,
    Confirm,
    Happening,
    Pay,
    RefundPayment,
    RegisterInvoice,
    Reverse,
    SendFax,
    Story,
    WithdrawInvoice,
)
from smartpit.web.story.world import World, open_world
from tenants.models import Contract
from tenants.services import TermsSigned

CHAIN = "lawson"
TILL = {"store": "000001", "terminal": "01", "line": 1}

Outcome = dict[str, Any]


@dataclass(frozen=True)
class Player:
    """Plays events in one world, and remembers what the story calls its invoices and receipts."""

    world: World
    invoices: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    keys: dict[str, list[TillKey]] = field(default_factory=lambda: defaultdict(list))

    def play(self, happening: Happening) -> Outcome:
        """Let it happen at its instant, and say how it went."""
        with clock.frozen(happening.at):
            try:
                return {"ok": True} | self._happen(happening)
            except DomainError as refused:
                return {"ok": False, "code": refused.code}

    @singledispatchmethod
    def _happen(self, happening: Happening) -> Outcome:
        raise NotImplementedError(happening)

    @_happen.register
    def _(self, told: RegisterInvoice) -> Outcome:
        asked = InvoiceAsked(
            reference=told.ref,
            number=self._number(told.ref),
            title="請求",
            amount_yen=told.amount_yen,
            tax_yen=told.tax_yen,
            tenant=told.tenant,
            repeats=told.repeats,
            due_on=told.due_on,
        )
        invoice = register_invoice(self.world.scope, asked).invoice
        self.invoices[told.ref] = str(invoice.pk)
        return {"version": invoice.version, "status": str(invoice.status)}

    @_happen.register
    def _(self, told: ChangeInvoice) -> Outcome:
        invoice = change_invoice(self.world.scope, self._invoice(told.ref), dict(told.changes))
        return {"version": invoice.version, "status": str(invoice.status)}

    @_happen.register
    def _(self, told: WithdrawInvoice) -> Outcome:
        invoice = withdraw_invoice(self.world.scope, self._invoice(told.ref))
        return {"status": str(invoice.status)}

    @_happen.register
    def _(self, told: Pay) -> Outcome:
        chain = told.chain or CHAIN
        notice = payment_notice(chain, read(PAYMENT, self._paid_words(told)))
        receipt = receive_payment(notice)
        payment = find_payment(notice.key)
        assert payment is not None
        keys = self.keys[told.receipt]
        if payment.status != Payment.Status.TOMBSTONE and notice.key not in keys:
            keys.append(notice.key)
        return {"status": str(payment.status), "replayed": receipt.replayed}

    @_happen.register
    def _(self, told: Reverse) -> Outcome:
        key = self._newest(told.receipt, told.chain)
        words = self._key_words(told.receipt) | {"reason": "客都合"}
        if key is not None:
            words["business_date"] = key.business_date.isoformat()
        chain = key.chain if key is not None else told.chain or CHAIN
        notice = reversal_notice(chain, read(REVERSAL, words))
        receipt = reverse_payment(notice)
        payment = find_payment(notice.key)
        assert payment is not None
        return {"status": str(payment.status), "replayed": receipt.replayed}

    @_happen.register
    def _(self, told: Confirm) -> Outcome:
        """Confirm what can be; one that cannot is refused, and the others stand all the same."""
        keys = [self._newest(receipt) for receipt in told.receipts]
        known = [key for key in keys if key is not None]
        outcomes = confirm_payments(known) if known else []
        if len(known) < len(keys) or any(isinstance(one, DomainError) for one in outcomes):
            raise NotReported
        return {"confirmed": len(known)}

    @_happen.register
    def _(self, told: RefundPayment) -> Outcome:
        key = self._newest(told.receipt)
        payment = find_payment(key) if key is not None else None
        if payment is None:
            raise NotConfirmed
        refund_payment(payment.pk, asked_by=self.world.asks, approved_by=self.world.approves)
        return {"status": str(Payment.Status.REFUNDED)}

    @_happen.register
    def _(self, _told: SendFax) -> Outcome:
        complete_fax(self.world.owner.pk)
        return {}

    @_happen.register
    def _(self, told: ChangeContract) -> Outcome:
        held = self._terms_on(told.starts_on)
        terms = replace(
            held,
            starts_on=told.starts_on,
            cycle=told.cycle or held.cycle,
            plan=told.plan or held.plan,
        )
        change_contract(self.world.owner, terms)
        return {"from": told.starts_on.isoformat()}

    def _number(self, ref: str) -> str:
        """Return the number of a ref: one of its own, drawn when it is first spoken of."""
        if ref not in self.numbers:
            self.numbers[ref] = issue_card(Kind.STANDARD).number
        return self.numbers[ref]

    def _invoice(self, ref: str) -> str:
        if ref not in self.invoices:
            raise UnknownInvoice
        return self.invoices[ref]

    def _paid_words(self, told: Pay) -> dict[str, Any]:
        """Return what the till says; an invoice nobody registered can only be paid by its words."""
        invoice_id = self.invoices.get(told.ref) or str(uuid5(NAMESPACE_URL, told.ref))
        invoice = Invoice.objects.filter(pk=invoice_id).first()
        amount_yen, version = told.amount_yen, told.version
        if invoice is None and amount_yen is None:
            raise UnknownInvoice
        if amount_yen is None:
            assert invoice is not None
            amount_yen = invoice.amount_yen
        if version is None:
            version = invoice.version if invoice is not None else 1
        return self._key_words(told.receipt) | {
            "invoice": invoice_id,
            "version": version,
            "amount_yen": amount_yen,
            "taken_at": clock.now().isoformat(),
            "advice": told.advice,
        }

    def _key_words(self, receipt: str) -> dict[str, Any]:
        return TILL | {"business_date": clock.business_date().isoformat(), "receipt": receipt}

    def _newest(self, receipt: str, chain: str | None = None) -> TillKey | None:
        """Return the key of the newest payment with this receipt; a tombstone is no payment."""
        keys = [key for key in self.keys[receipt] if chain in (None, key.chain)]
        return keys[-1] if keys else None

    def _terms_on(self, day: date) -> TermsSigned:
        """Return the terms as they would stand on ``day``, to be signed anew with a change."""
        rows = Contract.objects.filter(owner=self.world.owner).order_by("number")
        signed = list(rows)
        row = next((row for row in reversed(signed) if row.starts_on <= day), signed[0])
        return TermsSigned(
            starts_on=row.starts_on,
            plan=row.plan,
            connection=row.connection,
            certified_product=row.certified_product,
            cycle=row.cycle,
            setup_fees=row.setup_fees,
            stamp=row.stamp,
            stamp_reason=row.stamp_reason,
            repeat_yearly_yen=row.repeat_yearly_yen,
            first_registration_yen=row.first_registration_yen,
            first_registration_basis=row.first_registration_basis,
        )


def play_story(story: Story) -> tuple[World, list[Outcome]]:
    """Play a whole story in the empty database that Django points at."""
    first_day = min([story.terms.starts_on, *(clock.business_date(h.at) for h in story.happenings)])
    with clock.frozen(clock.day_begins(first_day)):
        world = open_world(story)
    player = Player(world)
    nights = Midnights(world.owner.pk, first_day)
    outcomes = []
    for happening in story.happenings:
        nights.play_upto(clock.business_date(happening.at))
        outcomes.append(player.play(happening))
        if isinstance(happening, ChangeContract):
            nights.look_anew()
    nights.play_upto(story.settle_until)
    return world, outcomes
