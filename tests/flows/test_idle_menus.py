"""What beat does by the end of a day also stops what nobody pays any more."""

from datetime import timedelta

from billing.models import Invoice
from billing.services.cards import hand_over_card
from billing.services.menus import ItemAsked, MenuAsked, make_menu
from cards.services import MemberAsked
from settlement.services.settling import settle
from smartpit.kernel import clock
from tests.cast import Cast, jst


def test_settling_a_day_pauses_what_was_idle_and_twice_is_once(cast: Cast):
    with clock.frozen(jst("2026-11-01 10:00")):
        items = (ItemAsked("チャージ", 1_000),)
        menu = make_menu(cast.scope, MenuAsked("lent", items, pause_after_idle_days=30))
        member = hand_over_card(cast.scope, MemberAsked("M-1"), menu=menu.code).member
    day = jst("2026-12-01 10:00")
    with clock.frozen(day):
        assert settle().paused_count == 0
    with clock.frozen(day + timedelta(days=1)):
        assert [settle().paused_count for _ in range(2)] == [1, 0]
    assert Invoice.objects.get(card=member.card).status == "suspended"
