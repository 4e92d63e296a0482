"""Fixtures for the tests of every app; what the databases are is told in tests/databases.py."""

from collections.abc import Iterator

import hypothesis
import psycopg
import pytest
from pytest_django import DjangoDbBlocker

import smartpit.celery  # noqa: F401 - so that what is rung in a test is rung at its broker
from tests import databases
from tests.cast import Cast, make_cast

# A busy machine is no fault of what is tested.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def database_template(django_db_blocker: DjangoDbBlocker) -> str:
    with django_db_blocker.unblock():
        return databases.template()


@pytest.fixture(scope="session")
def django_db_setup(database_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Give this worker a database of its own, in place of pytest-django's."""
    with (
        django_db_blocker.unblock(),
        databases.pointed_at(databases.worker_database(database_template)),
    ):
        django_db_blocker.restore()
        yield
        django_db_blocker.unblock()


@pytest.fixture
def committed_db(database_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Give a database for this test alone, where commits are real: for races and tampering."""
    with django_db_blocker.unblock(), databases.scratch_copy(database_template) as name:
        yield name


@pytest.fixture
def owner_connection(
    committed_db: str,
) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """Give the migrating role's connection to ``committed_db``: for a test that tampers."""
    with databases.owner_at(committed_db) as connection:
        yield connection


@pytest.fixture
def cast(db: None) -> Cast:  # noqa: ARG001  It must be there.
    """Give the cast of the tests, in this worker's database, undone when the test ends."""
    return make_cast()
