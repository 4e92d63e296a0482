"""Deliveries on a super contract: into the owner's own private networks, and to nobody else's."""

from typing import Any

import pytest

from billing.models import Attempt, Endpoint
from billing.services import sending
from billing.services.notifications import reach_of
from billing.services.payments import receive_payment
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Owner
from tenants.services import (
    Contact,
    TermsSigned,
    change_contract,
    open_owner,
    rotate_api_key,
    waive_connection_test,
)
from tests.cast import Caller, Cast, code_of, notice, register, system

LINE = ("10.20.0.0/16", "fd00:20::/32")
INSIDE = "https://10.20.0.9/hook"
CERTIFICATE = "ab" * 32


def terms(connection: str, networks: tuple[str, ...] = LINE) -> TermsSigned:
    certificates = (CERTIFICATE,) if connection == "super" else ()
    return TermsSigned(
        clock.business_date(),
        connection=connection,
        networks=networks,
        client_certificates=certificates,
    )


@pytest.fixture
def line(cast: Cast) -> Owner:
    return open_owner("line", "専用線", Contact(), terms("super"))


def caller_of(owner: Owner) -> Caller:
    if not owner.is_test:
        waive_connection_test(owner, None, "試験の配役")
    caller = system(rotate_api_key(Scope(owner_id=owner.pk))[1])
    words: dict[str, Any] = {"REMOTE_ADDR": "10.20.1.1", "CLIENT_CERT_SHA256": CERTIFICATE}
    caller.client.defaults |= words
    return caller


@pytest.fixture(autouse=True)
def certificate_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the callers of these tests hold the certificate; who may say so is tested elsewhere."""
    monkeypatch.setattr(
        "smartpit.web.certificates.ClientCertificate.__call__",
        lambda layer, request: layer.get_response(request),
    )


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        (INSIDE, True),
        ("https://10.20.255.254:8443/hook", True),
        ("https://[fd00:20::9]/hook", True),
        ("https://[::ffff:10.20.0.9]/hook", True),
        ("https://93.184.216.34/hook", True),  # A public address is open to every contract.
        ("https://10.21.0.9/hook", False),
        ("https://192.168.0.9/hook", False),
        ("https://[fd00:21::9]/hook", False),
        ("https://[::ffff:10.21.0.9]/hook", False),
        ("https://127.0.0.1/hook", False),
        ("https://169.254.169.254/hook", False),
        ("http://10.20.0.9/hook", False),
    ],
)
def test_an_endpoint_lies_in_the_owners_network_or_in_the_open(
    line: Owner, url: str, *, is_allowed: bool
):
    answer = caller_of(line).post("endpoints", {"url": url})
    if is_allowed:
        assert answer.status_code == 201
    else:
        assert code_of(answer) == (422, "malformed")
    assert Endpoint.objects.count() == int(is_allowed)


def test_a_regular_contracts_networks_open_nothing(cast: Cast):
    owner = open_owner("plain", "普通", Contact(), terms("regular"))
    assert code_of(caller_of(owner).post("endpoints", {"url": INSIDE})) == (422, "malformed")
    assert reach_of(owner.pk).networks == ()


def test_the_test_side_of_a_line_has_the_lines_reach(line: Owner):
    assert caller_of(line.twin).post("endpoints", {"url": INSIDE}).status_code == 201
    assert reach_of(line.twin.pk).networks == LINE


@pytest.mark.parametrize("later", [terms("regular"), terms("super", ("10.30.0.0/16",))])
def test_what_the_contract_no_longer_opens_is_told_no_more(line: Owner, later: TermsSigned):
    """An endpoint was in the owner's network; the contract changed; nothing connects there."""
    assert caller_of(line).post("endpoints", {"url": INSIDE}).status_code == 201
    change_contract(line, later)
    receive_payment(notice(register(line)))
    sending.deliver_due()
    (attempt,) = Attempt.objects.all()
    assert (attempt.answer_status, attempt.failure) == (None, "address")
