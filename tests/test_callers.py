"""Whence an owner's system may call: regular and super contracts, proxies, certificates."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.http import HttpResponse
from django.test import RequestFactory

from smartpit.kernel import clock
from smartpit.kernel.errors import Malformed
from smartpit.web.certificates import SEEN, ClientCertificate
from tenants.access import Scope
from tenants.models import Centre, Contract, Owner
from tenants.networks import address_of, fingerprint_of, network_fault
from tenants.services import (
    Contact,
    TermsSigned,
    open_owner,
    rotate_api_key,
    waive_connection_test,
)
from tests.cast import Caller, Cast, code_of, system

OURS, THEIRS = "aa" * 32, "bb" * 32
PROXY = "10.0.0.1"
LINE = "10.20.0.0/16"
INSIDE, OUTSIDE = "10.20.1.2", "10.21.1.2"
NETWORK, CERTIFICATE = (403, "network_refused"), (403, "certificate_refused")


@pytest.fixture(autouse=True)
def proxied(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [f"{PROXY}/32", "fd00::1/128"]


def caller_of(**terms: Any) -> Caller:
    """Return the system of an owner that signs these terms."""
    owner = open_owner("line", "専用線", Contact(), TermsSigned(clock.business_date(), **terms))
    waive_connection_test(owner, None, "試験の配役")
    return system(rotate_api_key(Scope(owner_id=owner.pk))[1])


def super_caller(**terms: Any) -> Caller:
    signed = {"connection": "super", "networks": (LINE,), "client_certificates": (OURS,)} | terms
    return caller_of(**signed)


def answered(caller: Caller, address: str, *, peer: str = PROXY, **headers: str) -> tuple[int, str]:
    """Call as from ``address``, told by the proxy ``peer``; return the status and the code."""
    words: dict[str, Any] = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": address}
    words |= {f"HTTP_{name}": told for name, told in headers.items()}
    answer: Any = caller.client.get("/api/owner/v1/invoices", **words)
    return (200, "") if answer.status_code == 200 else code_of(answer)


def direct(caller: Caller, address: str, **headers: str) -> tuple[int, str]:
    """Call with no proxy between: what the caller says of itself counts for nothing."""
    return answered(caller, INSIDE, peer=address, **headers)


# -- regular ------------------------------------------------------------------------------------


def test_a_regular_contract_without_networks_answers_from_everywhere(cast: Cast):
    caller = caller_of()
    for address in ("203.0.113.7", INSIDE, "2001:db8::7", "127.0.0.1"):
        assert direct(caller, address) == (200, "")


def test_a_regular_contract_may_name_networks_and_needs_no_certificate(cast: Cast):
    caller = caller_of(networks=("203.0.113.0/24", "2001:db8:7::/48"))
    for address in ("203.0.113.7", "2001:db8:7::9", "::ffff:203.0.113.7"):
        assert direct(caller, address) == (200, "")
        assert answered(caller, address) == (200, "")
    for address in ("203.0.114.7", "2001:db8:8::9", "::ffff:203.0.114.7", "127.0.0.1"):
        assert direct(caller, address) == NETWORK


# -- super --------------------------------------------------------------------------------------


@pytest.mark.fault("G13")
def test_a_super_contract_answers_its_own_network_with_its_own_certificate_only(cast: Cast):
    caller = super_caller()
    told = {"X_CLIENT_CERT_SHA256": OURS}
    assert answered(caller, INSIDE, **told) == (200, "")
    assert answered(caller, INSIDE) == CERTIFICATE
    assert answered(caller, INSIDE, X_CLIENT_CERT_SHA256=THEIRS) == CERTIFICATE
    assert answered(caller, OUTSIDE, **told) == NETWORK
    assert answered(caller, "203.0.113.7", **told) == NETWORK
    assert answered(caller, "", **told) == NETWORK  # The proxy itself is not of the line.


@pytest.mark.fault("G13")
def test_a_caller_that_tells_of_itself_is_not_believed(cast: Cast):
    """Neither a certificate nor an address counts but from a trusted proxy's own connection."""
    caller = super_caller()
    told = {"X_CLIENT_CERT_SHA256": OURS}
    assert direct(caller, INSIDE, **told) == CERTIFICATE
    assert direct(caller, OUTSIDE, **told) == NETWORK
    assert direct(caller, "203.0.113.7", **told) == NETWORK
    words: dict[str, Any] = {"REMOTE_ADDR": INSIDE, SEEN: OURS}
    forged: Any = caller.client.get("/api/owner/v1/invoices", **words)
    assert code_of(forged) == CERTIFICATE


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (f"203.0.113.9, {INSIDE}", (200, "")),  # What stands left of the client, it invented.
        (f"{INSIDE}, 203.0.113.9", NETWORK),
        (f"{INSIDE}, {PROXY}", (200, "")),  # Two proxies of ours in a row.
        (f"{INSIDE},203.0.113.9, {PROXY}", NETWORK),
        (f"::ffff:{INSIDE}", (200, "")),
        (f"{INSIDE}, ::ffff:{PROXY}", (200, "")),
        ("::ffff:203.0.113.9", NETWORK),
        (f"{INSIDE}:443", NETWORK),
        (f"[{INSIDE}]", NETWORK),
        ("unknown", NETWORK),
        ("10.20.1.2%eth0", NETWORK),
        ("fe80::1%eth0", NETWORK),
        ("012.020.1.2", NETWORK),
        ("", NETWORK),
    ],
)
def test_of_many_hops_the_last_stranger_is_the_caller(
    cast: Cast, told: str, answer: tuple[int, str]
):
    assert answered(super_caller(), told, X_CLIENT_CERT_SHA256=OURS) == answer


