"""What a line of the bank's statement was: a chain's remittance, our transfers, one that came back.

The rules name what is certain and leave the rest in suspense with a case: a wrong guess would move
money in the books. The caller has the account's lock and records the events that are returned last.
Locks: the payouts by id.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet, Sum

from billing.models import Case
from billing.services.cases import open_case_about
from billing.services.events import EventTold
from settlement.bank_differences import DIFFERS, OVERDUE, UNKNOWN, debited_key, due_on
from settlement.models import (
    BankEntry,
    BankFile,
    EntryRuling,
    Payout,
    Remittance,
    RemittanceReceipt,
    RemittanceTerms,
)
from settlement.services.bank_files import customer_codes
from settlement.services.payout_moves import note_paid, note_returned
from smartpit.kernel import clock
from tenants.models import Staff

# Words by which banks mark a transfer that came back, within the line's summary.
RETURN_WORDS = ("ｸﾐﾓﾄﾞｼ", "ﾌﾉｳ", "ﾌﾘﾓﾄﾞｼ")
DEBITED_WITHIN = timedelta(days=7)
RETURNED_WITHIN = timedelta(days=60)

Kind = EntryRuling.Kind


@dataclass(frozen=True)
class Found:
    """What a line was, and what else must be written for it."""

    kind: EntryRuling.Kind
    chain: str | None = None
    remittances: tuple[Remittance, ...] = ()
    difference_yen: int = 0
    bank_file: BankFile | None = None
    payout: Payout | None = None
    makes_good: Case | None = None
    told: str = ""


@dataclass(frozen=True)
class Hand:
    """Who rules: nobody, at the taking in, or a person with a reason, later."""

    staff: Staff | None = None
    reason: str = ""
    at_once: bool = True


NOBODY = Hand()


def match_entries(entries: Iterable[BankEntry]) -> list[EventTold]:
    """Rule each new line that is certain, debits of a day first; return what owners are told."""
    events: list[EventTold] = []
    for entry in sorted(entries, key=lambda one: (one.day, one.direction == "in", one.pk)):
        found = find(entry)
        if found is None:
            open_case_about(_unknown(entry))
        else:
            events += rule(entry, found, NOBODY)
    return events


def find(entry: BankEntry) -> Found | None:
    """Return what a line certainly was."""
    if entry.direction == BankEntry.Direction.OUT:
        return _transfers(entry)
    if any(word in entry.summary for word in RETURN_WORDS):
        return _returned(entry)
    chain = chain_of(entry)
    return remittance_of(entry, chain) if chain else None


def chain_of(entry: BankEntry) -> str | None:
    """Return the chain that sends under this code or, where the bank tells none, this name."""
    agreed = RemittanceTerms.objects.order_by().values_list("chain_id", flat=True)
    found = set(agreed.filter(sender_code=entry.sender_code)) if entry.sender_code else set()
    if not found and entry.sender_kana:
        found = set(agreed.filter(sender_kana=entry.sender_kana))
    return found.pop() if len(found) == 1 else None


def remittance_of(entry: BankEntry, chain: str) -> Found | None:
    """Return which of the chain's remittances came, all of them or with a difference."""
    waiting = list(waiting_remittances().filter(chain=chain))
    same = [one for one in waiting if one.amount_yen == entry.amount_yen]
    if same:
        return Found(Kind.REMITTANCE, chain, (same[0],))
    if waiting and sum(one.amount_yen for one in waiting) == entry.amount_yen:
        return Found(Kind.REMITTANCE, chain, tuple(waiting))
    shortage = _shortage(chain, entry.amount_yen)
    if shortage is not None:
        return Found(Kind.REMITTANCE, chain, makes_good=shortage)
    if waiting and _is_near(entry.amount_yen, waiting[0].amount_yen):
        difference_yen = entry.amount_yen - waiting[0].amount_yen
        return Found(Kind.REMITTANCE, chain, (waiting[0],), difference_yen)
    return None


