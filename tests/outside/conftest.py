"""One running centre for all that is seen from outside."""

from collections.abc import Iterator

import pytest

from tests.outside.centre import Running, running_centre


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_centre(tmp_path_factory.mktemp("outside")) as running:
        yield running
