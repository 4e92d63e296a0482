"""Two consoles that name the second person at once, on real threads: one does."""

from functools import partial

from tenants.invitations import PeopleEnough, enter_founder, name_person
from tenants.models import Staff
from tenants.passwords import known_people
from tenants.services import StaffAsked
from tests.cast import make_cast
from tests.threads import in_threads


def _name(turn: int, place: int) -> Staff:
    asked = StaffAsked(f"n{turn}-{place}@centre.example", "人", "administrator")
    return name_person(asked)


def test_of_many_who_name_at_once_one_does(committed_db: str):
    make_cast()
    founder, _ = enter_founder(StaffAsked("boss@centre.example", "長", "administrator"))
    for turn in range(5):
        outcomes = in_threads(partial(_name, turn), 4)
        assert sum(isinstance(outcome, Staff) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, PeopleEnough) for outcome in outcomes) == 3
        assert known_people().count() == 2
        Staff.objects.exclude(pk=founder.pk).update(is_active=False)
