"""Random stories, the same for the same seed: months of an owner's life, with its mishaps."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

_TOKYO = ZoneInfo("Asia/Tokyo")
_CYCLES = ["5-day", "10-day", "half-month", "month-end"]
_PLANS = ["plan-120", "plan-sample"]
_BASES = ["contract", "number", "invoice"]
_AMOUNTS = [1, 119, 1_700, 49_999, 50_000, 54_999, 55_000, 300_000]


def make_story(seed: int) -> Json:
    """Return a story of one to seven months."""
    return _Teller(Random(seed)).story()


class _Teller:
    """Tells one story: walks on in time and lets one thing happen after the other."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.owner = _owner(random)
        self.now = datetime.combine(
            date.fromisoformat(self.owner["contract_from"]), datetime.min.time(), _TOKYO
        ) + timedelta(hours=random.randint(0, 48))
        # Where all cost the same, tenants' shares are often equal and an odd yen meets a tie.
        self.price_yen = random.choice([None, None, 2_203, 50_000])
        self.events: list[Json] = []
        self.refs: dict[str, Json] = {}
        self.payable: list[str] = []  # Refs that were likely registered and not paid yet.
        self.receipts: list[str] = []
        self.unconfirmed: list[str] = []

    def story(self) -> Json:
        happenings = [
            (self.register, 22), (self.pay, 44), (self.confirm, 18), (self.reverse, 5),
            (self.reverse_at_night, 2), (self.refund, 4), (self.fax, 3), (self.change, 4),
            (self.withdraw, 3),
            (self.change_contract, self.random.choice([1, 6])), (self.mischief, 4),
        ]  # fmt: skip
        whats = [what for what, _ in happenings]
        weights = [weight for _, weight in happenings]
        pace_hours = self.random.choice([4, 10, 24])
        for _ in range(self.random.randint(30, 100)):
            self.walk_on(pace_hours)
            self.random.choices(whats, weights)[0]()
        if self.random.random() < 0.5:
            self.random.shuffle(self.events)
        more_days = self.random.choice([-12, 9, 20, 40, 75] * 4 + [420])
        settle_until = self.now.date() + timedelta(days=more_days)
        return {
            "owner": self.owner,
            "events": self.events,
            "settle_until": settle_until.isoformat(),
        }

    def walk_on(self, pace_hours: int) -> None:
        """Let time pass; now and then to the first or the last second of a day."""
        self.now += timedelta(seconds=self.random.randint(0, pace_hours * 7_200))
        edge = self.random.random()
        if edge < 0.06:
            self.now = _midnight(self.now.date() + timedelta(days=1))
        elif edge < 0.1:
            self.now = max(
                self.now, _midnight(self.now.date() + timedelta(days=1)) - timedelta(seconds=1)
            )

    def tell(self, do: str, **words: Any) -> None:
        at = self.now
        zone = self.random.choice([_TOKYO, ZoneInfo("UTC")])
        self.events.append({"at": at.astimezone(zone).isoformat(), "do": do, **words})

    def register(self) -> None:
        ref = f"R{len(self.refs) + 1}"
        words = _sums(self.random)
        if self.price_yen is not None and self.random.random() < 0.8:
            words = {"amount_yen": self.price_yen}
        repeats = self.random.random() < (0.1 if self.owner["repeat_option"] is None else 0.4)
        if repeats or self.random.random() < 0.3:
            words["repeats"] = repeats
        if self.random.random() < (0.3 if repeats else 0.5):
            days = self.random.choice([0, 1, 5, 20, 59, 59, 60, -1, 100])
            words["due_on"] = (self.now.date() + timedelta(days=days)).isoformat()
        codes = [None, *(tenant["code"] for tenant in self.owner["tenants"])]
        tenant = self.random.choice(codes)
        if tenant is not None:
            words["tenant"] = tenant
        self.refs[ref] = words
        due_on = words.get("due_on", "9999")
        is_fine = self.owner["repeat_option"] is not None or not repeats
        if is_fine and due_on >= self.now.date().isoformat():
            self.payable.append(ref)
        self.tell("register_invoice", ref=ref, **words)

    def pay(self) -> None:
        if not self.payable:
            return self.register()
        is_careless = self.random.random() < 0.15
        ref = self.random.choice(list(self.refs)[-12:] if is_careless else self.payable[-6:])
        if ref in self.payable and not self.refs[ref].get("repeats"):
            self.payable.remove(ref)
        receipt = f"A{len(self.receipts) + 1:04d}"
        if self.receipts and self.random.random() < 0.06:
            receipt = self.random.choice(self.receipts[-4:])
        words: Json = {"ref": ref, "receipt": receipt}
        if self.random.random() < 0.2:
            words["chain"] = self.random.choice(["lawson", "ministop", "familymart"])
        if self.random.random() < 0.1:
            words["advice"] = True
            words |= self.random.choice([{}, {"amount_yen": self.refs[ref]["amount_yen"]}])
        if self.random.random() < 0.06:
            words |= self.random.choice([{"version": 1}, {"version": 2}, {"amount_yen": 777}])
        self.receipts.append(receipt)
        if not is_careless or self.random.random() < 0.2:
            self.unconfirmed.append(receipt)
        return self.tell("pay", **words)

    def confirm(self) -> None:
        """Confirm most of what waits, at times only after weeks, at times what is not there."""
        if self.random.random() < 0.25:
            self.now += timedelta(days=self.random.randint(1, 18))
        elif self.random.random() < 0.2:
            self.now = max(self.now, self.statement_midnight())
        receipts = [one for one in self.unconfirmed if self.random.random() < 0.6]
        if self.receipts and self.random.random() < 0.1:
            receipts.append(self.random.choice([*self.receipts, "NEVER"]))
        self.unconfirmed = [one for one in self.unconfirmed if one not in receipts]
        self.tell("confirm", receipts=receipts)

    def statement_midnight(self) -> datetime:
        """Return 00:00 of a day that may well be a statement day: 8 days after a closing date."""
        day = self.now.date() + timedelta(days=1)
        while (day - timedelta(days=8)).day not in (5, 10, 15, 20, 25, 30) or day.weekday() > 4:
            day += timedelta(days=1)
        return _midnight(day)

    def reverse_at_night(self) -> None:
        """Pay shortly before midnight, and undo it when the day is over but the hour is not."""
        night = _midnight(self.now.date() + timedelta(days=1))
        self.now = max(self.now, night - timedelta(minutes=self.random.randint(1, 40)))
        self.pay()
        self.now += timedelta(minutes=self.random.choice([5, 45, 50, 70]))
        if self.receipts:
            self.tell("reverse", receipt=self.receipts[-1])

    def reverse(self) -> None:
        words: Json = {"receipt": self.some_receipt()}
        if self.random.random() < 0.2:
            words["chain"] = self.random.choice(["lawson", "familymart"])
        self.tell("reverse", **words)

    def refund(self) -> None:
        self.tell("refund", receipt=self.some_receipt(oldest=True))

    def fax(self) -> None:
        self.tell("fax")

    def change(self) -> None:
        if not self.refs:
            return self.fax()
        words = self.random.choice(
            [
                _sums(self.random),
                {"amount_yen": self.random.choice(_AMOUNTS)},
                {"tax_yen": self.random.choice([None, 0, 5_000])},
                {"due_on": (self.now.date() + timedelta(days=self.random.randint(0, 30)))},
            ]
        )
        if "due_on" in words:
            words["due_on"] = words["due_on"].isoformat()
        return self.tell("change_invoice", ref=self.some_ref(), **words)

    def withdraw(self) -> None:
        self.tell("withdraw_invoice", ref=self.some_ref() if self.refs else "R1")

    def change_contract(self) -> None:
        today = self.now.date()
        next_month = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
        after_next = (next_month.replace(day=28) + timedelta(days=4)).replace(day=1)
        starts_on = self.random.choice(
            [next_month] * 5
            + [after_next] * 2
            + [today.replace(day=16), today + timedelta(days=2), today]
        )
        words: Json = {"from": starts_on.isoformat()}
        if self.random.random() < 0.7:
            words["cycle"] = self.random.choice(_CYCLES)
        if self.random.random() < 0.6:
            words["plan"] = self.random.choice(_PLANS)
        self.tell("change_contract", **words)

    def mischief(self) -> None:
        """Say what must be refused, or leaves a trace of its own."""
        ref, receipt = self.some_ref() if self.refs else "R1", self.some_receipt()
        sayings: list[tuple[str, Json]] = [
            ("pay", {"ref": "NOBODY", "receipt": "A9999"}),
            ("pay", {"ref": "NOBODY", "receipt": "S1", "amount_yen": 500, "advice": True}),
            ("pay", {"ref": ref, "receipt": "a-small", "amount_yen": 500}),
            ("pay", {"ref": ref, "receipt": "Z1", "amount_yen": 0}),
            ("pay", {"ref": ref, "receipt": receipt, "advice": True, "amount_yen": 300_001}),
            ("register_invoice", {"ref": "ZERO", "amount_yen": 0}),
            ("register_invoice", {"ref": "CAP", "amount_yen": 300_001}),
            ("register_invoice", {"ref": "TAX", "amount_yen": 100, "tax_yen": 100}),
            ("register_invoice", {"ref": "WHO", "amount_yen": 100, "tenant": "stranger"}),
            ("register_invoice", {"ref": ref, "amount_yen": 12_345}),
            ("withdraw_invoice", {"ref": "NOBODY"}),
            ("change_invoice", {"ref": "NOBODY", "amount_yen": 5}),
            ("change_contract", {"from": self.now.date().isoformat(), "plan": "plan-80"}),
            ("reverse", {"receipt": f"A{len(self.receipts) + 1:04d}"}),
            ("reverse", {"receipt": "NEVER", "chain": "ministop"}),
            ("confirm", {"receipts": [receipt, receipt]}),
            ("pay", {"ref": ref, "receipt": receipt, "amount_yen": 4_321}),
            ("pay", {"ref": ref, "receipt": receipt, "advice": True}),
            ("refund", {"receipt": "NEVER"}),
            ("register_invoice", {"ref": ref, "amount_yen": 70, "repeats": True, "tenant": "cafe"}),
        ]
        do, words = self.random.choice(sayings)
        self.tell(do, **words)

    def some_ref(self) -> str:
        return self.random.choice(list(self.refs)[-15:])

    def some_receipt(self, *, oldest: bool = False) -> str:
        if not self.receipts:
            return "A0001"
        return self.random.choice(self.receipts[-20:] if oldest else self.receipts[-3:])


