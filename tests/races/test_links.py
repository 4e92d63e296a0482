"""One mailed link in two hands at once, on real threads: it sets one password."""

from functools import partial

from tenants.models import PasswordProof, Staff
from tenants.passwords import LinkRefused, link_for, require_own_account, set_own_password
from tenants.services import StaffAsked, invite_staff
from tests.cast import make_cast
from tests.threads import in_threads


def _set(link: str, place: int) -> Staff:
    return set_own_password(link, f"own {place}")


def test_a_link_in_many_hands_sets_one_password(committed_db: str):
    make_cast()
    for turn in range(5):
        staff, _ = invite_staff(StaffAsked(f"p{turn}@centre.example", "人", "approver"), "x")
        link = link_for(staff)
        outcomes = in_threads(partial(_set, link), 4)
        winners = [outcome for outcome in outcomes if isinstance(outcome, Staff)]
        assert len(winners) == 1
        assert sum(isinstance(outcome, LinkRefused) for outcome in outcomes) == 3
        assert PasswordProof.objects.filter(staff=staff).count() == 2  # Its first, and this one.
        require_own_account(staff)
