"""システム連携: secrets are shown once, and each is for one side and one holder."""

import re

import pytest
from django.test import Client

from billing.models import Delivery, Endpoint
from billing.services.payments import receive_payment
from tenants.models import ApiKey, Centre
from tenants.selectors import api_key
from tenants.services import StaffAsked
from tests.cast import Cast, notice, register
from tests.people import sign_in

URL = "http://127.0.0.1:8099/hook"


@pytest.fixture
def developer(cast: Cast) -> Client:
    Centre.objects.update(is_demo=True)
    return sign_in(StaffAsked("developer@example.com", "開発", "developer", cast.sakura))


def shown(body: str) -> str:
    found = re.search(r"<output>([^<]+)</output>", body)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("side", "tenant", "start"),
    [
        ("live", "", "sk_live_"),
        ("test", "", "sk_test_"),
        ("live", "dormitory", "sk_live_"),
        ("test", "dormitory", "sk_test_"),
    ],
)
def test_a_key_is_shown_once_and_opens_its_own_holder_only(
    cast: Cast, developer: Client, side: str, tenant: str, start: str
) -> None:
    answer = developer.post("/dashboard/connection/keys", {"side": side, "tenant": tenant})
    secret = shown(answer.content.decode())
    assert secret.startswith(start)
    key = api_key(secret)
    assert key is not None
    assert key.owner.code == "sakura"
    assert key.owner.is_test is (side == "test")
    assert (key.tenant.code if key.tenant else "") == tenant
    assert secret not in developer.get("/dashboard/connection/").content.decode()


def test_a_key_for_a_tenant_that_is_none_is_not_made(cast: Cast, developer: Client) -> None:
    before = ApiKey.objects.count()
    developer.post("/dashboard/connection/keys", {"side": "live", "tenant": "books"})
    cast.sakura.twin.tenants.filter(code="dormitory").update(code="elsewhere")
    answer = developer.post("/dashboard/connection/keys", {"side": "test", "tenant": "dormitory"})
    assert answer.status_code == 404
    assert ApiKey.objects.count() == before


def add(developer: Client, url: str = URL, tenant: str = "") -> str:
    words = {"url": url, "tenant": tenant}
    return developer.post("/dashboard/connection/endpoints/add", words).content.decode()


def test_an_endpoint_shows_its_secret_once_and_then_its_deliveries(
    cast: Cast, developer: Client
) -> None:
    secret = shown(add(developer))
    assert secret.startswith("whsec_")
    endpoint = Endpoint.objects.get()
    receive_payment(notice(register(cast.sakura)))
    assert Delivery.objects.filter(endpoint=endpoint).exists()
    body = developer.get(f"/dashboard/connection/endpoints/{endpoint.pk}/").content.decode()
    assert "payment.reported" in body
    assert "送信待ち" in body
    assert secret not in body


def test_a_rotated_secret_is_another(cast: Cast, developer: Client) -> None:
    first = shown(add(developer))
    root = f"/dashboard/connection/endpoints/{Endpoint.objects.get().pk}"
    assert shown(developer.post(f"{root}/rotate").content.decode()) != first


def test_a_removed_endpoint_is_told_nothing_more(cast: Cast, developer: Client) -> None:
    add(developer)
    endpoint = Endpoint.objects.get()
    developer.post(f"/dashboard/connection/endpoints/{endpoint.pk}/remove")
    endpoint.refresh_from_db()
    assert endpoint.status == "deleted"
    assert URL not in developer.get("/dashboard/connection/").content.decode()
    again = developer.post(f"/dashboard/connection/endpoints/{endpoint.pk}/rotate")
    assert again.status_code == 404


def test_an_address_inside_our_own_network_is_refused(cast: Cast, developer: Client) -> None:
    body = add(developer, url="https://10.0.0.1/hook")
    assert "invalid-feedback" in body
    assert not Endpoint.objects.exists()


def test_the_tenants_stream_is_told_to_the_tenants_endpoint(cast: Cast, developer: Client) -> None:
    add(developer, tenant="dormitory")
    assert Endpoint.objects.get().tenant == cast.dormitory
