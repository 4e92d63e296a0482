"""A day's worth of everything that happens to cards, at once, on real threads.

Clerks, owners' systems, tills, payers, printers and the centre take the same cards, members and
orders into their hands. Who comes too late is refused by name; afterwards nothing is lost,
doubled or in two hands, and the audit finds nothing.
"""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Count, F, Max, Q

from billing.menu_references import menu_named, place_named
from billing.models import Event, Invoice, Menu, Payment, Registration, Reversal, Stream
from billing.selectors import items_to_choose
from billing.services.batches import BatchAsked, Paper, order_batch, pause_batch, resume_batch
from billing.services.cards import Retirement, hand_over_card, replace_card, retire_card
from billing.services.choices import choose_item
from billing.services.desk import HandOverAsked, hand_over, replace_lost_card, undo_hand_over
from billing.services.invoices import (
    STANDING,
    InvoiceAsked,
    change_invoice,
    register_invoice,
    withdraw_invoice,
)
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from billing.services.payments import receive_payment
from billing.services.printing import CardChangedHands, print_batch
from billing.services.reversals import reverse_payment
from billing.services.sheets import make_sheet
from billing.tests.batch_cast import member_list
from billing.tills.notices import PaymentNotice
from cards.models import Batch, BatchCard, Block, Card, CardMove, HandOver, Kind, Member
from cards.selectors import blank_cards_of
from cards.services import MemberAsked, issue_card, resume_card, suspend_card
from smartpit.kernel.errors import DomainError
from smartpit.web.audit.checks import audit
from tenants.access import CENTRE, Scope
from tenants.models import Staff
from tenants.services import StaffAsked, invite_staff
from tests.cast import Cast, make_cast, notice, reversal
from tests.threads import in_threads

HANDS = 6
TURNS = 30
MEMBERS = 12
SEEDS = (1, 2)


@dataclass
class World:
    """Where the storm blows; ``told`` are the payments whose till may think again."""

    cast: Cast
    clerk: Staff
    told: list[PaymentNotice]

    @property
    def scope(self) -> Scope:
        return self.cast.scope


@pytest.fixture
def world(committed_db: str) -> World:
    cast = make_cast()
    charge = (ItemAsked("1,000円", 1_000), ItemAsked("3,000円", 3_000))
    make_menu(cast.scope, MenuAsked("all", charge))
    make_menu(cast.scope, MenuAsked("one", charge, kind=Menu.Kind.ONE, tenant="engineering"))
    asked = BatchAsked(count=8, menu="one", paper=Paper(part_cards=8))
    print_batch(str(order_batch(cast.scope, asked).pk))
    for _ in range(24):
        issue_card("joint", owner=cast.sakura)
    for _ in range(4):
        issue_card("standard")
    clerk, _ = invite_staff(StaffAsked("desk@example.com", "受付", "desk", cast.sakura))
    return World(cast, clerk, [])


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_storm_every_card_invoice_and_number_is_where_it_belongs(world: World, seed: int):
    outcomes = in_threads(partial(_hand, world, seed), HANDS)
    broken = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert broken == []
    done = Counter[str]()
    for outcome in outcomes:
        assert isinstance(outcome, Counter)
        done += outcome
    assert len(done) >= len({act.__name__ for act in ACTS}) - 3, "too few acts came to anything"
    for batch in Batch.objects.filter(status__in=["ordered", "printing", "paused"]):
        if batch.status == Batch.Status.PAUSED:
            resume_batch(world.scope, str(batch.pk))
        with suppress(CardChangedHands):
            print_batch(str(batch.pk))
    _require_numbers_spent_once()
    _require_one_card_each()
    _require_no_invoice_lost()
    _require_told_once(world)
    _require_orders_whole()
    assert [(it.check.name, it.finding.faults) for it in audit() if not it.is_ok] == []


def _hand(world: World, seed: int, place: int) -> Counter[str]:
    """Do whatever comes to mind; count what was done, and let refusals be."""
    chance = random.Random(f"{seed} {place}")
    done: Counter[str] = Counter()
    for turn in range(TURNS + len(ACTS)):
        # Each has its turn once, the rest is chance.
        places = (turn + place * 3) % len(ACTS), chance.randrange(len(ACTS))
        act = ACTS[places[turn >= len(ACTS)]]
        try:
            act(world, chance)
        except (DomainError, IndexError):  # Too late, or nothing there to take.
            continue
        done[act.__name__] += 1
    return done


# -- What people and systems do ------------------------------------------------------------------


def _some(chance: random.Random, rows: Any) -> Any:
    return chance.choice(list(rows[:60]))


def _card(chance: random.Random) -> Card:
    card: Card = _some(chance, Card.objects.exclude(kind="sheet").order_by("pk"))
    return card


def _reference(chance: random.Random) -> str:
    return f"M{chance.randrange(MEMBERS)}"


def _blank(world: World, chance: random.Random) -> Card:
    card: Card = _some(chance, blank_cards_of(world.scope).order_by("pk"))
    return card


