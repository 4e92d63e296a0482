"""On one's own machine: the embedded database, loopback, no certificate."""

from smartpit.settings.base import *  # noqa: F403
from smartpit.settings.base import ALLOWED_HOSTS

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "127.0.0.1", "localhost", "[::1]"]
