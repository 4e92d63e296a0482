"""An oracle: what a story should come to, computed once more from the contract's text alone.

It imports nothing of the centre. It keeps invoices and payments in dictionaries, plays the story's
JSON event by event, and then settles period by period (oracle_account). Where it and the centre
differ, one of them has misread the contract.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.properties.oracle_account import statements
from tests.properties.oracle_days import ContractOfOwner, Signed, jst_day, midnight

Json = dict[str, Any]
Key = tuple[str, date, str]


class No(Exception):
    """The centre should refuse, with this code."""


@dataclass
class Bill:
    """An invoice as the oracle sees it."""

    words: Json
    tenant: str
    amount: int
    tax: int | None
    repeats: bool
    due_on: date | None
    registered_on: date
    versions: list[tuple[int, int | None]]
    withdrawn_on: date | None = None

    @property
    def version(self) -> int:
        return len(self.versions)


@dataclass
class Paid:
    """What was booked under a key."""

    key: Key
    bill: Bill | None
    told: tuple[str, int, int]
    amount: int
    tax: int | None
    at: datetime
    status: str
    reversed_at: datetime | None = None
    closes_on: date | None = None
    refunded_on: date | None = None


@dataclass
class World:
    """All that has happened so far."""

    owner: Json
    contract: ContractOfOwner
    bills: dict[tuple[str, str], Bill] = field(default_factory=dict)  # By tenant and ref.
    named: dict[str, Bill] = field(default_factory=dict)  # What a ref means: the last so called.
    payments: list[Paid] = field(default_factory=list)
    tombstones: set[Key] = field(default_factory=set)
    faxes: list[date] = field(default_factory=list)

    def booked(self, key: Key) -> Paid | None:
        return next((paid for paid in self.payments if paid.key == key), None)

    def newest(self, receipt: str, chain: str | None = None) -> Paid | None:
        found = [
            paid
            for paid in self.payments
            if paid.key[2] == receipt and chain in (None, paid.key[0])
        ]
        return found[-1] if found else None

    def standing(self, bill: Bill) -> list[Paid]:
        """Return the payments of a bill that were not undone at the till."""
        return [p for p in self.payments if p.bill is bill and p.status != "reversed"]

    def is_paid(self, bill: Bill) -> bool:
        return not bill.repeats and bool(self.standing(bill))


def told(story: Json) -> Json:
    """Return what ``scenario`` should print of a story, its events without their extra words."""
    owner = story["owner"]
    first = Signed(date.fromisoformat(owner["contract_from"]), owner["cycle"], owner["plan"])
    world = World(owner, ContractOfOwner([first]))
    events = sorted(story["events"], key=lambda event: datetime.fromisoformat(event["at"]))
    outcomes: list[Json] = []
    for event in events:
        try:
            _DO[event["do"]](world, event, datetime.fromisoformat(event["at"]))
            outcomes.append({"ok": True})
        except No as refused:
            outcomes.append({"ok": False, "code": str(refused)})
    until = date.fromisoformat(story["settle_until"])
    return {"events": outcomes, "statements": statements(world, until)}


def _register(world: World, event: Json, at: datetime) -> None:
    words = {name: word for name, word in event.items() if name not in ("at", "do", "tenant")}
    today = jst_day(at)
    amount, tax = event["amount_yen"], event.get("tax_yen")
    repeats = event.get("repeats", False)
    _check_sums(amount, tax)
    tenant = event.get("tenant") or "own"
    if tenant not in {"own"} | {one["code"] for one in world.owner["tenants"]}:
        raise No("unknown_tenant")
    former = world.bills.get((tenant, event["ref"]))
    if former is not None:
        if former.words != words:
            raise No("reference_reused")
        world.named[event["ref"]] = former
        return
    if today < world.contract.rows[0].starts_on:
        raise No("tenant_not_live")
    if repeats and world.owner["repeat_option"] is None:
        raise No("repeat_option_missing")
    due_on = _day(event.get("due_on"))
    if due_on is None and not repeats:
        due_on = today + timedelta(days=59)
    _check_due_on(due_on, today, _last_due_on(today, repeats=repeats))
    bill = Bill(words, tenant, amount, tax, repeats, due_on, today, [(amount, tax)])
    world.bills[tenant, event["ref"]] = world.named[event["ref"]] = bill


def _change(world: World, event: Json, at: datetime) -> None:
    bill = _bill(world, event["ref"])
    _check_alive(world, bill, at)
    amount = event.get("amount_yen", bill.amount)
    tax = event.get("tax_yen", bill.tax)
    due_on = _day(event["due_on"]) if "due_on" in event else bill.due_on
    if (amount, tax, due_on) == (bill.amount, bill.tax, bill.due_on):
        return
    _check_sums(amount, tax)
    _check_due_on(due_on, jst_day(at), _last_due_on(bill.registered_on, repeats=bill.repeats))
    bill.amount, bill.tax, bill.due_on = amount, tax, due_on
    bill.versions.append((amount, tax))


def _withdraw(world: World, event: Json, at: datetime) -> None:
    bill = _bill(world, event["ref"])
    if bill.withdrawn_on is not None and not world.is_paid(bill):
        return
    _check_alive(world, bill, at)
    bill.withdrawn_on = jst_day(at)


def _pay(world: World, event: Json, at: datetime) -> None:
    bill = world.named.get(event["ref"])
    advice = event.get("advice", False)
    amount = event.get("amount_yen", bill.amount if bill else None)
    if amount is None:
        raise No("unknown_invoice")
    version = event.get("version", bill.version if bill else 1)
    if not re.fullmatch("[0-9A-Z-]{1,12}", event["receipt"]):
        raise No("malformed")
    if not 1 <= amount <= 300_000 or version < 1:
        raise No("malformed")
    key = (event.get("chain", "lawson"), jst_day(at), event["receipt"])
    content = (event["ref"], version, amount)
    if _answered_before(world, key, content, advice=advice):
        return
    refusal = _refusal(world, bill, version, amount, at)
    if refusal is None or advice:
        _book(world, Paid(key, bill, content, amount, None, at, "reported"))
    else:
        raise No(refusal)


def _answered_before(
    world: World, key: Key, content: tuple[str, int, int], *, advice: bool
) -> bool:
    former = world.booked(key)
    if key in world.tombstones or (former is not None and former.status == "reversed"):
        if not advice:
            raise No("reversed_before")
        if former is not None and former.told != content:
            raise No("key_reused")
        return True
    if former is not None and former.told != content:
        raise No("key_reused")
    return former is not None


def _refusal(
    world: World, bill: Bill | None, version: int, amount: int, at: datetime
) -> str | None:
    if bill is None:
        return "unknown_invoice"
    if world.is_paid(bill):
        return "already_paid"
    if bill.withdrawn_on is not None:
        return "invoice_withdrawn"
    if bill.due_on is not None and bill.due_on < jst_day(at):
        return "invoice_expired"
    if version != bill.version:
        return "version_stale"
    return "amount_differs" if amount != bill.amount else None


def _book(world: World, paid: Paid) -> None:
    """Book cash; of no known invoice, or of one paid already, it waits as suspense."""
    bill = paid.bill
    sums = None
    if bill is not None and not world.is_paid(bill):
        named = bill.versions[paid.told[1] - 1] if paid.told[1] <= bill.version else None
        asked = [*bill.versions, *([named] if named else [])]
        sums = next((one for one in reversed(asked) if one[0] == paid.amount), None)
    if sums is None:
        paid.bill, paid.status = None, "suspense"
    else:
        paid.tax = sums[1]
    world.payments.append(paid)


def _reverse(world: World, event: Json, at: datetime) -> None:
    chain, receipt = event.get("chain"), event["receipt"]
    paid = world.newest(receipt, chain)
    if paid is None:
        world.tombstones.add((chain or "lawson", jst_day(at), receipt))
        return
    if paid.status == "reversed":
        return
    day_is_over = at >= midnight(paid.key[1] + timedelta(days=1))
    hour_is_over = at >= paid.at + timedelta(minutes=60)
    if paid.status not in ("reported", "suspense") or (day_is_over and hour_is_over):
        raise No("reversal_too_late")
    paid.status, paid.reversed_at = "reversed", at


def _confirm(world: World, event: Json, at: datetime) -> None:
    missed = False
    for receipt in event["receipts"]:
        paid = world.newest(receipt)
        if paid is None or paid.status != "reported":
            missed = True
            continue
        paid.status = "confirmed"
        paid.closes_on = world.contract.closing_of_payment(paid.key[1], at)
    if missed:
        raise No("not_reported")


def _refund(world: World, event: Json, at: datetime) -> None:
    paid = world.newest(event["receipt"])
    if paid is None or paid.status != "confirmed":
        raise No("not_confirmed")
    paid.status, paid.refunded_on = "refunded", jst_day(at)


def _fax(world: World, _event: Json, at: datetime) -> None:
    world.faxes.append(jst_day(at))


def _change_contract(world: World, event: Json, at: datetime) -> None:
    starts_on = date.fromisoformat(event["from"])
    eve = starts_on - timedelta(days=1)
    if starts_on <= jst_day(at) or not world.contract.closes(eve):
        raise No("from_not_period_start")
    held = world.contract.on(starts_on)
    cycle, plan = event.get("cycle") or held.cycle, event.get("plan") or held.plan
    if plan not in ("plan-120", "plan-sample"):
        raise No("unknown_plan")
    world.contract.supersede(Signed(starts_on, cycle, plan))


def _bill(world: World, ref: str) -> Bill:
    if ref not in world.named:
        raise No("unknown_invoice")
    return world.named[ref]


def _check_alive(world: World, bill: Bill, at: datetime) -> None:
    if world.is_paid(bill):
        raise No("already_paid")
    if bill.withdrawn_on is not None:
        raise No("invoice_withdrawn")
    if bill.due_on is not None and bill.due_on < jst_day(at):
        raise No("invoice_expired")


def _check_sums(amount: int, tax: int | None) -> None:
    if not 1 <= amount <= 300_000 or (tax is not None and not 0 <= tax < amount):
        raise No("malformed")


def _check_due_on(due_on: date | None, today: date, last: date | None) -> None:
    """``last`` is a single invoice's latest due date; a kept one has none and needs no date."""
    if due_on is None:
        if last is not None:
            raise No("malformed")
        return
    if due_on < today or (last is not None and due_on > last):
        raise No("malformed")


def _last_due_on(registered_on: date, *, repeats: bool) -> date | None:
    return None if repeats else registered_on + timedelta(days=59)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


_DO = {
    "register_invoice": _register,
    "change_invoice": _change,
    "withdraw_invoice": _withdraw,
    "pay": _pay,
    "reverse": _reverse,
    "confirm": _confirm,
    "refund": _refund,
    "fax": _fax,
    "change_contract": _change_contract,
}
