"""Where the two database roles connect: to the embedded server, or to the one the settings name."""

import os
from collections.abc import Mapping
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from smartpit.platform.embedded import APP_ROLE, Urls, urls


def is_embedded() -> bool:
    """Tell whether the database is ours to start."""
    return not os.environ.get("DATABASE_URL")


def connections(home: Path) -> Urls:
    """Return both roles' connections.

    Whoever ``DATABASE_URL`` signs in as, the application becomes ``smartpit_app``: a role that
    owns nothing, so that no fault in a request can change the schema or the facts.
    """
    named = os.environ.get("DATABASE_URL")
    if not named:
        return urls(home)
    app = _words(named)
    owner = _words(os.environ.get("MIGRATION_DATABASE_URL") or named)
    return Urls(app=limited(app, {"role": APP_ROLE}), owner=owner)


def limited(address: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Return the connection with the server's ``settings`` said as it is opened.

    Of one that is said twice the later counts.
    """
    words = (f"-c {name}={value}" for name, value in settings.items())
    return {**address, "options": " ".join([address.get("options", ""), *words]).strip()}


def _words(url: str) -> dict[str, str]:
    return {word: str(value) for word, value in conninfo_to_dict(url).items() if value is not None}