def test_a_proxy_of_version_six_is_a_proxy_too(cast: Cast):
    caller = super_caller(networks=(LINE, "fd00:20::/32"))
    words = {"X_CLIENT_CERT_SHA256": OURS}
    for peer in ("fd00::1", f"::ffff:{PROXY}"):
        assert answered(caller, "fd00:20::9", peer=peer, **words) == (200, "")
    assert answered(caller, "fd00:21::9", peer="fd00::1", **words) == NETWORK
    assert answered(caller, "fd00:20::9", peer="fd00::2", **words) == NETWORK


def test_several_certificates_overlap_when_one_is_renewed(cast: Cast):
    caller = super_caller(client_certificates=(OURS, THEIRS))
    for fingerprint in (OURS, THEIRS):
        assert answered(caller, INSIDE, X_CLIENT_CERT_SHA256=fingerprint) == (200, "")


def test_a_super_contract_that_names_nothing_is_closed(cast: Cast):
    assert answered(super_caller(networks=()), INSIDE, X_CLIENT_CERT_SHA256=OURS) == NETWORK


def test_a_super_contract_without_a_certificate_is_closed(cast: Cast):
    caller = super_caller(client_certificates=())
    for headers in ({}, {"X_CLIENT_CERT_SHA256": OURS}, {"X_CLIENT_CERT_SHA256": ""}):
        assert answered(caller, INSIDE, **headers) == CERTIFICATE


def test_a_demo_folder_asks_no_certificate_and_lets_loopback_in(cast: Cast):
    Centre.objects.update(is_demo=True)
    caller = super_caller(networks=("127.0.0.0/8", "::1/128"), client_certificates=())
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert direct(caller, address) == (200, "")
    assert direct(caller, INSIDE) == NETWORK
    Centre.objects.update(is_demo=False)
    assert direct(caller, "127.0.0.1") == NETWORK


def test_a_certificate_that_a_demo_names_is_asked_for(cast: Cast):
    Centre.objects.update(is_demo=True)
    caller = super_caller()
    assert answered(caller, INSIDE) == CERTIFICATE
    assert answered(caller, INSIDE, X_CLIENT_CERT_SHA256=OURS) == (200, "")


def test_a_row_from_before_these_rules_opens_nothing_by_its_faults(cast: Cast):
    """Networks that were once written unchecked: what is none, or public, counts for nothing."""
    caller = super_caller()
    Contract.objects.create(
        owner=Owner.objects.get(code="line", is_test=False), number=2,
        starts_on=clock.business_date(), plan="plan-120", connection="super", cycle="month-end",
        networks=["nonsense", "10.20.1.2/16", "0.0.0.0/0", "203.0.113.0/24"],
        client_certificates=[OURS], signed_at=clock.now(),
    )  # fmt: skip
    for address in (INSIDE, "203.0.113.7", "192.0.2.1"):
        assert answered(caller, address, X_CLIENT_CERT_SHA256=OURS) == NETWORK


def test_the_end_of_a_contract_opens_no_line(cast: Cast):
    caller = super_caller(ends_on=clock.business_date())
    with clock.frozen(clock.now() + timedelta(days=40)):
        assert answered(caller, OUTSIDE, X_CLIENT_CERT_SHA256=OURS) == NETWORK
        assert answered(caller, INSIDE, X_CLIENT_CERT_SHA256=OURS) == (200, "")


def test_the_test_side_stands_on_the_same_terms(cast: Cast):
    super_caller()
    twin = Owner.objects.get(code="line", is_test=True)
    caller = system(rotate_api_key(Scope(owner_id=twin.pk))[1])
    assert answered(caller, OUTSIDE, X_CLIENT_CERT_SHA256=OURS) == NETWORK
    assert answered(caller, INSIDE) == CERTIFICATE
    assert answered(caller, INSIDE, X_CLIENT_CERT_SHA256=OURS) == (200, "")


# -- the proxy's word ---------------------------------------------------------------------------


def certificate(*, begins_days: int = -1, ends_days: int = 30) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "line.example")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(clock.now() + timedelta(days=begins_days))
        .not_valid_after(clock.now() + timedelta(days=ends_days))
        .sign(key, SHA256())
    )


