"""Whence an owner's system may call: networks and client certificates, in one form.

A regular contract may name networks of any kind. A super contract is a line of the owner's own, so
it names private networks only, and the fingerprints of the certificates its systems show.
"""

import re
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NETWORKS_MAX = 50
CERTIFICATES_MAX = 20
# What no route of the internet leads to. Python's ``is_private`` holds more, even addresses
# that documents use as examples of public ones.
_PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_LOOPBACK = tuple(map(ip_network, ("127.0.0.0/8", "::1/128")))
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def address_of(text: str) -> Address | None:
    """Return the address a text names; one of version 4 in version 6's clothes is version 4's."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None  # An address with a scope belongs to one cable.
        return address.ipv4_mapped or address
    return address


def network_fault(text: str, *, private: bool, loopback: bool = False) -> str | None:
    """Return the code of what is wrong with a network as it is signed, or None."""
    try:
        network = ip_network(text)
    except ValueError:
        return "network"
    if not private or _is_inside(network, _PRIVATE):
        return None
    return None if loopback and _is_inside(network, _LOOPBACK) else "not_private"


def is_among(caller: Address, networks: Iterable[str], *, private: bool, loopback: bool) -> bool:
    """Does the caller come from one of these networks, of those that count?"""
    return any(
        caller in ip_network(network)
        for network in networks
        if network_fault(network, private=private, loopback=loopback) is None
    )


def fingerprint_of(text: str) -> str | None:
    """Return a SHA-256 fingerprint in our form, however it was written, or None if it is none."""
    plain = text.strip().replace(":", "").lower()
    return plain if _FINGERPRINT.fullmatch(plain) else None


def _is_inside(network: Network, ranges: Iterable[Network]) -> bool:
    return any(
        network.version == wide.version and network.subnet_of(wide)  # type: ignore[arg-type]
        for wide in ranges
    )
