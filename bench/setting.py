"""Django, set up for a run of its own: to be imported before anything that has models."""

from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.conf import settings

from smartpit.kernel.schema import ensure_current
from smartpit.platform.embedded import ensure_running, stop

django.setup()


@contextmanager
def database() -> Iterator[None]:
    """Run the data folder's own durable server, migrated, and stop it at the end."""
    ensure_running(settings.HOME)
    try:
        ensure_current()
        yield
    finally:
        stop(settings.HOME)
