"""The centre and the oracle come to the same yen on random stories."""

from datetime import timedelta

import pytest

from smartpit.web.story.midnights import Midnights
from tests.properties.stories import differences
from tests.properties.story_maker import make_story


@pytest.fixture
def server(database_template, django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.mark.parametrize("seed", range(1, 26))
def test_the_centre_settles_a_random_story_as_the_oracle_does(server, seed: int):
    assert differences(make_story(seed)) == []


def test_playing_each_midnight_comes_to_the_same_as_playing_those_with_work(server, monkeypatch):
    monkeypatch.setattr(
        Midnights, "next_day_of_work", lambda nights: nights._played_upto + timedelta(days=1)
    )
    assert differences(make_story(7)) == []
