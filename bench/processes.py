"""What the programs of a bench's centre hold, as the kernel tells it."""

from pathlib import Path


def held_mb(home: Path, what: str) -> list[float]:
    """Return ``VmRSS`` or ``VmHWM`` of each process of web, worker and beat that has the folder."""
    mark = f"SMARTPIT_HOME={home}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark not in (place / "environ").read_bytes().split(b"\0"):
                continue
            words = (place / "cmdline").read_bytes()
            if b"granian" in words or b"celery" in words:
                told = (place / "status").read_text()
                found.append(int(told.split(f"{what}:", 1)[1].split()[0]) / 1024)
        except (OSError, IndexError):
            continue  # It ended, or is none of ours.
    return found
