"""How a FAX leaves the centre: one class a gateway, all with the same ``transmit``.

``file:`` writes each into a folder, from which a FAX server's own program takes it, or a person in
a demo looks at it. ``mail://gateway.example`` mails it to ``NUMBER@gateway.example``: such a one
has only taken the order, and tells later whether the FAX went through, so that nothing is charged
before. ``mail://gateway.example?reports=no`` is for one that never tells: taken counts as through.
"""

import os
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from django.core.mail import EmailMessage


class Transmission(Enum):
    """What a gateway says of a FAX it was handed."""

    COMPLETED = auto()
    HANDED = auto()


class FaxNotTaken(Exception):
    """The gateway did not take the FAX; it may be asked again."""


@dataclass(frozen=True)
class FaxLetter:
    """A FAX; ``name`` is the same at each attempt, so that a gateway can tell a repetition."""

    name: str
    number: str
    title: str
    pdf: bytes


class FaxGateway(Protocol):
    def transmit(self, letter: FaxLetter) -> Transmission: ...


@dataclass(frozen=True)
class FileGateway:
    """A folder; a file is there whole or not at all, and again is the same file."""

    folder: Path

    def transmit(self, letter: FaxLetter) -> Transmission:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self.folder / f".{letter.name}.part"
            draft.write_bytes(letter.pdf)
            os.replace(draft, self.folder / f"{letter.number}-{letter.name}.pdf")  # noqa: PTH105
        except OSError as failed:
            raise FaxNotTaken(str(failed)) from None
        return Transmission.COMPLETED


@dataclass(frozen=True)
class MailGateway:
    """A mailbox at which a FAX provider turns a PDF into a call."""

    host: str
    reports: bool = True

    def transmit(self, letter: FaxLetter) -> Transmission:
        message = EmailMessage(
            letter.title,
            to=[f"{letter.number}@{self.host}"],
            headers={"Message-ID": f"<fax-{letter.name}@smartpit.invalid>"},
        )
        message.attach(f"{letter.name}.pdf", letter.pdf, "application/pdf")
        try:
            message.send()
        except OSError as failed:  # smtplib's failures are of this family.
            raise FaxNotTaken(str(failed)) from None
        return Transmission.HANDED if self.reports else Transmission.COMPLETED


def gateway_of(url: str, folder: Path) -> FaxGateway:
    """Return the gateway an address names; ``file:`` without a path is ``folder``."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileGateway(Path(parts.path) if parts.path else folder)
    assert parts.scheme == "mail", "FAX_URL begins with file: or mail:"
    assert parts.hostname, "FAX_URL names the gateway's host"
    return MailGateway(parts.hostname, reports=parse_qs(parts.query).get("reports") != ["no"])
