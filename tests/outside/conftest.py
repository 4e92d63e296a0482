"""One running centre for all that is seen from outside, and who calls it."""

from collections.abc import Iterator

import pytest

from tests.outside.centre import Running, running_centre
from tests.outside.till import System, Till


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_centre(tmp_path_factory.mktemp("outside")) as running:
        yield running


@pytest.fixture
def till(centre: Running) -> Till:
    return Till.of(centre.url, centre.demo, "lawson")


@pytest.fixture
def other_chain(centre: Running) -> Till:
    return Till.of(centre.url, centre.demo, "familymart")


@pytest.fixture
def owner(centre: Running) -> System:
    return System(f"{centre.url}/api/owner/v1/", centre.demo["owners"]["pixel"]["key"])
