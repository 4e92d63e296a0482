"""The oracle's settlement: each closing date's account, added up fact by fact from the contract."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from tests.properties.oracle_days import (
    ONE_DAY,
    is_anniversary,
    is_month_end,
    midnight,
    pay_day,
    statement_day,
)

Json = dict[str, Any]
Lines = Counter[tuple[str, int]]

PRICES = {
    "plan-120": {"monthly": 0, "payment": 120, "uncollected": 0},
    "plan-sample": {"monthly": 1_000, "payment": 80, "uncollected": 10},
}
TRANSFER = 1_500
FAX = 10
STAMP = 200


def statements(world: Any, until: date) -> list[Json]:
    """Return the statements whose statement day is on or before ``until``, oldest first."""
    made: list[Json] = []
    carried, starts_on = 0, world.contract.rows[0].starts_on
    while True:
        closes_on = world.contract.closing_after(starts_on)
        if statement_day(closes_on) > until:
            return made
        statement = _statement(world, starts_on, closes_on, carried)
        if statement is not None:
            made.append(statement)
            carried = statement["carried_out_yen"]
        starts_on = closes_on + ONE_DAY


def _statement(world: Any, starts_on: date, closes_on: date, carried: int) -> Json | None:
    stated_on = statement_day(closes_on)
    paid = [one for one in world.payments if one.closes_on == closes_on]
    refunded = [
        one
        for one in world.payments
        if one.refunded_on is not None and starts_on <= one.refunded_on <= closes_on
    ]
    lines = _lines(world, starts_on, closes_on)
    for one in paid:
        lines["payment", _plan(world, one.key[1])["payment"]] += 1
    gross = sum(one.amount for one in paid) - sum(one.amount for one in refunded)
    stamp = sum(_stamp(world, one) for one in paid) - sum(_stamp(world, one) for one in refunded)
    if not (paid or refunded or _total(lines) or carried):
        return None
    with_transfer = lines + Counter({("transfer", TRANSFER): 1})
    payout = _balance(gross, with_transfer, stamp, carried)
    if payout > 0:
        lines, carried_out = with_transfer, 0
    else:
        payout, carried_out = 0, _balance(gross, lines, stamp, carried)
    tenants = _tenants(world, paid, refunded, _passable(lines, stamp))
    return {
        "closes_on": closes_on.isoformat(),
        "stated_on": stated_on.isoformat(),
        "pays_on": pay_day(stated_on).isoformat(),
        "payments_count": len(paid),
        "gross_yen": gross,
        "fees_yen": _total(lines),
        "tax_yen": _total(lines) * 10 // 100,
        "stamp_yen": stamp,
        "carried_in_yen": carried,
        "payout_yen": payout,
        "carried_out_yen": carried_out,
        "owner_margin_yen": payout - sum(one["net_yen"] for one in tenants),
        "lines": _printed(lines),
        "tenants": tenants,
    }


def _lines(world: Any, starts_on: date, closes_on: date) -> Lines:
    """Count what fell due on each day of the period, payments apart."""
    lines: Lines = Counter()
    day = starts_on
    while day <= closes_on:
        lines["fax", FAX] += world.faxes.count(day)
        for kind, unit in _due(world, day):
            lines[kind, unit] += 1
        for _ in _ended_unpaid(world, day, midnight(statement_day(closes_on))):
            lines["uncollected", _plan(world, day)["uncollected"]] += 1
        day += ONE_DAY
    return lines


def _due(world: Any, day: date) -> Iterator[tuple[str, int]]:
    owner, option = world.owner, world.owner["repeat_option"]
    first = date.fromisoformat(owner["contract_from"])
    if day == first and owner["setup_fees"] == "first_statement":
        yield from _setup(owner)
    if option is not None:
        if is_anniversary(first, day):
            yield "repeat_yearly", option["yearly_yen"]
        for _ in range(_first_registrations(world, option, day)):
            yield "first_registration", option["first_registration_yen"]
    if is_month_end(day):
        yield "monthly_base", _plan(world, day)["monthly"]


def _setup(owner: Json) -> Iterator[tuple[str, int]]:
    is_super = owner["connection"] == "super"
    certified = owner["certified_product"] == ("CSAS" if is_super else "CSAS-XT")
    yield "contract_administration", 5_000
    yield "connection_test", 30_000 if certified else 150_000
    if is_super:
        yield "leased_line_work", 130_000


def _first_registrations(world: Any, option: Json, day: date) -> int:
    """Count the day's registrations that are charged; a ref stands for a number of its own."""
    basis = option.get("first_registration_basis", "contract")
    seen: set[str] = set()
    charged = 0
    for bill in world.bills.values():
        number = bill.words["ref"]
        is_first = {"contract": not seen, "number": number not in seen, "invoice": True}[basis]
        if bill.repeats:
            charged += is_first and bill.registered_on == day
            seen.add(number)
    return charged


