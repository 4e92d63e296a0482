"""The words of the environment, read into what Django's settings want."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

_MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def words(name: str) -> list[str]:
    """Return the comma-separated words of a variable."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def database(address: dict[str, str], **options: Any) -> dict[str, Any]:
    """Return a Django database for a connection in libpq's words."""
    rest = dict(address)
    named = {
        "NAME": rest.pop("dbname", ""),
        "USER": rest.pop("user", ""),
        "PASSWORD": rest.pop("password", ""),
        "HOST": rest.pop("host", ""),
        "PORT": rest.pop("port", ""),
    }
    engine = {
        "ENGINE": "smartpit.kernel.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }
    return {**engine, **named, "OPTIONS": {**rest, **options}}


def broker(home: Path) -> tuple[str, dict[str, Any]]:
    """Return the broker's address and options; with none named, folders of the data folder."""
    named = os.environ.get("BROKER_URL")
    if named:
        return named, _redis_options(named)
    queue = home / "broker" / "queue"
    control = home / "broker" / "control"
    for place in (queue, control):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(control),
        "polling_interval": 0.1,
    }
    return "folders://", options


def _redis_options(url: str) -> dict[str, Any]:
    """Bring a killed worker's tasks back soon: Redis itself would wait for an hour."""
    if not url.startswith(("redis:", "rediss:")):
        return {}
    return {
        "visibility_timeout": 60,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }


@dataclass(frozen=True)
class Mail:
    """Where mail goes: to a server, or to files of the data folder."""

    scheme: str
    backend: str
    folder: str | None = None
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""


def email(home: Path) -> Mail:
    """Return where ``EMAIL_URL`` sends mail; with none named, each mail becomes a file."""
    url = urlsplit(os.environ.get("EMAIL_URL") or "file:")
    if url.scheme == "file":
        folder = url.path or str(home / "mail")
        return Mail("file", "django.core.mail.backends.filebased.EmailBackend", folder)
    assert url.scheme in _MAIL_PORTS, f"EMAIL_URL begins with one of {', '.join(_MAIL_PORTS)}"
    return Mail(
        scheme=url.scheme,
        backend="django.core.mail.backends.smtp.EmailBackend",
        host=url.hostname or "",
        port=url.port or _MAIL_PORTS[url.scheme],
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
    )
