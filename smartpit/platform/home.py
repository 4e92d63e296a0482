"""The data folder: everything that is written while the system runs lies below it."""

import os
import secrets
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def home() -> Path:
    """Return the data folder, made for its owner's eyes only when it is not there."""
    path = Path(os.environ.get("SMARTPIT_HOME") or CHECKOUT / ".smartpit").absolute()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def folder(root: Path, *names: str) -> Path:
    """Return a folder below the data folder, made when it is not there."""
    path = root.joinpath(*names)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret(root: Path, name: str) -> str:
    """Return the secret called ``name``: drawn once, kept where only the owner reads it.

    Two processes may ask for the first time together; ``link`` lets one of them win, and both
    read what the winner wrote.
    """
    kept = folder(root, "secrets") / name
    if not kept.exists():
        draft = kept.with_name(f"{name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as paper:
            paper.write(secrets.token_urlsafe(48))
        try:
            kept.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return kept.read_text()