def waiting_remittances() -> QuerySet[Remittance]:
    """Return what has not come yet, the oldest first; of nothing nothing comes."""
    rows = Remittance.objects.filter(receipt=None, amount_yen__gt=0)
    return rows.order_by("remits_on", "cut_off")


def rule(entry: BankEntry, found: Found, hand: Hand) -> list[EventTold]:
    """Write what a line was, with all that follows; return what owners are told."""
    ruling = EntryRuling.objects.create(
        entry=entry,
        kind=found.kind,
        chain_id=found.chain,
        bank_file=found.bank_file,
        payout=found.payout,
        difference_yen=found.difference_yen,
        at_once=hand.at_once,
        ruled_on=entry.day if hand.at_once else clock.business_date(),
        ruled_by=hand.staff,
        ruled_at=clock.now(),
        reason=hand.reason or found.told,
    )
    if found.kind == Kind.REMITTANCE:
        _receive(ruling, found)
    if found.bank_file is not None:
        _pay(found.bank_file, ruling)
        _tell_of_debited(found.bank_file, ruling)
    if found.payout is not None:
        return _take_back(found.payout, ruling)
    return []


def _receive(ruling: EntryRuling, found: Found) -> None:
    for remittance in found.remittances:
        RemittanceReceipt.objects.create(
            remittance=remittance, ruling=ruling, chain_id=remittance.chain_id
        )
        _close(OVERDUE, str(remittance.pk), "入金が届きました。")
    if found.makes_good is not None:
        _close(
            DIFFERS, found.makes_good.key, f"不足分が {ruling.entry.day:%Y/%m/%d} に届きました。"
        )
    if found.difference_yen:
        open_case_about(_difference(ruling, found))


def _pay(bank_file: BankFile, ruling: EntryRuling) -> None:
    for payout in _locked(Q(bank_file=bank_file)):
        if payout.status == Payout.Status.EXPORTED:
            note_paid(payout, ruling.ruled_on, ruling.ruled_by)


def _tell_of_debited(bank_file: BankFile, ruling: EntryRuling) -> None:
    """Have a person look where a transfer noted as impossible was debited: it may be on its way."""
    if ruling.entry.amount_yen == bank_file.total_yen:
        for payout in unsent_of(bank_file).filter(ruling=None):
            open_case_about(_debited(payout, ruling))


def _take_back(payout: Payout, ruling: EntryRuling) -> list[EventTold]:
    (locked,) = _locked(Q(pk=payout.pk))
    _close(UNKNOWN, debited_key(payout.pk), f"{ruling.entry.day:%Y/%m/%d} に戻りました。")
    if locked.status != Payout.Status.PAID:
        return []  # A person noted it before the bank did.
    reason = ruling.reason or "振込不能"
    return [note_returned(locked, reason, ruling.ruled_on, ruling.ruled_by)]


def _locked(wanted: Q) -> list[Payout]:
    rows = Payout.objects.filter(wanted).select_related("owner", "statement")
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _transfers(entry: BankEntry) -> Found | None:
    """Find the file whose whole sum was debited, or its sum less what could not be sent at all."""
    files = BankFile.objects.filter(
        ruling=None, pays_on__range=(entry.day - DEBITED_WITHIN, entry.day)
    )
    for bank_file in files.defer("content").order_by("pays_on", "exported_at"):
        if entry.amount_yen in debits_of(bank_file):
            return Found(Kind.TRANSFERS, bank_file=bank_file)
    return None


def debits_of(bank_file: BankFile) -> set[int]:
    """Return the sums a bank may take for a file."""
    unsent_yen = unsent_of(bank_file).aggregate(yen=Sum("amount_yen"))["yen"] or 0
    return {bank_file.total_yen, bank_file.total_yen - int(unsent_yen)}


def unsent_of(bank_file: BankFile) -> QuerySet[Payout]:
    """Return what came back before the bank's debit was seen: noted by a person, who may err."""
    returned = bank_file.payouts.filter(status=Payout.Status.RETURNED)
    return returned.exclude(moves__kind="paid")


