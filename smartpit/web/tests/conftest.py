"""Stories are told in databases of their own, so a test of them needs no other."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from smartpit.kernel.scratch import scratch_database
from smartpit.web.story.account import tell_story
from smartpit.web.story.words import read_story

Json = dict[str, Any]


@pytest.fixture
def server(database_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let a test reach the database server by itself."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def play(server: None) -> Callable[[Json], Json]:
    """Play a story as ``scenario`` does and return what it would print."""

    def played(story: Json) -> Json:
        with scratch_database():
            return tell_story(read_story(json.dumps(story).encode()))

    return played
