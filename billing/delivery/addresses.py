"""Where a notification may go: public addresses, and the few others a contract opens.

A name is looked up once and every address it has is checked; the sender then connects to a
checked address and asks no name server again, so no second answer can lead it elsewhere.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

URL_LENGTH_MAX = 500
_PORTS = {"http": 80, "https": 443}
_PRINTABLE = re.compile(r"[\x21-\x5b\x5d-\x7e]+")  # ASCII without space and backslash.
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


class AddressRefused(Exception):
    """A notification must not go there; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Reach:
    """What one owner's notifications may reach besides public addresses over TLS.

    ``networks`` are the owner's own, of a super contract; ``demo`` opens loopback and plain
    http, so that a person tries the whole on one machine.
    """

    networks: tuple[str, ...] = ()
    demo: bool = False


@dataclass(frozen=True)
class Target:
    """A URL taken apart, its form checked."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the ``Host`` header."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == _PORTS[self.scheme] else f"{shown}:{self.port}"


def target_of(url: str, reach: Reach) -> Target:
    """Take a URL apart and refuse what needs no look-up to be refused.

    Ports are the scheme's own and those from 1024 on: below lie the services of other trades.
    A host that ends in a number must be an address as it is commonly written; ``2130706433``
    and ``0x7f.1`` are ways around a filter and nobody's server.
    """
    if not _PRINTABLE.fullmatch(url) or len(url) > URL_LENGTH_MAX:
        raise AddressRefused("form")
    parts, port = _taken_apart(url)
    if parts.scheme not in _PORTS or (parts.scheme == "http" and not reach.demo):
        raise AddressRefused("scheme")
    if "@" in parts.netloc or parts.fragment:
        raise AddressRefused("form")
    port = _PORTS[parts.scheme] if port is None else port
    if port not in (80, 443) and port < 1024:
        raise AddressRefused("port")

    host = parts.hostname or ""
    literal = _literal(host)
    if literal is not None:
        require_reachable(literal, reach)
    elif not _is_name(host):
        raise AddressRefused("host")
    elif _is_localhost(host) and not reach.demo:
        raise AddressRefused("address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def checked_addresses(target: Target, reach: Reach, resolve: Resolve) -> list[str]:
    """Look the host up, once; return its addresses if every one of them may be reached."""
    try:
        found = list(dict.fromkeys(resolve(target.host, target.port)))
        addresses = [ip_address(text) for text in found]
    except (OSError, ValueError):  # A name too long for the name system is a UnicodeError.
        raise AddressRefused("unknown_host") from None
    if not addresses:
        raise AddressRefused("unknown_host")
    for address in addresses:
        require_reachable(address, reach)
    return found


def look_up(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def require_reachable(address: Address, reach: Reach) -> None:
    """Refuse an address that is neither public nor opened by ``reach``."""
    plain = _mapped(address)
    if is_public(plain):
        return
    if plain.is_loopback and reach.demo:
        return
    # Of the owner's networks only private addresses count: whoever lists 0.0.0.0/0 has opened
    # neither this machine nor the address at which clouds hand out their credentials.
    if _is_private_host(plain) and any(plain in ip_network(net) for net in reach.networks):
        return
    raise AddressRefused("address")


def is_public(address: Address) -> bool:
    """Is this an address of the open internet, also after its disguises are taken off?"""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address.sixtofour is not None:
        return is_public(address.sixtofour)
    return address in _GLOBAL_UNICAST and address.is_global


def _taken_apart(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("form") from None
    return parts, port


def _literal(host: str) -> Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if "%" in host:  # An address with a scope belongs to one cable.
        raise AddressRefused("host")
    return address


def _mapped(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_private_host(address: Address) -> bool:
    special = (
        address.is_loopback,
        address.is_link_local,
        address.is_multicast,
        address.is_unspecified,
        address.is_reserved,
    )
    return not any(special)


def _is_name(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    return _NUMBER.fullmatch(labels[-1]) is None


def _is_localhost(host: str) -> bool:
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")