def hands_over(world: World, chance: random.Random) -> None:
    menu = chance.choice([None, "all", "one"])
    asked = HandOverAsked(_blank(world, chance).barcode_number, _reference(chance), menu=menu)
    hand_over(world.scope, asked, world.clerk)


def takes_back(world: World, chance: random.Random) -> None:
    fact = _some(chance, HandOver.objects.filter(undone=None).order_by("-pk"))
    undo_hand_over(world.scope, fact.pk, world.clerk)


def replaces_by_stock(world: World, chance: random.Random) -> None:
    asked = HandOverAsked(_blank(world, chance).barcode_number, _reference(chance))
    replace_lost_card(world.scope, asked, world.clerk)


def replaces(world: World, chance: random.Random) -> None:
    card = _some(chance, Card.objects.filter(owner=world.cast.sakura, members__isnull=False))
    replace_card(world.scope, card.number)


def the_centre_replaces(_world: World, chance: random.Random) -> None:
    replace_card(CENTRE, _some(chance, Card.objects.filter(kind="standard")).number)


def suspends(world: World, chance: random.Random) -> None:
    suspend_card(world.scope, _card(chance).number, world.clerk)


def resumes(world: World, chance: random.Random) -> None:
    resume_card(world.scope, _some(chance, Card.objects.filter(status="suspended")).number)


def retires(world: World, chance: random.Random) -> None:
    retire_card(world.scope, Retirement(_card(chance).number, chance.random() < 0.5))


def issues(world: World, chance: random.Random) -> None:
    number = chance.choice([None, _card(chance).number])
    asked = MemberAsked(_reference(chance), "髙橋 花子")
    hand_over_card(world.scope, asked, number=number, menu=chance.choice([None, "all"]))


def aoba_binds(world: World, chance: random.Random) -> None:
    card = _some(chance, Card.objects.filter(kind="standard"))
    scope = Scope(owner_id=world.cast.aoba.pk)
    hand_over_card(scope, MemberAsked(_reference(chance)), number=card.number)


def registers(world: World, chance: random.Random) -> None:
    tenant = chance.choice([None, "engineering"])
    asked = InvoiceAsked(uuid4().hex, _card(chance).number, "会費", 2_000, tenant=tenant)
    register_invoice(world.scope, asked)


def _open_invoice(chance: random.Random) -> Invoice:
    invoice: Invoice = _some(chance, Invoice.objects.filter(status="open").order_by("?"))
    return invoice


def withdraws(world: World, chance: random.Random) -> None:
    withdraw_invoice(world.scope, str(_open_invoice(chance).pk))


def changes(world: World, chance: random.Random) -> None:
    changed = {"suspended": chance.random() < 0.3, "title": f"会費{chance.randrange(99)}"}
    change_invoice(world.scope, str(_open_invoice(chance).pk), changed)


def pays(world: World, chance: random.Random) -> None:
    told = notice(_open_invoice(chance))
    receive_payment(told)
    world.told.append(told)


def reverses(world: World, chance: random.Random) -> None:
    reverse_payment(reversal(chance.choice(world.told)))


def chooses(_world: World, chance: random.Random) -> None:
    rows = Invoice.objects.filter(status="open", reference__startswith="menu:", repeats=True)
    invoice = _some(chance, rows.select_related("card").order_by("?"))
    place = chance.choice(items_to_choose([invoice])[invoice.pk]).place
    choose_item(invoice.card.number, str(invoice.pk), place)


def makes_a_sheet(_world: World, chance: random.Random) -> None:
    make_sheet(f"192.0.2.{chance.randrange(9)}", uuid4())