def _ended_unpaid(world: Any, day: date, stated_at: datetime) -> Iterator[Any]:
    """Yield the bills that ended on ``day`` and stand unpaid when the account is fixed."""
    for bill in world.bills.values():
        ended_on = bill.withdrawn_on or bill.due_on
        if ended_on != day:
            continue
        if not any(_stands_at(one, stated_at) for one in world.payments if one.bill is bill):
            yield bill


def _stands_at(paid: Any, instant: datetime) -> bool:
    undone = paid.reversed_at is not None and paid.reversed_at < instant
    return paid.at < instant and not undone


def _tenants(world: Any, paid: list[Any], refunded: list[Any], passable: int) -> list[Json]:
    terms = {one["code"]: one for one in world.owner["tenants"]}
    codes = sorted({one.bill.tenant for one in paid} | {one.bill.tenant for one in refunded})
    gross = {
        code: sum(one.amount for one in paid if one.bill.tenant == code)
        - sum(one.amount for one in refunded if one.bill.tenant == code)
        for code in codes
    }
    parts = _split(passable, {code: yen for code, yen in gross.items() if yen > 0})
    shares = []
    for code in codes:
        own = terms.get(code, {})
        count = sum(one.bill.tenant == code for one in paid)
        points = own.get("commission_basis_points", 0)
        commission = own.get("commission_yen", 0) * count + max(gross[code], 0) * points // 10_000
        passed = parts.get(code, 0) if own.get("passes_fees", False) else 0
        net = gross[code] - commission - passed
        shares.append(
            {"code": code, "payments_count": count, "gross_yen": gross[code], "net_yen": net}
        )
    return shares


def _split(total: int, weights: dict[str, int]) -> dict[str, int]:
    whole = sum(weights.values())
    parts = {code: total * weight // whole for code, weight in weights.items()}
    left = total - sum(parts.values())
    by_remainder = sorted(weights, key=lambda code: (-(total * weights[code] % whole), code))
    for code in by_remainder[:left]:
        parts[code] += 1
    return parts


def _passable(lines: Lines, stamp: int) -> int:
    fees = sum(unit * count for (kind, unit), count in lines.items() if kind == "payment")
    return max(fees + fees * 10 // 100 + stamp, 0)


def _balance(gross: int, lines: Lines, stamp: int, carried: int) -> int:
    fees = _total(lines)
    return gross - fees - fees * 10 // 100 - stamp + carried


def _total(lines: Lines) -> int:
    return sum(unit * count for (_, unit), count in lines.items())


def _printed(lines: Lines) -> list[Json]:
    return [
        {"kind": kind, "count": count, "unit_yen": unit, "amount_yen": unit * count}
        for (kind, unit), count in sorted(lines.items())
        if unit * count
    ]


def _plan(world: Any, day: date) -> dict[str, int]:
    return PRICES[world.contract.on(day).plan]


def _stamp(world: Any, paid: Any) -> int:
    if world.owner["stamp"] == "exempt":
        return 0
    return STAMP if paid.amount - (paid.tax or 0) >= 50_000 else 0
