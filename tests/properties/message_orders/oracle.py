"""An oracle of one invoice and what befalls it, made from the contract's text alone.

It imports nothing of the centre. Time is minutes since 23:30 of the due day; only ``expire``
moves it. ``play`` takes messages one by one and says what each is answered; the rest of a
``World`` is what then stands.
"""

from collections import Counter
from dataclasses import dataclass, field

MESSAGES = (
    "collect k1", "collect k2", "reverse k1", "reverse k2", "advice k3", "expire", "withdraw",
    "amend",
)  # fmt: skip
EXPIRE, MIDNIGHT, HOUR, DUPLICATE_WITHIN = 40, 30, 60, 5
TAKEN = {"k1": 0, "k2": -6, "k3": -3}  # When a till took the cash, before it told of it.


@dataclass
class Booked:
    """What stands under a till key."""

    status: str
    said: tuple[int, int] | None = None  # Version and amount, as the till told them.
    late: bool = False
    duplicate: bool = False
    at: int = 0
    taken: int = 0


@dataclass
class World:
    """One invoice of 10,000 yen, due today, and its history."""

    repeats: bool
    now: int = 0
    asked: list[int] = field(default_factory=lambda: [10_000])  # The amount of each version.
    withdrawn: bool = False
    expired: bool = False
    keys: dict[str, Booked] = field(default_factory=dict)
    told: list[tuple[str, bool, bool]] = field(default_factory=list)  # type, late, duplicate
    findings: set[tuple[str, str, object]] = field(default_factory=set)

    @property
    def standing(self) -> list[Booked]:
        return [booked for booked in self.keys.values() if booked.status == "reported"]

    @property
    def status(self) -> str:
        if self.standing and not self.repeats:
            return "paid"
        if self.withdrawn:
            return "withdrawn"
        return "expired" if self.expired else "open"

    @property
    def cases(self) -> Counter[str]:
        return Counter(kind for kind, *_ in self.findings)

    def play(self, message: str) -> str:
        """Let one message happen and return its answer: a status, a word, what else is told."""
        verb, _, key = message.partition(" ")
        match verb:
            case "collect":  # k1 was shown the first version, k2 asks anew each time.
                return self._pay(key, 1 if key == "k1" else len(self.asked))
            case "advice":
                return self._pay(key, 1, advice=True)
            case "reverse":
                return self._reverse(key)
            case "expire":
                self.now += EXPIRE
                return f"{self._end()} expired"
            case "withdraw":
                return self._withdraw()
        return self._amend()

    def _pay(self, key: str, version: int, *, advice: bool = False) -> str:
        said = (version, self.asked[version - 1])
        known = self.keys.get(key)
        if known is not None:
            return self._again(key, known, said)
        why = self._why_not(version)
        if why and not advice:
            return f"409 {why}"
        if self.status == "paid":
            self.keys[key] = Booked("suspense", said, late=True, at=self.now)
            self.findings.add(("suspense", key, None))
            return "201 suspense late"
        taken = self.now + TAKEN[key]
        near = any(abs(taken - one.taken) <= DUPLICATE_WITHIN for one in self.standing)
        booked = Booked("reported", said, bool(why), self.repeats and near, self.now, taken)
        self.keys[key] = booked
        self.told.append(("payment.reported", booked.late, booked.duplicate))
        if why:
            self.findings.add(("late_advice", key, None))
        return "201 reported late" if why else "201 reported"

    def _again(self, key: str, known: Booked, said: tuple[int, int]) -> str:
        if known.status in ("reversed", "tombstone"):
            return "409 reversed_before"
        if known.said != said:
            self.findings.add(("key_reused", key, said))
            return "409 key_reused"
        first = "reported" if known.status == "reported" else "suspense"
        return f"200 {first} late" if known.late else f"200 {first}"

    def _why_not(self, version: int) -> str | None:
        ended = self._ended()
        if ended is None and version != len(self.asked):
            return f"version_stale {len(self.asked)} {self.asked[-1]}"
        return ended

    def _ended(self) -> str | None:
        by_status = {"withdrawn": "invoice_withdrawn", "paid": "already_paid"}
        past = "invoice_expired" if self.expired or self.now >= MIDNIGHT else None
        return by_status.get(self.status, past)

    def _reverse(self, key: str) -> str:
        known = self.keys.get(key)
        if known is None:
            self.keys[key] = Booked("tombstone")
            return "201 tombstone"
        if known.status in ("reversed", "tombstone"):
            return f"200 {known.status}"
        if self.now >= max(MIDNIGHT, known.at + HOUR):
            self.findings.add(("reversal_too_late", key, None))
            return "409 reversal_too_late"
        known.status = "reversed"
        self.told.append(("payment.reversed", known.late, known.duplicate))
        if not self.repeats and self.now >= MIDNIGHT:
            self._end()
        return "201 reversed"

    def _end(self) -> int:
        """End the invoice if nothing else has; return how many ended."""
        if self.status != "open":
            return 0
        self.expired = True
        self.told.append(("invoice.expired", False, False))
        return 1

    def _withdraw(self) -> str:
        ended = self._ended()
        if ended == "invoice_withdrawn":
            return "200 withdrawn"
        if ended is not None:
            return f"409 {ended}"
        self.withdrawn = True
        self.told.append(("invoice.withdrawn", False, False))
        return "200 withdrawn"

    def _amend(self) -> str:
        ended = self._ended()
        if ended is not None:
            return f"409 {ended}"
        self.asked.append(10_000 + 1_000 * len(self.asked))
        return f"200 {len(self.asked)}"