def orders(world: World, chance: random.Random) -> None:
    """Order cards for the same members as the others do, or blank ones, now and then."""
    if Batch.objects.count() > 6:
        raise IndexError
    of_members = chance.random() < 0.6
    asked = BatchAsked(
        member_file=member_list(MEMBERS // 2) if of_members else b"",
        count=None if of_members else 3,
        kind=Kind.STANDARD if of_members and chance.random() < 0.3 else Kind.JOINT,
        menu=chance.choice(["", "all"]),
        paper=Paper(part_cards=4),
    )
    order_batch(world.scope, asked)


def prints(_world: World, chance: random.Random) -> None:
    print_batch(str(_some(chance, Batch.objects.filter(status__in=["ordered", "printing"])).pk))


def pauses(world: World, chance: random.Random) -> None:
    pause_batch(world.scope, str(_some(chance, Batch.objects.order_by("-ordered_at")).pk))


def goes_on(world: World, chance: random.Random) -> None:
    resume_batch(world.scope, str(_some(chance, Batch.objects.filter(status="paused")).pk))


ACTS: tuple[Callable[[World, random.Random], None], ...] = (
    orders, hands_over, issues, registers, pays, prints, takes_back, replaces_by_stock, replaces,
    suspends, resumes, retires, aoba_binds, the_centre_replaces, withdraws, changes, reverses,
    chooses, makes_a_sheet, pauses, goes_on, prints, hands_over, takes_back, pays,
)  # fmt: skip


# -- What must be so afterwards ------------------------------------------------------------------


def _require_numbers_spent_once() -> None:
    """Every counter that was spent is one card's; none was spent for nothing."""
    blocks = Block.objects.annotate(
        drawn=Count("cards"), newest=Max("cards__counter"), end=F("first") + F("used") - 1
    )
    for block in blocks:
        assert (block.drawn, block.newest) == (block.used, block.end if block.used else None)
    for name in ("number", "barcode_number", "page_key"):
        assert Card.objects.values(name).distinct().count() == Card.objects.count()


def _require_one_card_each() -> None:
    """A member has one card that is present; a joint card at most one holder, whoever gave it."""
    held = Member.objects.exclude(card=None)
    assert not held.filter(card__status="replaced").exists()
    joint = Counter(held.filter(card__kind="joint").values_list("card", flat=True))
    assert max(joint.values()) == 1
    members = Counter(Member.objects.values_list("owner", "reference"))
    assert max(members.values()) == 1
    standing = Counter(HandOver.objects.filter(undone=None).values_list("card", flat=True))
    assert max(standing.values(), default=1) == 1


def _require_no_invoice_lost() -> None:
    """What stands is on a present card, once for each place of a menu, and has its first answer."""
    assert Registration.objects.count() == Invoice.objects.count()
    standing = Invoice.objects.filter(status__in=STANDING).select_related("card")
    reversed_ids = set(Reversal.objects.values_list("payment__invoice", flat=True))
    for invoice in standing:
        assert invoice.card.status != "replaced", f"{invoice.reference} is left on a lost card"
        if invoice.card.status == "retired":
            assert invoice.pk in reversed_ids, f"{invoice.reference} stands on a retired card"
    places = Counter(
        (one.card_id, menu_named(one.reference), place_named(one.reference))
        for one in standing
        if menu_named(one.reference) is not None and one.pk not in reversed_ids
    )
    assert max(places.values(), default=1) == 1
    for fact in HandOver.objects.exclude(undone=None).select_related("undone"):
        of_it = standing.filter(
            reference__contains=fact.card.number,  # What moved here from a lost card is not of it.
            registered_at__range=(fact.handed_at, fact.undone.undone_at),
        )
        assert not of_it.exists(), f"{fact} was taken back, what it registered was not"
    for invoice in Invoice.objects.filter(repeats=False):
        kept = invoice.payments.filter(status__in=["reported", "confirmed"]).count()
        assert kept == (invoice.status == Invoice.Status.PAID)


def _require_told_once(world: World) -> None:
    """Each fact is in the owner's stream once, and in the tenant's whose invoice it is."""
    for stream in Stream.objects.all():
        sequences = list(stream.events.order_by("number").values_list("number", flat=True))
        assert sequences == list(range(1, stream.last + 1))
    own = Event.objects.filter(owner=world.cast.sakura, sequence__isnull=False)
    withdrawn = Invoice.objects.filter(status="withdrawn").values_list("pk", flat=True)
    told = own.filter(type="invoice.withdrawn").values_list("invoice", flat=True)
    assert Counter(told) == Counter(withdrawn)
    of_tenants = Event.objects.exclude(tenant=None).filter(type="invoice.withdrawn")
    assert Counter(of_tenants.values_list("invoice", flat=True)) == Counter(withdrawn)
    replaced = CardMove.objects.filter(to="replaced", owner=world.cast.sakura)
    numbers = [event.body["number"] for event in own.filter(type="card.replaced")]
    joint = Card.objects.filter(kind="joint").values_list("number", flat=True)
    assert Counter(it for it in numbers if it in set(joint)) == Counter(
        replaced.values_list("card__number", flat=True)
    )
    for kind, status in (("payment.reported", None), ("payment.reversed", "reversed")):
        payments = Payment.objects.exclude(owner=None)
        payments = payments.filter(status=status) if status else payments
        assert Counter(own.filter(type=kind).values_list("payment", flat=True)) == Counter(
            payments.values_list("pk", flat=True)
        )


def _require_orders_whole() -> None:
    """Every order is printed to the end, each place once, or stopped lest it bear a wrong name."""
    stopped = Batch.objects.exclude(status="printed")
    assert set(stopped.values_list("failure", flat=True)) <= {CardChangedHands.code}
    for batch in Batch.objects.filter(status="printed"):
        noted = BatchCard.objects.filter(batch=batch)
        assert noted.count() == batch.done == batch.total
        assert noted.values("card").distinct().count() == batch.total
        assert sum(batch.files.values_list("cards", flat=True)) == batch.total
    twice = BatchCard.objects.filter(member=None).values("card").annotate(times=Count("pk"))
    assert not twice.filter(Q(times__gt=1)).exists()