def _returned(entry: BankEntry) -> Found | None:
    """Find the one transfer that came back: by its code, else by amount and holder."""
    sent = returnable_payouts().filter(
        amount_yen=entry.amount_yen,
        pays_on__range=(entry.day - RETURNED_WITHIN, entry.day),
    )
    payouts = list(sent.select_related("payee"))
    coded = [one for one in payouts if customer_codes(one)[1] in entry.edi]
    named = [one for one in payouts if one.payee and one.payee.holder_kana == entry.sender_kana]
    likely = coded or named
    if len(likely) != 1:
        return None
    return Found(Kind.RETURNED, payout=likely[0], told=entry.summary)


def returnable_payouts() -> QuerySet[Payout]:
    """Return transfers that were debited and have not come back by the bank's own word."""
    return Payout.objects.filter(
        status__in=[Payout.Status.PAID, Payout.Status.RETURNED], ruling=None
    )


def _is_near(amount_yen: int, expected_yen: int) -> bool:
    """Say whether a sum can be a remittance that went wrong, and not another matter altogether."""
    return expected_yen <= 2 * amount_yen and amount_yen <= 2 * expected_yen


def _shortage(chain: str, amount_yen: int) -> Case | None:
    cases = Case.objects.filter(
        kind=DIFFERS, status=Case.Status.OPEN, chain=chain, told__difference_yen=-amount_yen
    )
    return cases.order_by("opened_at").first()


def _difference(ruling: EntryRuling, found: Found) -> Case:
    expected_yen = sum(one.amount_yen for one in found.remittances)
    word = "不足" if found.difference_yen < 0 else "超過"
    return Case(
        kind=Case.Kind.REMITTANCE_DIFFERS,
        key=f"entry/{ruling.entry_id}",
        chain_id=found.chain,
        told={
            "reason": f"入金が予定より {abs(found.difference_yen):,}円 {word}",
            "expected_yen": expected_yen,
            "amount_yen": ruling.entry.amount_yen,
            "difference_yen": found.difference_yen,
            "cut_offs": [one.cut_off.isoformat() for one in found.remittances],
        },
        due_on=due_on(DIFFERS, clock.business_date()),
    )


def _debited(payout: Payout, ruling: EntryRuling) -> Case:
    return Case(
        kind=Case.Kind.BANK_ENTRY_UNKNOWN,
        key=debited_key(payout.pk),
        owner_id=payout.owner_id,
        told={
            "reason": "振込不能とした振込も引き落とされた。戻りの入金がなければ、振り込まれている",
            "day": ruling.entry.day.isoformat(),
            "amount_yen": payout.amount_yen,
            "payout": str(payout.pk),
        },
        due_on=due_on(UNKNOWN, clock.business_date()),
    )


def _unknown(entry: BankEntry) -> Case:
    return Case(
        kind=Case.Kind.BANK_ENTRY_UNKNOWN,
        key=f"entry/{entry.pk}",
        chain_id=chain_of(entry) if entry.direction == BankEntry.Direction.IN else None,
        told={
            "reason": "予定にも振込にも当てはまらない" + entry.get_direction_display(),
            "day": entry.day.isoformat(),
            "amount_yen": entry.amount_yen,
            "sender": entry.sender_kana,
            "summary": entry.summary,
        },
        due_on=due_on(UNKNOWN, clock.business_date()),
    )


def close_unknown(entry: BankEntry, resolution: str) -> None:
    """Close the case of a line that has been ruled."""
    _close(UNKNOWN, f"entry/{entry.pk}", resolution)


def _close(kind: str, key: str, resolution: str) -> None:
    """Close a case by what happened, nobody's hand in it."""
    for case in Case.objects.filter(kind=kind, key=key, status=Case.Status.OPEN):
        case.move(to=Case.Status.CLOSED, closed_at=clock.now(), resolution=resolution[:300])