def _owner(random: Random) -> Json:
    first = date(random.choice([2024, 2025, 2026]), random.randint(1, 12), 1)
    first += timedelta(days=random.choice([0, 0, random.randint(0, 27)]))
    if random.random() < 0.05:
        first = date(2024, 2, 29)
    codes = random.sample(
        ["books", "cafe", "dormitory", "engineering", "z-shop"], random.randint(0, 3)
    )
    option = {
        "yearly_yen": random.choice([0, 3_000, 12_000]),
        "first_registration_yen": random.choice([0, 300, 3_000]),
        "first_registration_basis": random.choice(_BASES),
    }
    if random.random() < 0.2:
        del option["first_registration_basis"]
    return {
        "plan": random.choice(_PLANS),
        "cycle": random.choice(_CYCLES),
        "connection": random.choice(["regular", "super"]),
        "certified_product": random.choice([None, "CSAS", "CSAS-XT"]),
        "setup_fees": random.choice(["first_statement", "apart", "apart", "apart"]),
        "contract_from": first.isoformat(),
        "stamp": random.choice(["by_amount", "by_amount", "exempt"]),
        "repeat_option": option if random.random() < 0.7 else None,
        "tenants": [_tenant(random, code) for code in codes],
    }


def _tenant(random: Random, code: str) -> Json:
    tenant: Json = {"code": code}
    if random.random() < 0.6:
        tenant["commission_yen"] = random.choice([0, 30, 500])
    if random.random() < 0.6:
        tenant["commission_basis_points"] = random.choice([0, 1, 333, 10_000])
    if random.random() < 0.7:
        tenant["passes_fees"] = random.random() < 0.7
    return tenant


def _sums(random: Random) -> Json:
    pick = random.random()
    amount = random.randint(1, 3_000) if pick < 0.3 else random.randint(1, 300_000)
    if pick > 0.75:
        amount = random.choice(_AMOUNTS)
    words: Json = {"amount_yen": amount}
    if amount >= 50_000 and random.random() < 0.3:  # The net price near the stamp's threshold.
        words["tax_yen"] = (
            amount - random.choice([49_999, 50_000, 50_001]) if amount > 50_001 else 1
        )
    elif random.random() < 0.6:
        words["tax_yen"] = random.choice([amount // 11, 0, min(5_000, amount - 1), None])
    return words


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=_TOKYO)