def pem(shown: x509.Certificate) -> str:
    return quote(shown.public_bytes(Encoding.PEM).decode(), safe="")


def seen(rf: RequestFactory, *, peer: str = PROXY, **headers: str) -> str | None:
    """Return the fingerprint that goes on, having seen that no header of this kind does."""

    def answer(request: Any) -> HttpResponse:
        assert not [name for name in request.META if name.startswith("HTTP_X_CLIENT_CERT")]
        return HttpResponse(request.META.get(SEEN, "none"))

    words: dict[str, Any] = {f"HTTP_{name}": told for name, told in headers.items()}
    told = ClientCertificate(answer)(rf.get("/", REMOTE_ADDR=peer, **words)).content.decode()
    return None if told in ("", "none") else told


@pytest.mark.fault("G13")
def test_a_whole_certificate_is_read_and_its_days_are_looked_at(rf: RequestFactory):
    good = certificate()
    mark = good.fingerprint(SHA256()).hex()
    assert seen(rf, X_CLIENT_CERT=pem(good)) == mark
    assert seen(rf, X_CLIENT_CERT=pem(good), peer=f"::ffff:{PROXY}") == mark
    assert seen(rf, X_CLIENT_CERT=pem(good), peer="10.0.0.2") is None
    assert seen(rf, X_CLIENT_CERT=pem(certificate(begins_days=-9, ends_days=-1))) is None
    assert seen(rf, X_CLIENT_CERT=pem(certificate(begins_days=1))) is None


@pytest.mark.fault("G13")
def test_two_words_that_differ_are_no_certificate(rf: RequestFactory):
    good = certificate()
    mark = good.fingerprint(SHA256()).hex()
    assert seen(rf, X_CLIENT_CERT=pem(good), X_CLIENT_CERT_SHA256=mark.upper()) == mark
    assert seen(rf, X_CLIENT_CERT=pem(good), X_CLIENT_CERT_SHA256=OURS) is None
    old = pem(certificate(begins_days=-9, ends_days=-1))
    assert seen(rf, X_CLIENT_CERT=old, X_CLIENT_CERT_SHA256=OURS) is None


@pytest.mark.parametrize(
    "told",
    [
        "",
        "nonsense",
        OURS[:-1],
        f"{OURS}, {THEIRS}",
        f"{OURS}{OURS}",
        "ａ" * 64,
        "-----BEGIN%20CERTIFICATE-----%0Axxxx%0A-----END%20CERTIFICATE-----",
        "%00%ff",
        "x" * 40_000,
    ],
)
def test_what_cannot_be_read_is_no_certificate(rf: RequestFactory, told: str):
    assert seen(rf, X_CLIENT_CERT_SHA256=told) is None
    assert seen(rf, X_CLIENT_CERT=told) is None


# -- what is signed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("networks", "code"),
    [
        (("nonsense",), "network"),
        (("10.20.1.2/16",), "network"),
        (("10.20.0.0/33",), "network"),
        (("203.0.113.0/24",), "not_private"),
        (("0.0.0.0/0",), "not_private"),
        (("10.0.0.0/7",), "not_private"),
        (("2001:db8::/32",), "not_private"),
        (("127.0.0.0/8",), "not_private"),
        (("169.254.0.0/16",), "not_private"),
        (("100.64.0.0/10",), "not_private"),
        (("::ffff:10.20.0.0/112",), "not_private"),
        (tuple(f"10.20.{place}.0/24" for place in range(51)), "count"),
    ],
)
def test_a_super_contract_is_not_signed_with_what_is_no_private_network(
    cast: Cast, networks: tuple[str, ...], code: str
):
    with pytest.raises(Malformed) as refused:
        super_caller(networks=networks)
    assert refused.value.extra["errors"] == [{"field": "networks", "code": code}]
    assert not Owner.objects.filter(code="line").exists()


def test_a_regular_contract_may_name_public_networks_but_no_nonsense(cast: Cast):
    with pytest.raises(Malformed):
        caller_of(networks=("nonsense",))
    caller_of(networks=("203.0.113.0/24",))


@pytest.mark.parametrize("told", [OURS[:-1], OURS.upper(), "xx" * 32, ""])
def test_a_contract_is_not_signed_with_what_is_no_fingerprint(cast: Cast, told: str):
    with pytest.raises(Malformed):
        super_caller(client_certificates=(told,))


def test_loopback_is_signed_in_a_demo_only(cast: Cast):
    Centre.objects.update(is_demo=True)
    super_caller(networks=("127.0.0.0/8", "::1/128"))


def test_words_of_addresses_and_fingerprints():
    assert str(address_of("::ffff:10.1.2.3")) == "10.1.2.3"
    assert address_of("fe80::1%eth0") is None
    assert fingerprint_of(":".join(["AA"] * 32)) == OURS
    assert network_fault("10.1.0.0/16", private=True) is None
    assert network_fault("fd12::/16", private=True) is None
    assert network_fault("::1/128", private=True, loopback=True) is None
